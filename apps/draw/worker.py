"""The one thread that asks the network, so that drawing never waits for an answer."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from apps.draw.state import Answered, Drawing, Failed, Ready, Recognize

if TYPE_CHECKING:
    from nn.digits import Prediction

#: Read once at the start: what a first call loads and compiles is not for the first stroke to wait for.
WARM_UP: Drawing = (((100.0, 60.0), (140.0, 220.0)),)


class Reader(Protocol):
    """What the worker needs of a recognizer."""

    def recognize(self, strokes: Sequence[np.ndarray]) -> Prediction:
        """Read strokes: arrays of shape (n, 2), x right and y down, in any unit."""


class Worker:
    """Reads the newest drawing it was given, one at a time, in a thread of its own.

    A request that comes while another waits takes its place: nobody needs the answer to ink that has already
    grown. Answers come in the order of the requests.

    Args:
        recognizer: used by the worker's thread alone.
        post: takes ``Ready`` once, then an ``Answered`` or ``Failed`` for each request that was read. It is
            called in the worker's thread.
    """

    def __init__(self, recognizer: Reader, post: Callable[[Ready | Answered | Failed], None]) -> None:
        self._recognizer = recognizer
        self._post = post
        self._changed = threading.Condition()
        self._newest: Recognize | None = None
        self._closing = False
        self._reported = ""
        self._thread = threading.Thread(target=self._run, name="recognizer", daemon=True)
        self._thread.start()

    def request(self, request: Recognize) -> None:
        """Ask for an answer; returns at once."""
        with self._changed:
            self._newest = request
            self._changed.notify()

    def close(self, timeout: float = 1.0) -> None:
        """Drop what waits, and give the answer under way ``timeout`` seconds to finish."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        warmed = self._read(Recognize(0, WARM_UP))
        if isinstance(warmed, Failed):
            self._post(warmed)
        self._post(Ready())
        while (request := self._next()) is not None:
            self._post(self._read(request))

    def _next(self) -> Recognize | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._newest is not None)
            request, self._newest = self._newest, None
            return None if self._closing else request

    def _read(self, request: Recognize) -> Answered | Failed:
        try:
            strokes = [np.array(stroke) for stroke in request.drawing]
            return Answered(request.number, self._recognizer.recognize(strokes))
        except Exception as error:  # whatever it is: the window shows it, and drawing goes on
            reason = f"{type(error).__name__}: {error}"
            if reason != self._reported:  # the same failure at each movement of the pen is told once
                traceback.print_exception(error)
                self._reported = reason
            return Failed(request.number, reason)

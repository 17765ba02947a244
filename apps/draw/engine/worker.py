"""The one thread that asks the network, so that drawing never waits for an answer."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from apps.draw.core.effects import Effect, Recognize
from apps.draw.core.messages import Answered, Failed, LoadFailed, Message, Ready
from apps.draw.core.state import StatusMessage


class Engine(Protocol):
    """What the worker runs, all of it in its own thread; see ``apps.draw.engine.inference``."""

    def warm_up(self) -> Ready:
        """Load and compile everything; a ValueError where that is impossible."""

    def prepare(self) -> Iterator[None]:
        """Bring in, piece by piece, what panels will need: done while nobody draws yet."""

    def answer(self, request: Recognize) -> Answered:
        """Read a document."""

    def stages(self, request: Recognize) -> list[str]:
        """The names of what the open panel shows."""

    def stage(self, name: str, request: Recognize) -> Iterator[Message | None]:
        """Compute one of them, in pieces so short that an answer can wait for one."""

    def carry_out(self, effect: Effect) -> Message:
        """Anything else."""


class Worker:
    """Recognizes the newest document, one at a time, in a thread of its own, and analyses it for the open panel.

    A request that comes while another waits takes its place: nobody needs the answer to ink that has already
    grown. Answers come in the order of the requests. Other effects wait in a queue, and none is left out.
    The parts of a analysis take turns, a piece after each answer, so that all of them move while the pen does.

    Args:
        engine: used by the worker's thread alone.
        post: takes ``Ready`` or ``LoadFailed`` once, then every other event. Called in the worker's thread.

    Attributes:
        idle: whether it waits for something to do.
    """

    def __init__(self, engine: Engine, post: Callable[[Message], None]) -> None:
        self._engine = engine
        self._post = post
        self._changed = threading.Condition()
        self._newest: Recognize | None = None
        self._queue: deque[Effect] = deque()
        self._analyses = _AnalysisQueue(engine)
        self._closing = False
        self.idle = False
        self._reported = ""
        self._thread = threading.Thread(target=self._run, name="recognizer", daemon=True)
        self._thread.start()

    def request(self, effect: Effect) -> None:
        """Ask for an answer, or for anything else; returns at once."""
        with self._changed:
            if isinstance(effect, Recognize):
                self._newest = effect
            else:
                self._queue.append(effect)
            self.idle = False
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Leave the thread the processor for a moment, unless it has nothing to do."""
        with self._changed:
            if not self.idle:
                self._changed.wait(seconds)

    def close(self, timeout: float = 1.0) -> None:
        """Drop what waits, and give what is under way ``timeout`` seconds to finish."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        from nn.ops import backend

        backend.use_one_thread()  # the other is the window's
        try:
            ready = self._engine.warm_up()
        except ValueError as error:  # the weights: the program's business
            self._post(LoadFailed(str(error)))
            return
        except Exception as error:  # a network that fails now may not later
            self._post(Failed(0, self._reason(error)))
            ready = Ready()
        self._post(ready)
        self._analyses.begin(self._engine.prepare())
        while (work := self._next()) is not None:
            if isinstance(work, _AnalysisQueue):
                self._step(work)
            elif isinstance(work, Recognize):
                self._read(work)
            else:
                self._carry_out(work)

    def _next(self) -> Effect | _AnalysisQueue | None:
        """What to do now: what was queued, then the newest document, then a piece of a analysis; None to stop."""
        with self._changed:
            self.idle = not (self._queue or self._newest or self._analyses.due)
            self._changed.wait_for(lambda: self._closing or self._queue or self._newest or self._analyses.due)
            self.idle = False
            if self._closing:
                return None
            if self._queue:
                return self._queue.popleft()
            if self._newest is not None:
                request, self._newest = self._newest, None
                return request
            return self._analyses

    def _read(self, request: Recognize) -> None:
        try:
            self._post(self._engine.answer(request))
        except Exception as error:  # whatever it is: the window shows it, and drawing goes on
            self._post(Failed(request.number, self._reason(error)))
            self._analyses.drop()
            return
        self._analyses.renew(request)
        if self._analyses.due:
            self._step(self._analyses)

    def _step(self, analysis: _AnalysisQueue) -> None:
        try:
            message = analysis.step()
        except Exception as error:
            analysis.drop()
            self._post(StatusMessage(self._reason(error), error=True))
            return
        if message is not None:
            self._post(message)

    def _carry_out(self, effect: Effect) -> None:
        try:
            self._post(self._engine.carry_out(effect))
        except (ValueError, OSError) as error:  # a file's fault: a line says it all
            self._post(StatusMessage(_line(error), error=True))
        except Exception as error:
            self._post(StatusMessage(self._reason(error), error=True))

    def _reason(self, error: Exception) -> str:
        reason = f"{type(error).__name__}: {_line(error)}"
        if reason != self._reported:  # the same failure at each movement of the pen is told once
            traceback.print_exception(error)
            self._reported = reason
        return reason


class _AnalysisQueue:
    """What the open panel shows, computed piece by piece.

    A part that was begun is finished for the document it was begun for, though that has grown meanwhile; then the next
    part is begun, for the newest document.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._request: Recognize | None = None
        self._waiting: list[str] = []
        self._current: Iterator[Message | None] | None = None
        self._name = ""

    @property
    def due(self) -> bool:
        """Whether something is left to do."""
        return self._current is not None or bool(self._waiting)

    def renew(self, request: Recognize) -> None:
        """The document has changed: everything is to be computed again, after the part that is under way."""
        stages = self._engine.stages(request)
        if self._request is None or request.panel is not self._request.panel or request.document.blank:
            self.drop()
        at = stages.index(self._name) + 1 if self._name in stages else 0
        self._waiting = stages[at:] + stages[:at]
        self._request = request

    def begin(self, pieces: Iterator[Message | None]) -> None:
        """Work that belongs to no document, and ends with the first."""
        self._current = pieces

    def drop(self) -> None:
        """Stop."""
        self._waiting, self._current, self._name = [], None, ""

    def step(self) -> Message | None:
        """Do the next piece."""
        if self._current is None:
            assert self._request is not None
            self._name = self._waiting.pop(0)
            self._current = self._engine.stage(self._name, self._request)
        try:
            return next(self._current)
        except StopIteration:
            self._current = None
            return None


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return next(iter(str(error).splitlines()), type(error).__name__)

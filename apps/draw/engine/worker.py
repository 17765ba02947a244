"""The one thread that asks the network, so that drawing never waits for an answer."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from apps.draw.core.messages import Answered, Broken, Effect, Failed, Message, Ready, Recognize, Said


class Mind(Protocol):
    """What the worker runs, all of it in its own thread; see ``apps.draw.engine.inference``."""

    def wake(self) -> Ready:
        """Load and compile everything; a ValueError where that is impossible."""

    def prepare(self) -> Iterator[None]:
        """Bring in, piece by piece, what panels will need: done while nobody draws yet."""

    def answer(self, request: Recognize) -> Answered:
        """Read a page."""

    def stages(self, request: Recognize) -> list[str]:
        """The names of what the open panel shows."""

    def stage(self, name: str, request: Recognize) -> Iterator[Message | None]:
        """Compute one of them, in pieces so short that an answer can wait for one."""

    def carry_out(self, effect: Effect) -> Message:
        """Anything else."""


class Worker:
    """Reads the newest page it was given, one at a time, in a thread of its own; and studies it for the open panel.

    A request that comes while another waits takes its place: nobody needs the answer to ink that has already
    grown. Answers come in the order of the requests. Other effects wait in a queue, and none is left out.
    The parts of a study take turns, a piece after each answer, so that all of them move while the pen does.

    Args:
        mind: used by the worker's thread alone.
        post: takes ``Ready`` or ``Broken`` once, then whatever there is to tell. It is called in the worker's thread.

    Attributes:
        idle: whether it waits for something to do.
    """

    def __init__(self, mind: Mind, post: Callable[[Message], None]) -> None:
        self._mind = mind
        self._post = post
        self._changed = threading.Condition()
        self._newest: Recognize | None = None
        self._queue: deque[Effect] = deque()
        self._study = _Study(mind)
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
            ready = self._mind.wake()
        except ValueError as error:  # the weights: the program's business
            self._post(Broken(str(error)))
            return
        except Exception as error:  # a network that fails now may not later
            self._post(Failed(0, self._reason(error)))
            ready = Ready()
        self._post(ready)
        self._study.begin(self._mind.prepare())
        while (work := self._next()) is not None:
            if isinstance(work, _Study):
                self._step(work)
            elif isinstance(work, Recognize):
                self._read(work)
            else:
                self._carry_out(work)

    def _next(self) -> Effect | _Study | None:
        """What to do now: what was queued, then the newest page, then a piece of a study; None to stop."""
        with self._changed:
            self.idle = not (self._queue or self._newest or self._study.due)
            self._changed.wait_for(lambda: self._closing or self._queue or self._newest or self._study.due)
            self.idle = False
            if self._closing:
                return None
            if self._queue:
                return self._queue.popleft()
            if self._newest is not None:
                request, self._newest = self._newest, None
                return request
            return self._study

    def _read(self, request: Recognize) -> None:
        try:
            self._post(self._mind.answer(request))
        except Exception as error:  # whatever it is: the window shows it, and drawing goes on
            self._post(Failed(request.number, self._reason(error)))
            self._study.drop()
            return
        self._study.renew(request)
        if self._study.due:
            self._step(self._study)

    def _step(self, study: _Study) -> None:
        try:
            message = study.step()
        except Exception as error:
            study.drop()
            self._post(Said(self._reason(error), trouble=True))
            return
        if message is not None:
            self._post(message)

    def _carry_out(self, effect: Effect) -> None:
        try:
            self._post(self._mind.carry_out(effect))
        except (ValueError, OSError) as error:  # a file's fault: a line says it all
            self._post(Said(_line(error), trouble=True))
        except Exception as error:
            self._post(Said(self._reason(error), trouble=True))

    def _reason(self, error: Exception) -> str:
        reason = f"{type(error).__name__}: {_line(error)}"
        if reason != self._reported:  # the same failure at each movement of the pen is told once
            traceback.print_exception(error)
            self._reported = reason
        return reason


class _Study:
    """What the open panel shows, computed piece by piece.

    A part that was begun is finished for the page it was begun for, though that has grown meanwhile; then the next
    part is begun, for the newest page.
    """

    def __init__(self, mind: Mind) -> None:
        self._mind = mind
        self._request: Recognize | None = None
        self._waiting: list[str] = []
        self._current: Iterator[Message | None] | None = None
        self._name = ""

    @property
    def due(self) -> bool:
        """Whether something is left to do."""
        return self._current is not None or bool(self._waiting)

    def renew(self, request: Recognize) -> None:
        """The page has changed: everything is to be computed again, after the part that is under way."""
        stages = self._mind.stages(request)
        if self._request is None or request.panel is not self._request.panel or request.page.blank:
            self.drop()
        at = stages.index(self._name) + 1 if self._name in stages else 0
        self._waiting = stages[at:] + stages[:at]
        self._request = request

    def begin(self, pieces: Iterator[Message | None]) -> None:
        """Work that belongs to no page, and ends with the first."""
        self._current = pieces

    def drop(self) -> None:
        """Stop."""
        self._waiting, self._current, self._name = [], None, ""

    def step(self) -> Message | None:
        """Do the next piece."""
        if self._current is None:
            assert self._request is not None
            self._name = self._waiting.pop(0)
            self._current = self._mind.stage(self._name, self._request)
        try:
            return next(self._current)
        except StopIteration:
            self._current = None
            return None


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return next(iter(str(error).splitlines()), type(error).__name__)

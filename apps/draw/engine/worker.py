"""The thread that runs the inference engine, so that drawing never waits for an answer."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.draw.core.effects import Effect, Recognize
from apps.draw.core.messages import Failed, LoadFailed, Message, Ready
from apps.draw.core.state import StatusMessage
from apps.draw.engine.analysis_queue import AnalysisQueue
from nn.errors import one_line
from nn.platforms import start_thread

if TYPE_CHECKING:
    from apps.draw.engine.inference import InferenceEngine


class Worker:
    """Runs requests in its own thread: all effects in order, then the newest document, then its analyses.

    A request to recognize replaces one that still waits: that one's ink is outdated. A piece of an analysis is computed
    after each answer.

    Args:
        engine: used by the worker's thread alone.
        post: takes ``Ready`` or ``LoadFailed`` once, then every other event. Called in the worker's thread.

    Attributes:
        idle: whether it waits for something to do.
    """

    def __init__(self, engine: InferenceEngine, post: Callable[[Message], None]) -> None:
        self._engine = engine
        self._post = post
        self._changed = threading.Condition()
        self._newest: Recognize | None = None
        self._queue: deque[Effect] = deque()
        self._analyses = AnalysisQueue(engine)
        self._closing = False
        self.idle = False
        self._reported = ""
        self._thread = threading.Thread(target=self._run, name="recognizer", daemon=True)
        start_thread(self._thread)

    def request(self, effect: Effect) -> None:
        """Queue an effect; returns at once."""
        with self._changed:
            if isinstance(effect, Recognize):
                self._newest = effect
            else:
                self._queue.append(effect)
            self.idle = False
            self._changed.notify()

    def wait(self, seconds: float) -> None:
        """Yield the processor to the thread for a moment, unless it is idle."""
        with self._changed:
            if not self.idle:
                self._changed.wait(seconds)

    def close(self, timeout: float = 1.0) -> None:
        """Drop the queue, and wait ``timeout`` seconds for the current task."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            from nn.ops import backend

            backend.use_one_thread()  # the other core is the window's
            ready = self._engine.warm_up()
        except ValueError as error:  # of the weights, or of an environment variable: the program ends
            self._post(LoadFailed(str(error)))
            return
        except Exception as error:  # a later attempt may succeed
            self._post(Failed(0, self._reason(error)))
            ready = Ready()
        self._post(ready)
        self._analyses.begin(self._engine.prepare())
        while (work := self._next()) is not None:
            if isinstance(work, AnalysisQueue):
                self._step()
            elif isinstance(work, Recognize):
                self._recognize(work)
            else:
                self._carry_out(work)

    def _next(self) -> Effect | AnalysisQueue | None:
        """The next task: a queued effect, else the newest document, else a piece of an analysis; None to stop."""
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

    def _recognize(self, request: Recognize) -> None:
        try:
            self._post(self._engine.answer(request))
        except Exception as error:  # the window shows it, and drawing goes on
            self._post(Failed(request.number, self._reason(error)))
            self._analyses.clear()
            return
        self._analyses.renew(request)
        if self._analyses.due:
            self._step()

    def _step(self) -> None:
        try:
            message = self._analyses.step()
        except Exception as error:
            self._analyses.clear()
            self._post(StatusMessage(self._reason(error), error=True))
            return
        if message is not None:
            self._post(message)

    def _carry_out(self, effect: Effect) -> None:
        try:
            self._post(self._engine.carry_out(effect))
        except (ValueError, OSError, FloatingPointError, MemoryError) as error:  # of a file: the message is enough
            self._post(StatusMessage(_line(error), error=True))
        except Exception as error:
            self._post(StatusMessage(self._reason(error), error=True))

    def _reason(self, error: Exception) -> str:
        reason = f"{type(error).__name__}: {_line(error)}"
        if isinstance(error, FloatingPointError | MemoryError):  # of the weights or the machine, not of the program
            return _line(error)
        if reason != self._reported:  # print the same failure of each movement once
            traceback.print_exception(error)
            self._reported = reason
        return reason


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError):
        return one_line(error)
    return next(iter(str(error).splitlines()), type(error).__name__)

"""The training process: it computes, and the window goes on drawing."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.live.messages import Command, DataStatus, Ended, Event, ShowDrawing
from nn.platforms import lower_priority, start_thread

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess


class TrainingProcess:
    """Starts the process at the first command, sends it commands, and posts its events.

    No call waits for the process. It ends with ``close``, and when this process ends. After a crash, the next command
    starts a new one.

    Args:
        post: takes the events; called in a thread.
    """

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._queue: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._process: BaseProcess | None = None
        self._closing = False

    def request(self, command: Command) -> None:
        """Send a command; returns at once."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="training", daemon=True)
            start_thread(self._thread)
        self._queue.put(command)

    def close(self, timeout: float = 1.0) -> None:
        """End the process, and wait ``timeout`` seconds for that."""
        self._closing = True
        self._queue.put(None)
        if self._process is not None:
            self._process.kill()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        """Start the process, and send the commands until it ends."""
        import multiprocessing  # 20 ms, which the first frame does not wait for

        ours, theirs = multiprocessing.Pipe()
        # Spawned, not forked: a forked process has none of the threads that Numba's kernels run on.
        process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._process = process
        start_thread(threading.Thread(target=self._receive, args=(ours,), name="training events", daemon=True))
        with contextlib.suppress(OSError):  # the process has ended
            while (commands := self._waiting()) is not None:
                for command in commands:
                    ours.send(command)
        process.kill()
        process.join()

    def _waiting(self) -> list[Command] | None:
        """All commands that wait, of drawings only the last; None to stop."""
        found = [self._queue.get()]
        while not self._queue.empty():
            found.append(self._queue.get())
        if None in found:
            return None
        last = max((i for i, each in enumerate(found) if isinstance(each, ShowDrawing)), default=0)
        return [each for i, each in enumerate(found) if each and (i == last or not isinstance(each, ShowDrawing))]

    def _receive(self, connection: Connection) -> None:
        """Post the events until the process ends."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._post(connection.recv())
        self._queue.put(None)
        if not self._closing:
            self._post(Ended("the training process has ended; start the training again"))


def serve(connection: Connection) -> None:
    """Run a session until the other end of the connection is closed: the main function of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the window, which ends this process
    lower_priority()
    from apps.live.session import Session
    from nn.ops import backend

    def on_compile(kernels: int) -> None:
        connection.send(DataStatus(False, f"Compiling kernels, in the first run only: {kernels}"))

    session = Session(connection.send)
    with contextlib.suppress(EOFError, OSError), backend.on_compile(on_compile):
        while True:
            if connection.poll(session.wait):
                session.take(connection.recv())
            else:  # the weights are the same, bit for bit, with one thread or many
                (backend.use_one_thread if session.is_drawing else backend.use_all_threads)()
                session.work()

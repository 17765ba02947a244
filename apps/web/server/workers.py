"""Worker threads, which compute while the event loop serves.

Each kind of work has its own worker, so that a large picture or a fine-tuning does not delay strokes.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from nn.ops import backend
from nn.platforms import start_thread

T = TypeVar("T")
Item = TypeVar("Item")


class Worker:
    """A daemon thread that runs functions one after another."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        start_thread(threading.Thread(target=self._run, name=name, daemon=True))

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """The result of a function, or its exception. If the caller is cancelled before it begins, it does not run."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def report(set_outcome: Callable[[Any], None], outcome: Any) -> None:
            if not future.done():
                set_outcome(outcome)

        def work() -> None:
            if future.cancelled():
                return
            outcome: tuple[Callable[[Any], None], Any]
            try:
                outcome = future.set_result, function(*arguments)
            except Exception as error:
                outcome = future.set_exception, error
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(report, *outcome)

        self._queue.put(work)
        return await future

    def _run(self) -> None:
        backend.use_one_thread()  # the other cores are for the other workers and the clients
        while True:
            self._queue.get()()


class Batcher(Generic[Item, T]):
    """Collects the items that arrive during a call of ``compute``, and computes them in the next one.

    Args:
        worker: where they are computed.
        compute: the results of some items, each a value or an exception.
        most: the maximum number of items in a call.
    """

    def __init__(self, worker: Worker, compute: Callable[[Sequence[Item]], Sequence[T | Exception]], most: int) -> None:
        self._worker, self._compute, self._most = worker, compute, most
        self._waiting: list[tuple[Item, asyncio.Future[T]]] = []
        self._task: asyncio.Task[None] | None = None

    async def run(self, item: Item) -> T:
        """The result of one item; its exception is raised."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            results: Sequence[T | Exception]
            try:
                results = await self._worker.run(self._compute, [item for item, _ in batch])
            except Exception as error:
                results = [error] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():  # its client has gone
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
        self._task = None

"""Threads that compute in order, and batches of what arrives meanwhile."""

import asyncio
import threading

import pytest

from apps.web.server.workers import Batcher, Worker


def test_functions_run_in_order_in_one_other_thread():
    async def scenario():
        worker = Worker("test")
        found = []
        await asyncio.gather(
            *(worker.run(lambda n=n: found.append((n, threading.current_thread().name))) for n in range(5))
        )
        return found

    assert asyncio.run(scenario()) == [(number, "test") for number in range(5)]


def test_an_exception_reaches_the_caller_and_the_worker_continues():
    async def scenario():
        worker = Worker("test")
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 // 0)
        return await worker.run(pow, 2, 3)

    assert asyncio.run(scenario()) == 8


def test_cancelled_calls_do_not_run():
    async def scenario():
        worker, go, ran = Worker("test"), threading.Event(), []
        first = asyncio.create_task(worker.run(go.wait))
        second = asyncio.create_task(worker.run(ran.append, 1))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        go.set()
        await first
        await worker.run(ran.append, 2)
        return ran

    assert asyncio.run(scenario()) == [2]


def test_items_that_arrive_meanwhile_are_computed_together():
    async def scenario():
        batches, go = [], threading.Event()

        def compute(items):
            go.wait()
            batches.append(items)
            return [ValueError(item) if item == 3 else 10 * item for item in items]

        batcher = Batcher(Worker("test"), compute, most=4)
        tasks = [asyncio.create_task(batcher.run(0))]
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the first batch has begun
        tasks += [asyncio.create_task(batcher.run(item)) for item in range(1, 7)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        go.set()
        return batches, await asyncio.gather(*tasks, return_exceptions=True)

    batches, results = asyncio.run(scenario())
    assert batches == [[0], [1, 2, 3, 4], [5, 6]]
    assert isinstance(results[2], asyncio.CancelledError)
    assert isinstance(results[3], ValueError)
    assert [results[number] for number in (0, 1, 4, 5, 6)] == [0, 10, 40, 50, 60]


def test_a_failed_batch_fails_for_each_and_the_next_one_is_computed():
    def compute(items):
        return [1 // item for item in items]

    async def scenario():
        batcher = Batcher(Worker("test"), compute, most=4)
        with pytest.raises(ZeroDivisionError):
            await batcher.run(0)
        return await batcher.run(1)

    assert asyncio.run(scenario()) == 1

"""Recognizers in many threads and processes at once."""

import concurrent.futures
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nn.digits import Recognizer, synthesis
from tests.stress import programs
from tests.stress.campaign import Results, expect

THREADS, PROCESSES = 8, 3
DRAWINGS = 40

#: How far the plain versions, which a forked process may have to take, are from the compiled ones.
TOLERANCE = 1e-4

Answers = list[list[float]]


def recognizers(count: int, folder: Path) -> Results:
    """Read drawings in 8 threads, 3 forked and 3 spawned processes at once; all must answer as one alone does."""
    # In a process of its own: this one has threads, and forking is for processes that know what they do.
    command = [sys.executable, "-m", "tests.stress.concurrency", str(count)]
    ended = programs.run(command, folder)
    if ended.status:
        yield f"the readers: {ended}"
        return
    yield from json.loads(ended.out)


def _drawings() -> list[list[np.ndarray]]:
    rng = np.random.default_rng(6)
    return [synthesis.sample(number % 10, rng) for number in range(DRAWINGS)]


def _read(recognizer: Recognizer, count: int) -> Answers:
    """The probabilities of so many drawings, one after another."""
    drawings = _drawings()
    return [recognizer.recognize(drawings[number % DRAWINGS]).probabilities.tolist() for number in range(count)]


def _read_anew(count: int) -> Answers:
    """The same with a recognizer of one's own, in a spawned process."""
    return _read(Recognizer.load(), count)


def _compare(answers: Answers, expected: Answers, who: str, tolerance: float) -> list[str | None]:
    """A result for each answer."""
    results: list[str | None] = []
    for number, answer in enumerate(answers):
        right = expected[number % DRAWINGS]
        close = np.abs(np.subtract(answer, right)).max() <= tolerance
        results.append(expect(close and np.argmax(answer) == np.argmax(right), f"{who}, drawing {number}: {answer}"))
    return results


def _at_once(count: int) -> list[str | None]:
    recognizer = Recognizer.load()
    expected = _read(recognizer, DRAWINGS)
    share = -(-count // (THREADS + 2 * PROCESSES))  # rounded up: no fewer than were asked for
    spawned = concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"))
    threads = concurrent.futures.ThreadPoolExecutor(THREADS)
    with spawned, threads:
        others = [spawned.submit(_read_anew, share) for _ in range(PROCESSES)]
        forked = [_fork(lambda: _read(recognizer, share)) for _ in range(PROCESSES)]  # while others may hold the lock
        own = [threads.submit(_read, recognizer, share) for _ in range(THREADS)]
        forked += [_fork(lambda: _read(recognizer, 1)) for _ in range(PROCESSES)]
        results = [
            result
            for futures, who in ((own, "a thread"), (others, "a spawned process"))
            for future in futures
            for result in _compare(future.result(), expected, who, 0.0)
        ]
        for wait in forked:
            results += _compare(wait(), expected, "a forked process", TOLERANCE)
    return results


def _fork(work: Callable[[], Answers]) -> Callable[[], Answers]:
    """Do the work in a fork of this process; what it returns waits for the answers."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(work()))
    process.start()
    sender.close()

    def wait() -> Answers:
        try:
            answers: Answers = receiver.recv()
        except EOFError:
            process.join()
            raise subprocess.CalledProcessError(process.exitcode or 1, "a forked process") from None
        process.join()
        return answers

    return wait


if __name__ == "__main__":
    print(json.dumps(_at_once(int(sys.argv[1]))))

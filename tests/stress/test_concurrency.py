"""Programs that write the same file, and recognizers in many threads and processes, at the same time."""

import concurrent.futures
import json
import multiprocessing
import sys
from collections.abc import Callable

import numpy as np
import pytest

from nn.digits import Recognizer, synthesis
from tests import processes
from tests.stress import fixtures
from tests.stress.test_crash_safety import temporary_files


@pytest.mark.stress(default=0, full=10)
def test_a_file_with_two_writers_is_that_of_one_of_them(cases, tmp_path):
    fixtures.write_set(tmp_path / "set", 200)
    options = ["--data", "set", "--epochs", 4, "--quiet", "--checkpoint-every", 1, "--precision", "float32"]

    def command(seed: int, out: str) -> list[str]:
        return processes.script("train", *options, "--seed", seed, "--out", out)

    expected = []
    for seed in (1, 2):
        result = processes.run(command(seed, f"{seed}.npz"), tmp_path)
        assert result.status == 0, result
        expected.append((tmp_path / f"{seed}.npz").read_bytes())
    for number in range(cases.count):
        out = f"both-{number}.npz"
        writers = [processes.start(command(seed, out), tmp_path) for seed in (1, 2)]
        results = [processes.wait(writer) for writer in writers]
        one = (tmp_path / out).read_bytes() in expected
        cases.check(one and not any(each.status for each in results), f"{one=}, {', '.join(map(str, results))}")
    cases.check(not temporary_files(tmp_path), f"left {temporary_files(tmp_path)}")


THREADS, PROCESSES = 8, 3
DRAWINGS = 40

#: Largest difference of probabilities between the references, which a forked process may use, and the compiled kernels.
TOLERANCE = 1e-4


@pytest.mark.stress(default=0, full=10_000)
def test_recognizers_in_threads_and_processes_agree_with_one_alone(cases, tmp_path):
    # In a new process: this one has threads already, and must not fork.
    result = processes.run(processes.module(__name__, cases.count), tmp_path)
    assert result.status == 0, result
    for name, number, difference in json.loads(result.out):
        tolerance = TOLERANCE if name == "forked process" else 0
        cases.check(difference <= tolerance, f"{name}, drawing {number}: differs by {difference}")


Answers = list[list[float]]


def _recognize(count: int, recognizer: Recognizer | None = None) -> Answers:
    """The probabilities of ``count`` drawings."""
    recognizer = recognizer or Recognizer.load()
    rng = np.random.default_rng(6)
    drawings = [synthesis.sample(number % 10, rng) for number in range(DRAWINGS)]
    return [recognizer.recognize(drawings[number % DRAWINGS]).probabilities.tolist() for number in range(count)]


def _run_concurrently(count: int) -> list[tuple[str, int, float]]:
    """Recognize drawings in threads and processes at once: who, which drawing, and the difference from one alone.

    The difference is infinite where another digit has the largest probability.
    """
    recognizer = Recognizer.load()
    expected = _recognize(DRAWINGS, recognizer)
    share = -(-count // (THREADS + 2 * PROCESSES))  # rounded up
    spawn = concurrent.futures.ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"))
    with spawn, concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        spawned = [spawn.submit(_recognize, share) for _ in range(PROCESSES)]
        forked = [_fork(lambda: _recognize(share, recognizer)) for _ in range(PROCESSES)]
        threaded = [threads.submit(_recognize, share, recognizer) for _ in range(THREADS)]
        forked += [_fork(lambda: _recognize(1, recognizer)) for _ in range(PROCESSES)]  # threads may hold the lock
        answers = [("thread", future.result()) for future in threaded]
        answers += [("spawned process", future.result()) for future in spawned]
        answers += [("forked process", receive()) for receive in forked]
    differences = []
    for name, probabilities in answers:
        for number, found in enumerate(probabilities):
            right = expected[number % DRAWINGS]
            same = np.argmax(found) == np.argmax(right)
            differences.append((name, number, float(np.abs(np.subtract(found, right)).max()) if same else np.inf))
    return differences


def _fork(work: Callable[[], Answers]) -> Callable[[], Answers]:
    """Call ``work`` in a fork of this process; returns a function that waits for its answers."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(work()))
    process.start()
    sender.close()

    def receive() -> Answers:
        answers: Answers = receiver.recv()
        process.join()
        return answers

    return receive


if __name__ == "__main__":
    print(json.dumps(_run_concurrently(int(sys.argv[1]))))

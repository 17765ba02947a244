"""Chunks of files, and their order."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from apps.cli.reading import pipeline
from apps.cli.reading.inputs import PAUSE

NAMES = [f"{number}.png" for number in range(300)]


def flat(chunks):
    return [name for chunk in chunks for name in chunk]


class Names:
    """Reads files: the answer is the name."""

    def read(self, names):
        if "bad" in names:
            raise ValueError("no answer")
        return list(names)


class LazyPool(Executor):
    """Does each task when its result is asked for, and notes how many wait."""

    def __init__(self):
        self.waiting = self.most = 0

    def submit(self, function, *arguments):
        future = Future()
        self.waiting += 1
        self.most = max(self.most, self.waiting)

        def result():
            self.waiting -= 1
            return function(*arguments)

        future.result = result
        return future


def test_chunks_grow_up_to_a_limit():
    sizes = [len(chunk) for chunk in pipeline.chunks(NAMES)]
    assert sizes == [1, 2, 4, 8, 16, 32, 64, 64, 64, 45]


def test_large_files_make_small_chunks(tmp_path):
    (tmp_path / "large.png").write_bytes(bytes(pipeline.MAX_BYTES))
    large = str(tmp_path / "large.png")
    assert list(pipeline.chunks(["a", large, "b", large, large]))[1:] == [[large], ["b", large], [large]]


def test_a_pause_ends_a_chunk_and_waits_for_its_answers():
    assert list(pipeline.chunks(["a", "b", "c", PAUSE, PAUSE, "d"])) == [["a"], ["b", "c"], PAUSE, PAUSE, ["d"]]
    pool = LazyPool()
    asked = []

    def names():
        for name in NAMES[:20]:
            yield name
            yield PAUSE
            asked.append(pool.waiting)

    assert flat(pipeline.read_with(pool, 8, Names(), names())) == NAMES[:20]
    assert set(asked) == {0}


def test_answers_are_in_order_and_few_chunks_wait():
    pool = LazyPool()
    assert flat(pipeline.read_with(pool, 3, Names(), NAMES)) == NAMES
    assert pool.most == 4
    assert flat(pipeline.read_here(Names(), [*NAMES[:5], PAUSE, *NAMES[5:]])) == NAMES
    with ThreadPoolExecutor(4) as threads:
        assert flat(pipeline.read_with(threads, 8, Names(), NAMES)) == NAMES


def test_a_worker_that_fails_is_one_line():
    with ThreadPoolExecutor(1) as pool, pytest.raises(OSError, match="a worker failed: ValueError: no answer"):
        list(pipeline.read_with(pool, 8, Names(), ["a", "bad"]))

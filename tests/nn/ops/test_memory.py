import gc
import sys
import threading

import numpy as np
import pytest

from nn.ops import memory

BIG = memory.SMALL_BYTES // 8 + 3  # an odd number of float64, above the size left to NumPy


def address(array):
    return array.ctypes.data


@pytest.mark.parametrize("shape", [(BIG,), (3, 5, BIG), (2,), (0, 7), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.int32])
def test_arrays_have_the_requested_shape_and_dtype(shape, dtype):
    array = memory.empty(shape, dtype)
    assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert (memory.zeros(shape, dtype) == 0).all()


def test_big_arrays_begin_on_a_cache_line():
    assert all(address(memory.empty((BIG + i,), np.float64)) % memory.CACHE_LINE == 0 for i in range(20))


def test_memory_of_a_deleted_array_is_used_again():
    array = memory.empty((BIG, 2), np.float64)
    where = address(array)
    del array
    assert address(memory.empty((BIG, 2), np.float64)) == where


def test_batches_of_all_sizes_share_memory(monkeypatch):
    monkeypatch.setattr(memory, "_pool", {})
    monkeypatch.setattr(memory, "_pool_bytes", 0)
    for count in range(1, 65):
        memory.empty((count, BIG), np.float64)
    assert memory._pool_bytes <= 4 * 64 * 8 * BIG


def test_release_empties_the_pool_and_leaves_arrays_valid():
    array = memory.zeros((BIG,), np.float64)
    memory.release()
    assert memory._pool_bytes == len(memory._pool) == 0
    others = [memory.empty((BIG,), np.float64) for _ in range(5)]
    for other in others:
        other.fill(1)
    assert not array.any()


def test_the_pool_has_a_maximum_size(monkeypatch):
    monkeypatch.setattr(memory, "MAX_POOL_BYTES", 40 * memory.SMALL_BYTES)
    held = [memory.empty((memory.SMALL_BYTES + size,), np.uint8) for size in range(100)]
    assert len(set(map(address, held))) == 100
    kept = sum(array.nbytes for arrays in memory._pool.values() for array in arrays)
    assert kept == memory._pool_bytes <= memory.MAX_POOL_BYTES


def test_threads_never_share():
    """Each thread writes a mark into its array and reads it back."""
    errors = []

    def work(mark):
        for _ in range(3000):
            array = memory.empty((BIG,), np.float64)
            array[:8] = mark
            array[-8:] = mark
            if (array[:8] != mark).any() or (array[-8:] != mark).any():
                errors.append(mark)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(mark,)) for mark in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert errors == []


@pytest.mark.parametrize(
    "view",
    [lambda a: a[3:], lambda a: a.reshape(-1, 1)[::2], lambda a: a.T.view(np.uint8), lambda a: memoryview(a)],
)
def test_memory_with_a_view_is_not_used_again(view):
    array = memory.empty((BIG, 1), np.float64)
    where, kept = address(array), view(array)
    del array
    gc.collect()
    others = [memory.empty((BIG, 1), np.float64) for _ in range(5)]
    assert where not in map(address, others)
    del kept
    assert address(memory.empty((BIG, 1), np.float64)) == where

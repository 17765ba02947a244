import gc

import numpy as np
import pytest

from nn.kernels import memory

BIG = memory.SMALL_BYTES // 8 + 3  # an odd number of float64, above what NumPy gives out itself


def address(array):
    return array.ctypes.data


@pytest.mark.parametrize("shape", [(BIG,), (3, 5, BIG), (2,), (0, 7), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.int32])
def test_arrays_are_as_asked_for(shape, dtype):
    array = memory.empty(shape, dtype)
    assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert (memory.zeros(shape, dtype) == 0).all()


def test_big_arrays_begin_on_a_cache_line():
    assert all(address(memory.empty((BIG + i,), np.float64)) % memory.CACHE_LINE == 0 for i in range(20))


def test_memory_that_nobody_holds_is_used_again():
    array = memory.empty((BIG, 2), np.float64)
    where = address(array)
    del array
    assert address(memory.empty((2, BIG), np.float64)) == where


def test_what_is_kept_has_a_bound(monkeypatch):
    monkeypatch.setattr(memory, "MAX_FREE_BYTES", 40 * memory.SMALL_BYTES)
    for size in range(100):
        memory.empty((memory.SMALL_BYTES + size,), np.uint8)
    kept = sum(size * len(blocks) for size, blocks in memory._free.items())
    assert kept == memory._free_bytes <= memory.MAX_FREE_BYTES


@pytest.mark.parametrize(
    "view",
    [lambda a: a[3:], lambda a: a.reshape(-1, 1)[::2], lambda a: a.T.view(np.uint8), lambda a: memoryview(a)],
)
def test_memory_that_somebody_looks_at_is_not(view):
    array = memory.empty((BIG, 1), np.float64)
    where, kept = address(array), view(array)
    del array
    gc.collect()
    others = [memory.empty((BIG, 1), np.float64) for _ in range(5)]
    assert where not in map(address, others)
    del kept
    assert address(memory.empty((BIG, 1), np.float64)) == where

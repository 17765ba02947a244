"""Arrays that are quick to get again.

Training asks for the same few megabytes at every step. Fresh from the operating system they cost more than the work
done in them: each page is zeroed and mapped anew (the unfused baseline trained three times slower so). And a vector
that straddles two cache lines is read twice. So these arrays begin on a cache line, and what nobody refers to any
more serves the next request of its size.
"""

import math
import weakref
from collections import defaultdict
from typing import Any

import numpy as np

#: Smaller arrays are as quick from NumPy.
SMALL_BYTES = 1 << 15

CACHE_LINE = 64

#: More than this is not kept for later.
MAX_FREE_BYTES = 1 << 28

#: Blocks and where in them the first cache line begins, by the number of bytes that they serve.
_free: defaultdict[int, list[tuple[bytearray, int]]] = defaultdict(list)
_free_bytes = 0
_lent: dict[int, tuple[weakref.ref, int, bytearray, int]] = {}  # by the reference's id


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialized C-contiguous array, as ``numpy.empty`` gives it, on a cache line.

    Its memory is used again only when neither it nor any view of it is left.
    """
    global _free_bytes
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < SMALL_BYTES:
        return np.empty(shape, dtype)
    try:
        block, start = _free[size].pop()
        _free_bytes -= size
    except IndexError:
        block = bytearray(size + CACHE_LINE)
        start = -np.frombuffer(block, np.uint8).ctypes.data % CACHE_LINE
    # What owns the memory is no array: so the base of every view is the array made here, which lives as long as they.
    array = np.ndarray(shape, dtype, buffer=block, offset=start)
    reference = weakref.ref(array, _take_back)
    _lent[id(reference)] = reference, size, block, start
    return array


def zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """``empty``, filled with zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def _take_back(reference: weakref.ref) -> None:
    global _free_bytes
    _, size, block, start = _lent.pop(id(reference))
    if _free_bytes + size > MAX_FREE_BYTES:  # sizes that nobody asks for any more: begin anew
        _free.clear()
        _free_bytes = 0
    _free[size].append((block, start))
    _free_bytes += size

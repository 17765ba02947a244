"""Arrays that are quick to get again.

Training asks for the same few megabytes at every step. Fresh from the operating system they cost more than the work
done in them: each page is zeroed and mapped anew (the unfused baseline trained four times slower so). And a vector
that straddles two cache lines is read twice. So these arrays begin on a cache line, and what nobody refers to any
more serves the next request of its shape.
"""

import math
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

#: Smaller arrays are as quick from NumPy.
SMALL_BYTES = 1 << 15

CACHE_LINE = 64

#: More than this is not kept for later.
MAX_KEPT_BYTES = 1 << 29

_kept: dict[tuple[tuple[int, ...], Any], list[np.ndarray]] = {}
_kept_bytes = 0


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialized C-contiguous array, as ``numpy.empty`` gives it, on a cache line.

    It may be one that was given out before: if neither it nor any view of it is left.
    """
    arrays = _kept.get((shape, dtype))
    if arrays is not None:
        array = _first_alone(arrays)
        if array is not None:
            return array
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < SMALL_BYTES:
        return np.empty(shape, dtype)
    return _keep(_aligned(shape, dtype, size), dtype)


def zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """``empty``, filled with zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def _references(arrays: Iterable[np.ndarray]) -> int:
    """How many references ``_first_alone`` counts for an array that only the list refers to."""
    for array in arrays:
        return sys.getrefcount(array)
    return 0


_ALONE = _references([np.empty(1)])


def _first_alone(arrays: list[np.ndarray]) -> np.ndarray | None:
    """An array that nobody else refers to: a view refers to it, too.

    Two threads can't take the same one: while one looks at an array, the other counts a reference more.
    """
    for array in arrays:
        if sys.getrefcount(array) == _ALONE:
            return array
    return None


def _aligned(shape: tuple[int, ...], dtype: Any, size: int) -> np.ndarray:
    """A new array. What owns its memory is no array, so that the base of every view is this one."""
    block = bytearray(size + CACHE_LINE)
    start = -np.frombuffer(block, np.uint8).ctypes.data % CACHE_LINE
    return np.ndarray(shape, dtype, buffer=block, offset=start)


def _keep(array: np.ndarray, dtype: Any) -> np.ndarray:
    global _kept_bytes
    if _kept_bytes + array.nbytes > MAX_KEPT_BYTES:  # shapes that nobody asks for any more: begin anew
        _kept.clear()
        _kept_bytes = 0
    _kept.setdefault((array.shape, dtype), []).append(array)
    _kept_bytes += array.nbytes
    return array

"""Arrays that are quick to get again.

Training asks for the same few megabytes at every step. Fresh from the operating system they cost more than the work
done in them: each page is zeroed and mapped anew (the unfused baseline trained four times slower so). And a vector
that straddles two cache lines is read twice. So these arrays begin on a cache line, and lie in blocks of memory of a
few sizes; a block that nobody looks into any more serves the next request of its size. The sizes are powers of two:
a row of digits makes a batch of any number of images, and blocks for each number would soon be hundreds of megabytes.
"""

import sys
from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

#: Smaller arrays are as quick from NumPy.
SMALL_BYTES = 1 << 15

CACHE_LINE = 64

#: More than this is not kept for later. What no array has reached of a block is counted, though no memory is behind it.
MAX_KEPT_BYTES = 1 << 29

_kept: dict[int, list[np.ndarray]] = {}
_kept_bytes = 0


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialized C-contiguous array, as ``numpy.empty`` gives it, on a cache line.

    Its memory may be that of one that was given out before: if neither it nor any view of it is left.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if size < SMALL_BYTES:
        return np.empty(shape, dtype)
    size = 1 << (size - 1).bit_length()
    block = _first_alone(_kept.get(size, ()))
    return np.ndarray(shape, dtype, _keep(_aligned(size)) if block is None else block)


def zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """``empty``, filled with zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def release() -> None:
    """Keep nothing for later: for the end of work that took more than what follows will. Arrays in use stay."""
    global _kept_bytes
    _kept.clear()
    _kept_bytes = 0


def _references(arrays: Iterable[np.ndarray]) -> int:
    """How many references ``_first_alone`` counts for an array that only the list refers to."""
    for array in arrays:
        return sys.getrefcount(array)
    return 0


_ALONE = _references([np.empty(1)])


def _first_alone(blocks: Iterable[np.ndarray]) -> np.ndarray | None:
    """A block that nobody else refers to: an array in it does, and every view of that.

    Two threads can't take the same one: while one looks at a block, the other counts a reference more.
    """
    for block in blocks:
        if sys.getrefcount(block) == _ALONE:
            return block
    return None


class _Memory(np.ndarray):
    """What owns a block's memory. NumPy makes an array's base the one that owns its memory, but of the same class."""


def _aligned(size: int) -> np.ndarray:
    """A new block of bytes, which will be the base of every array in it."""
    memory = _Memory(size + CACHE_LINE, np.uint8)
    return np.ndarray(size, np.uint8, memory, -memory.ctypes.data % CACHE_LINE)


def _keep(block: np.ndarray) -> np.ndarray:
    global _kept_bytes
    if _kept_bytes + block.nbytes > MAX_KEPT_BYTES:  # sizes that nobody asks for any more: begin anew
        release()
    _kept.setdefault(block.nbytes, []).append(block)
    _kept_bytes += block.nbytes
    return block

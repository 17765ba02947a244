"""A pool of memory for arrays.

Training needs the same few megabytes at every step. Fresh from the operating system they cost more than the work done
in them, because each page is zeroed and mapped again (the unfused baseline trained four times slower). And a vector
that straddles two cache lines is read twice. So these arrays begin on a cache line, in blocks whose sizes are powers of
two. A block that no array uses any more serves the next request of its size. With sizes as requested, batches of all
sizes, as the digits of a line make them, would soon hold hundreds of megabytes.
"""

import sys
from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

#: NumPy makes smaller arrays as quickly.
SMALL_BYTES = 1 << 15

CACHE_LINE = 64

#: The pool never holds more. It counts whole blocks, though pages that no array has touched take no memory.
MAX_POOL_BYTES = 1 << 29

_pool: dict[int, list[np.ndarray]] = {}
_pool_bytes = 0


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An uninitialized C-contiguous array, as from ``numpy.empty``, that begins on a cache line.

    Its memory may be that of an earlier array, once neither that nor any view of it exists.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if size < SMALL_BYTES:
        return np.empty(shape, dtype)
    size = 1 << (size - 1).bit_length()
    block = _first_unused(_pool.get(size, ()))
    return np.ndarray(shape, dtype, _add_block(size) if block is None else block)


def zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array as from ``empty``, filled with zeros."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def release() -> None:
    """Empty the pool, after work that needed more than what follows. Arrays in use stay valid."""
    global _pool_bytes
    _pool.clear()
    _pool_bytes = 0


def _references(arrays: Iterable[np.ndarray]) -> int:
    """How many references ``_first_unused`` counts for an array that only the list refers to."""
    for array in arrays:
        return sys.getrefcount(array)
    return 0


_UNUSED = _references([np.empty(1)])


def _first_unused(blocks: Iterable[np.ndarray]) -> np.ndarray | None:
    """A block without other references. An array in a block refers to it, and so does every view of the array.

    Two threads never get the same block: while one examines a block, the other counts one more reference.
    """
    for block in blocks:
        if sys.getrefcount(block) == _UNUSED:
            return block
    return None


class _Memory(np.ndarray):
    """The owner of a block's memory. NumPy makes the owner an array's base, unless it is of another class."""


def _add_block(size: int) -> np.ndarray:
    """A new block of bytes in the pool, which will be the base of every array in it."""
    global _pool_bytes
    if _pool_bytes + size > MAX_POOL_BYTES:  # sizes that are no longer requested: start again
        release()
    memory = _Memory(size + CACHE_LINE, np.uint8)
    block = np.ndarray(size, np.uint8, memory, -memory.ctypes.data % CACHE_LINE)
    _pool.setdefault(size, []).append(block)
    _pool_bytes += size
    return block

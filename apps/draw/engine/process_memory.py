"""The memory that the process holds, what of it the drawings take, and how it gives memory back."""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from apps.draw.core.document import Picture

#: Of the C library's ``mallopt``, from glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def tune_malloc() -> None:
    """Have large pieces of memory, and the free end of each thread's, returned as they are freed.

    By default glibc learns from each large piece that is freed to keep up to 64 MiB for the next: one
    fine-tuning would leave 40 MiB behind.
    """
    _tell("mallopt", _M_MMAP_THRESHOLD, 1 << 20)
    _tell("mallopt", _M_TRIM_THRESHOLD, 4 << 20)


def trim_malloc() -> None:
    """Return to the system what was freed.

    The C library would keep it, in pieces that fit less and less, as surfaces of many sizes come and go. Takes a few
    milliseconds.
    """
    _tell("malloc_trim", 0)


def _tell(function: str, *arguments: int) -> None:
    """Call a function of the C library, where it has it (glibc)."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None)[function](*arguments)
    except (OSError, AttributeError):  # another C library, which has its own ways
        return


def resident() -> int:
    """The bytes of memory that the process holds now; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def deep_size(documents: Iterable[object]) -> int:
    """The bytes that documents, their strokes and their pictures take; what several of them share counts once.

    Args:
        documents: the documents, or tuples of them, such as ``UndoStack``.
    """
    seen: dict[int, object] = {}
    waiting = list(documents)
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen[id(each)] = each
        if isinstance(each, tuple):
            waiting += each
        elif isinstance(each, Picture):
            waiting.append(each.gray)
    return sum(each.nbytes if isinstance(each, np.ndarray) else sys.getsizeof(each) for each in seen.values())

"""The memory of the process and of the documents, and how glibc's malloc returns it."""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from apps.draw.core.document import Picture

#: Of ``mallopt``, from glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def tune_malloc() -> None:
    """Return large blocks, and the free end of each thread's heap, to the system as they are freed.

    By default glibc raises its thresholds with each large block that is freed: fine-tuning would leave 40 MiB behind.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, 1 << 20)
    _call("mallopt", _M_TRIM_THRESHOLD, 4 << 20)


def trim_malloc() -> None:
    """Return free memory to the system, in a few milliseconds: surfaces of many sizes fragment it."""
    _call("malloc_trim", 0)


def _call(function: str, *arguments: int) -> None:
    """Call a function of the C library, if it has it (glibc)."""
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None)[function](*arguments)
    except (OSError, AttributeError):  # another C library
        return


def resident() -> int:
    """The resident memory of the process in bytes; 0 if the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def deep_size(documents: Iterable[object]) -> int:
    """The bytes of documents with their strokes and pictures; what several of them share counts once.

    Args:
        documents: the documents, or tuples of them, such as ``UndoStack``.
    """
    seen: dict[int, object] = {}
    pending = list(documents)
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen[id(each)] = each
        if isinstance(each, tuple):
            pending += each
        elif isinstance(each, Picture):
            pending.append(each.gray)
    return sum(each.nbytes if isinstance(each, np.ndarray) else sys.getsizeof(each) for each in seen.values())

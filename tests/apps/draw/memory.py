"""The memory of the process, and of the window's documents."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from apps.draw.core.document import Picture


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

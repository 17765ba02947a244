"""Faults that happen at a chosen moment: the n-th time that the program opens, reads, writes, flushes, renames, ...

While ``Faults`` is active, Python's file objects, the functions of ``os``, NumPy's array constructors and threads count
each call, and the n-th one fails as the system would. Files that libraries open in C are out of its reach.
"""

import builtins
import contextlib
import errno
import io
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any
from unittest import mock

import numpy as np

#: The kinds of calls that fail, and how.
KINDS: dict[str, Callable[[], Exception]] = {
    "open": lambda: OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    "read": lambda: OSError(errno.EIO, os.strerror(errno.EIO)),
    "write": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "fsync": lambda: OSError(errno.EIO, os.strerror(errno.EIO)),
    "rename": lambda: OSError(errno.EACCES, os.strerror(errno.EACCES)),
    "mkdir": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "allocation": lambda: MemoryError("can't allocate an array"),
    "thread": lambda: RuntimeError("can't start new thread"),
}

#: Functions of modules that are points of failure themselves.
_FUNCTIONS = {
    "open": [(os, "open"), (os, "dup")],
    "fsync": [(os, "fsync")],
    "rename": [(os, "replace"), (os, "rename")],
    "mkdir": [(os, "mkdir")],
    "thread": [(threading.Thread, "start")],
    "allocation": [
        (np, name)
        for name in (
            *("empty", "zeros", "ones", "full", "empty_like", "zeros_like", "ones_like", "array", "ascontiguousarray"),
            *("concatenate", "stack", "pad", "repeat", "tile", "frombuffer"),
        )
    ],
}

#: The allocations of a line that are points of failure.
MAX_ALLOCATIONS = 2


class Faults:
    """Counts points of failure, and lets some fail.

    Args:
        moment: the number of the first that fails, from 1; None: none does.
        persistent: whether all later ones of the same kind fail, too, as on a full disk.

    Attributes:
        count: of the points so far, by kind.
        failed: the kind of the first that failed; None if none did.
    """

    def __init__(self, moment: int | None = None, *, persistent: bool = False) -> None:
        self._moment, self._persistent = moment, persistent
        self._allocations: Counter[tuple[str, int]] = Counter()
        self.count: Counter[str] = Counter()
        self.failed: str | None = None

    def point(self, kind: str) -> None:
        """Count a point of failure; raises if it fails."""
        self.count[kind] += 1
        if self.count.total() == self._moment:
            self.failed = kind
        elif not (self._persistent and self.failed == kind):
            return
        raise KINDS[kind]()

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Count, and fail, within the block."""
        with contextlib.ExitStack() as stack:
            for kind, functions in _FUNCTIONS.items():
                for owner, name in functions:
                    stack.enter_context(mock.patch.object(owner, name, self._counted(kind, getattr(owner, name))))
            for owner in (builtins, io):
                stack.enter_context(mock.patch.object(owner, "open", self._open))
            yield

    def _counted(self, kind: str, function: Callable) -> Callable:
        def call(*args: Any, **kwargs: Any) -> Any:
            if kind != "allocation" or self._is_new(sys._getframe(1)):
                self.point(kind)
            return function(*args, **kwargs)

        return call

    def _is_new(self, frame: FrameType) -> bool:
        """Whether an allocation is one of the program's own, the first or second at its line.

        Libraries allocate thousands of small arrays, and loops allocate the same again and again.
        """
        if frame.f_globals.get("__name__", "").partition(".")[0] not in ("nn", "apps"):
            return False
        line = frame.f_code.co_filename, frame.f_lineno
        self._allocations[line] += 1
        return self._allocations[line] <= MAX_ALLOCATIONS

    def _open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """``open``, of a file whose reads and writes are points of failure."""
        self.point("open")
        raw = _File(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.point = self.point
        if buffering == 0:
            return raw
        kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
        binary = kind(raw)
        return binary if "b" in mode else io.TextIOWrapper(binary, encoding, errors, newline)


class _File(io.FileIO):
    """A file whose reads and writes are points of failure."""

    point: Callable[[str], None] = staticmethod(lambda kind: None)

    def readinto(self, buffer: Any) -> int | None:
        self.point("read")
        return super().readinto(buffer)

    def read(self, size: int | None = -1) -> bytes | None:
        self.point("read")
        return super().read(-1 if size is None else size)

    def readall(self) -> bytes | None:
        self.point("allocation")
        self.point("read")
        return super().readall()

    def write(self, content: Any) -> int | None:
        self.point("write")
        return super().write(content)

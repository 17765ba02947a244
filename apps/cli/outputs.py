"""The files that a command writes, checked before its work starts."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from apps.cli.arguments import UsageError
from nn import atomic

#: The first bytes of the kinds of files that commands write. An existing file of another kind is not replaced.
NPZ, JSON, PNG = (b"PK",), (b"{", b"["), (b"\x89PNG",)


class Output(NamedTuple):
    """A file to write.

    Attributes:
        option: that gives its path, ``"--out"``.
        path: None if it is not given.
        begins: the first bytes that an existing file must have, such as ``NPZ``; empty: any.
    """

    option: str
    path: Path | None
    begins: tuple[bytes, ...]


def check_outputs(*outputs: Output, inputs: Iterable[Path | None] = ()) -> None:
    """Check that the outputs can be written, and replace only files of their kind; leaves no file and no folder.

    Args:
        outputs: the files to write. Two may be the same device or pipe, but not the same file.
        inputs: the files that the command reads.

    Raises:
        UsageError: an output is an input or another output, or a file of another kind is there.
        OSError: an output can't be written.
    """
    taken = {_identity(path): f"{path}, which is an input" for path in inputs if path is not None}
    for option, path, begins in outputs:
        if path is None:
            continue
        atomic.check_writable(path)
        if path.exists() and not path.is_file():  # a device or a pipe
            continue
        if other := taken.get(_identity(path)):
            raise UsageError(f"{option}: expected a file of its own, got {other}")
        if begins and path.exists() and path.stat().st_size and not _start(path).startswith(begins):
            raise UsageError(f"{option}: {path}: is a file of another kind; remove it to write there")
        taken[_identity(path)] = f"{path}, as {option} writes"


def _identity(path: Path) -> tuple[int, int] | str:
    """The same for all names of a file."""
    try:
        status = path.stat()
    except OSError:
        return os.path.normcase(os.path.realpath(path))
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else str(path)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16).lstrip()

"""The names of the files to read: of a command line, of folders, and of lists in files or on standard input."""

import io
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from apps.cli.arguments import UsageError
from nn.digits.picture_files import find_files, picture_suffixes
from nn.errors import DataError
from nn.files import is_folder

#: The list that is standard input.
STDIN = Path("-")

DRAWING_SUFFIX = ".json"

#: Bytes of a list that are read at once, and the maximum length of a name.
BLOCK, MAX_NAME = 1 << 16, 1 << 16

#: Stands for the moments when the next name may not be there yet: another program writes the list.
PAUSE = None


@dataclass(frozen=True)
class Inputs:
    """Files to read, in order; the names are made while they are needed.

    Attributes:
        paths: files, and folders whose pictures and drawings are read, those of all folders below too.
        list_file: a file with one more name a line, or ``STDIN``.
        null: whether the names of the list end with a null byte instead, as ``find -print0`` writes them.
        output: a file that is left out of folders, because the answers go there.
    """

    paths: Sequence[Path] = ()
    list_file: Path | None = None
    null: bool = False
    output: Path | None = None

    def names(self) -> Iterator[str | None]:
        """The names of the files, and `PAUSE` wherever the next one may not be there yet.

        A folder without such files, or one that can't be listed, is itself among the names.

        Raises:
            OSError: the list can't be read.
            DataError: it has no names, but something else.
        """
        for path in self.paths:
            yield from self._files(path)
        for name in self._list() if self.list_file is not None else ():
            if name is PAUSE:
                yield PAUSE
            else:
                yield from self._files(Path(name))

    def count(self) -> int | None:
        """The number of files; None if the list can be read only once."""
        if self.list_file is not None and not self.list_file.is_file():
            return None
        return sum(name is not PAUSE for name in self.names())

    def _files(self, path: Path) -> Iterator[str]:
        if not is_folder(path):
            yield str(path)
            return
        empty = True
        for found in find_files(path, picture_suffixes() | {DRAWING_SUFFIX}):
            if self.output is None or not _is_same(found, self.output):
                empty = False
                yield str(found)
        if empty:
            yield str(path)

    def _list(self) -> Iterator[str | None]:
        assert self.list_file is not None
        separator = b"\0" if self.null else b"\n"
        start, with_pauses = b"\xef\xbb\xbf", False  # the byte order mark that some editors write
        with self._open_list() as file:
            with_pauses = not _is_regular(file)
            rest = b""
            while block := file.read1(BLOCK):
                *names, rest = (rest + block).removeprefix(start).split(separator)
                start = start if not names else b""
                yield from _decoded(names, null=self.null)
                if len(rest) > MAX_NAME:
                    raise DataError(
                        f"{self.list_file}: expected a list of names, found {len(rest):,} bytes without end"
                    )
                if with_pauses:
                    yield PAUSE
            yield from _decoded([rest], null=self.null)

    def _open_list(self) -> io.BufferedReader:
        if self.list_file != STDIN:
            return cast(Path, self.list_file).open("rb")
        if sys.stdin is None:
            raise UsageError("--files-from -: standard input is closed")
        return cast(io.BufferedReader, sys.stdin.buffer)


def _decoded(names: Sequence[bytes], *, null: bool) -> Iterator[str]:
    for name in names:
        if found := name if null else name.removesuffix(b"\r"):
            yield os.fsdecode(found)


def _is_regular(file: BinaryIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except OSError:  # of a test or a notebook: not a file
        return False


def _is_same(path: Path, other: Path) -> bool:
    return path.name == other.name and other.exists() and path.exists() and path.samefile(other)

"""The picture files of a folder, found by their suffixes."""

import functools
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from PIL import Image

from nn.digits import pictures
from nn.files import is_folder


@functools.cache
def picture_suffixes() -> frozenset[str]:
    """The suffixes, in lower case, of what `read_picture` reads; HEIC needs `pillow-heif`, and says so.

    >>> ".png" in picture_suffixes()
    True
    """
    found = {suffix for suffix, name in Image.registered_extensions().items() if name in pictures.FORMATS}
    return frozenset(found | {".heic", ".heif"})


def find_files(folder: str | os.PathLike[str], suffixes: Collection[str]) -> Iterator[Path]:
    """The files in a folder and all folders below that have one of these suffixes, in any case, sorted by name.

    Hidden files and folders, whose names begin with a dot, are left out. Symbolic links are followed. A folder that
    several links lead to is listed once, so that a loop of links ends. A folder that can't be listed is itself in
    the result.

    Args:
        folder: where to begin; a file, or what does not exist, is itself the result.
        suffixes: in lower case, with the dot.

    Yields:
        Paths that begin with ``folder``.
    """
    visited: set[tuple[int, int]] = set()
    pending = [iter([Path(folder)])]
    while pending:
        path = next(pending[-1], None)
        if path is None:
            pending.pop()
        elif not is_folder(path):
            yield path
        elif (identity := _identity(path)) not in visited:
            visited.add(identity)
            try:
                names = sorted(entry.name for entry in os.scandir(path) if _is_wanted(entry, suffixes))
            except OSError:
                yield path
            else:
                pending.append(map(path.joinpath, names))


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _is_wanted(entry: "os.DirEntry[str]", suffixes: Collection[str]) -> bool:
    """Whether an entry is a folder or has one of the suffixes. A folder's name may end like a picture's."""
    if entry.name.startswith("."):
        return False
    return Path(entry.name).suffix.lower() in suffixes or entry.is_dir()

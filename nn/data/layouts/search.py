"""Functions of several layouts: list folders, and choose one of several sets."""

import re
from collections.abc import Collection
from pathlib import Path

from nn.errors import DataError

#: Files and folders that macOS and Windows add.
_IGNORED = ("__MACOSX", "Thumbs.db", "desktop.ini")


def listing(folder: Path) -> list[Path]:
    """The sorted entries of a folder, without hidden ones and without ``_IGNORED``.

    Raises:
        DataError: it can't be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.name[0] != "." and path.name not in _IGNORED)
    except OSError as error:
        raise DataError(f"{folder}: can't be read as a folder: {error.strerror}") from None


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, in order."""
    return [path for path in listing(folder) if path.is_dir()]


def choose(place: Path, names: Collection[str], split: str | None) -> str:
    """The name of the set to read.

    Args:
        place: of the sets, for messages.
        names: of the sets; the prefixes of their files.
        split: a word that the name must have, or None to choose the only one.

    Raises:
        DataError: none has the word, or several could be meant.

    >>> choose(Path("gzip"), ["emnist-digits-", "emnist-letters-"], "letters")
    'emnist-letters-'
    """
    found = [name for name in names if split is None or split.lower() in re.split(r"[^a-z0-9]+", name.lower())]
    if len(found) == 1:
        return found[0]
    prefixes = ", ".join(repr(name) for name in sorted(names))
    if split is not None:
        raise DataError(f"{place}: expected one set of split {split!r}, found those with prefixes {prefixes}")
    raise DataError(
        f"{place}: holds several sets, with prefixes {prefixes}: choose one with --split, or give its folder"
    )


def reject_split(place: Path, split: str | None) -> None:
    """Raise DataError if a split is asked for; for layouts that hold one set."""
    if split is not None:
        raise DataError(f"{place}: expected a data set with several splits, as {split!r} is asked for, found one")

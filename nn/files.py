"""Checks of files before they are read."""

import os
import stat
from pathlib import Path


def file_size(path: str | os.PathLike[str], expected: str, error: type[ValueError]) -> int:
    """The size of a regular file in bytes.

    Args:
        path: of the file.
        expected: the expected content, for the message: ``"a drawing"``.
        error: the class of the exception.

    Raises:
        ValueError: of the class ``error``: there is nothing at ``path``, or no regular file (a folder; a pipe, which
            might never end), or it can't be accessed.
    """
    try:
        status = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise error(f"{path}: expected {expected}, found nothing") from None
    except (OSError, ValueError) as reason:  # no permission, a name that is too long or has a null byte
        raise error(f"{path}: expected {expected}: {getattr(reason, 'strerror', None) or reason}") from None
    if not stat.S_ISREG(status.st_mode):
        raise error(f"{path}: expected {expected}, found {'a folder' if stat.S_ISDIR(status.st_mode) else 'no file'}")
    return status.st_size


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a regular file; also False for text that is not a path."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a folder; also False for text that is not a path, or where it can't be accessed."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False

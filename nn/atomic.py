"""Atomic writes: a file is complete or absent."""

import contextlib
import glob
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file that replaces ``path`` only when the block ends without an exception.

    The bytes go to a temporary file in the same folder (made if missing) and are flushed to the disk. Then the file
    is renamed, so that readers see the earlier file or the new one, never a part, even after a crash. The next write
    to ``path`` removes the temporary files of processes that were killed.

    Args:
        path: the file to write.

    Yields:
        The temporary file, open for reading and writing bytes.

    Raises:
        OSError: the folder can't be made or written, or the disk is full; ``path`` is unchanged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    with _temporary_file(path) as (file, temporary):
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


@contextlib.contextmanager
def _temporary_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file beside ``path``, and its name; if the block fails, it is removed.

    It is locked within the block, which shows other processes that it is in use.
    """
    lock, temporary = None, path
    try:
        while lock is None:
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
            descriptor, lock = _open_and_lock(temporary)
        yield os.fdopen(descriptor, "w+b"), temporary
    except BaseException:  # also before there is a file: a Ctrl-C may come at any moment
        if temporary != path:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _open_and_lock(path: Path) -> tuple[int, int | None]:
    """Make the file; two descriptors of it, the second to hold the lock. None if another process removed it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    lock = os.dup(descriptor)  # Windows needs the file closed before it is renamed; the lock stays
    if _lock(lock) is not False and path.exists():
        return descriptor, lock
    os.close(lock)
    os.close(descriptor)
    return descriptor, None


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of ``path`` that no process holds."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError):  # another process removed it, or it is another user's
            descriptor = os.open(leftover, os.O_RDWR)
            try:
                if _lock(descriptor):
                    leftover.unlink()
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Lock a file until it is closed, or its process ends; False if another holds it, None where there are no locks."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True

"""Atomic writes: a file is complete or absent."""

import contextlib
import errno
import io
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nn import platforms


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file that replaces ``path`` only when the block ends without an exception.

    The bytes go to a temporary file in the same folder (made if missing) and are flushed to the disk. Then the file
    is renamed, so that readers see the earlier file or the new one, never a part, even after a crash. The next write
    to ``path`` removes the temporary files of processes that were killed.

    A symbolic link stays: the file that it points to is replaced. The new file has the permissions of the earlier one.
    A device or a pipe is not replaced: the bytes are written to it at the end of the block.

    Args:
        path: the file to write.

    Yields:
        The temporary file, open for reading and writing bytes.

    Raises:
        OSError: the folder can't be made or written, ``path`` is a folder or read-only, or the disk is full; ``path``
            is unchanged.
    """
    path = Path(path)
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        buffer = io.BytesIO()
        yield buffer
        with os.fdopen(platforms.open_special(path), "wb") as special:
            special.write(buffer.getvalue())
        return
    path = Path(os.path.realpath(path))  # unlike `resolve`, also for links in a loop
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    with _temporary_file(path) as (file, temporary):
        with file:
            yield file
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise what ``atomic_write`` would raise before its block; leaves no file and no folder.

    Raises:
        OSError: see ``atomic_write``.
    """
    path = Path(path)
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        os.close(platforms.open_special(path))
        return
    path = Path(os.path.realpath(path))  # unlike `resolve`, also for links in a loop
    missing = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_file(path) as (file, temporary):
            file.close()
            temporary.unlink()
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):  # another program has put a file there
                folder.rmdir()


def _mode(path: Path) -> int | None:
    """The mode of the file; None if there is none.

    Raises:
        OSError: it is a folder or read-only, or its place can't be searched.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "expected a file to write, found a folder", str(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "expected a file to write, found a read-only one", str(path))
    return mode


#: Seconds to wait for a lock, and between two attempts.
LOCK_TIMEOUT, LOCK_PAUSE = 60.0, 0.05


@contextlib.contextmanager
def file_lock(path: str | os.PathLike[str], timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Read a file, change it and write it within the block, while other programs that do the same wait.

    The lock is on a file ``.<name>.lock`` in the same folder. Systems without such locks (Windows) go on at once.

    Args:
        path: the file, which need not exist.
        timeout: in seconds.

    Raises:
        TimeoutError: another program holds the lock for longer.
        OSError: the folder can't be made or written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + timeout
        while platforms.lock(descriptor) is False:
            if time.monotonic() > deadline:
                raise TimeoutError(f"another program has been changing it for {timeout:.0f} s")
            time.sleep(LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _temporary_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file beside ``path``, and its name; if the block fails, it is removed.

    It is locked within the block, which shows other processes that it is in use.
    """
    lock, temporary = None, path
    try:
        while lock is None:
            temporary = path.with_name(f"{_prefix(path)}{secrets.token_hex(8)}.part")
            try:
                descriptor, lock = _open_and_lock(temporary)
            except OSError as error:
                error.filename = str(path)  # of the file that the caller knows
                raise
        yield _file(descriptor), temporary
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
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | platforms.O_BINARY, 0o666)
    try:
        lock = os.dup(descriptor)  # Windows needs the file closed before it is renamed; the lock stays
    except OSError:
        os.close(descriptor)
        raise
    if platforms.lock(lock) is not False and path.exists():
        return descriptor, lock
    os.close(lock)
    os.close(descriptor)
    return descriptor, None


def _file(descriptor: int) -> BinaryIO:
    """A file of a descriptor, which is closed if that fails."""
    try:
        return os.fdopen(descriptor, "w+b")
    except BaseException:
        os.close(descriptor)
        raise


def _prefix(path: Path) -> str:
    """The beginning of the names of its temporary files. It is short, so that they fit wherever ``path`` fits."""
    return f".{path.name[:50]}."


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of ``path`` that no process holds."""
    name = re.compile(re.escape(_prefix(path)) + r"[0-9a-f]{16}\.part")
    others: list[Path] = []
    with contextlib.suppress(OSError):  # the folder can be written, but not read
        others = list(path.parent.iterdir())
    for leftover in [other for other in others if name.fullmatch(other.name)]:
        with contextlib.suppress(OSError):  # another process removed it, or it is another user's
            descriptor = os.open(leftover, os.O_RDWR | platforms.O_NOFOLLOW)
            try:
                if platforms.lock(descriptor):
                    leftover.unlink()
            finally:
                os.close(descriptor)

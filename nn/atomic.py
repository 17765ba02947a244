"""Files that are whole or absent."""

import contextlib
import glob
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a binary file that takes the place of ``path`` only when the block ends without an exception.

    The bytes go to a temporary file in the same folder (made if it is missing), are flushed to the disk, and the
    file is renamed: a reader, or a crash, sees the earlier file or the new one, never a part. What a process that was
    killed has left of ``path`` is removed by the next to write it.

    Args:
        path: where the file is to appear.

    Yields:
        The temporary file, open for reading and writing bytes.

    Raises:
        OSError: the folder can't be made or written, or the disk is full; ``path`` is as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    with _temporary_file(path) as (file, temporary):
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


@contextlib.contextmanager
def _temporary_file(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A new file beside ``path``, and its name; locked within the block, which tells others that it is in use."""
    while True:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        claim = os.dup(descriptor)  # the file is closed before it is renamed, as Windows wants it; the lock stays
        if _lock(claim) is not False and os.path.exists(name):  # noqa: PTH110  else another took it for a leftover
            break
        os.close(claim)
        os.close(descriptor)
    try:
        yield os.fdopen(descriptor, "w+b"), name
    finally:
        os.close(claim)


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of ``path`` that no process holds."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError):  # another was quicker, or it is not ours
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


def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

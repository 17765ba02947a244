"""The cache of compiled kernels: Numba's, made robust against damaged files and full disks."""

import contextlib
import functools
import io
import os
import pickle
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile

from nn import paths

CHECKSUM_BYTES = 4

#: Begins the names of the files: those of Numba, and of earlier versions, have no checksum.
PREFIX = "checked-"


def enable(kernel: Any) -> None:
    """Cache what ``numba.njit`` compiles for ``kernel``, unless no folder for it can be written."""
    folder = _cache_folder(config.CACHE_DIR)
    if folder is None:
        return
    before, config.CACHE_DIR = config.CACHE_DIR, folder
    try:
        kernel._cache = KernelCache(kernel.py_func)
    except RuntimeError:  # "no locator available": neither beside the source nor in the user's cache
        return
    finally:
        config.CACHE_DIR = before


@functools.cache
def _cache_folder(chosen: str) -> str | None:
    """Where Numba caches our kernels, as the value of ``NUMBA_CACHE_DIR``; None if it can't be written.

    A checkout leaves the choice to Numba, which prefers the folder of the source. An installed package has it in
    the user's cache: pip would leave the files in its own folder behind.

    Args:
        chosen: by the user; "" if not.
    """
    if paths.IS_CHECKOUT:
        return chosen
    cache = Path(chosen) if chosen else paths.cache_folder()
    if cache is None:
        return None
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    return str(cache) if os.access(cache, os.W_OK) else None


class KernelCache(FunctionCache):
    """The cache of a kernel. If it can't be read, the kernel is compiled again; if it can't be written, it is disabled.

    Args:
        function: the kernel in Python.
    """

    def __init__(self, function: Callable) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp(), _newest_change(Path(function.__code__.co_filename).parent)
        self._cache_file = _CheckedFile(self._cache_path, PREFIX + self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled kernel for a signature; None if the cache does not have it, or it is damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # pickle, LLVM and the operating system raise many kinds
            _warn(f"{self._cache_path}: a compiled kernel is damaged; it is compiled again")
            with contextlib.suppress(OSError):
                Path(self._cache_file._index_path).unlink()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Write a compiled kernel."""
        try:
            super().save_overload(sig, data)
        except (OSError, ValueError) as error:  # the disk is full; or a damaged file can't be removed
            reason = getattr(error, "strerror", None) or error
            _warn(f"{self._cache_path}: can't write compiled kernels: {reason}; they are compiled at each start")
            self.disable()


class _CheckedFile(IndexDataCacheFile):
    """Files with a checksum, because damaged machine code may do anything.

    It includes the stamp of the source: an index that was written just before a crash may name an older file.
    """

    def _load_index(self) -> Any:
        with contextlib.suppress(FileNotFoundError):
            self._content(self._index_path, of_source=False)
        return super()._load_index()

    def _load_data(self, name: str) -> Any:
        return pickle.loads(self._content(self._data_path(name)))

    def _content(self, path: str, *, of_source: bool = True) -> bytes:
        content = Path(path).read_bytes()
        content, checksum = content[:-CHECKSUM_BYTES], content[-CHECKSUM_BYTES:]
        if checksum != self._checksum(content, of_source=of_source):
            raise ValueError(f"{path}: expected another checksum")
        return content

    def _checksum(self, content: bytes, *, of_source: bool) -> bytes:
        stamp = repr(self._source_stamp).encode() if of_source else b""
        return zlib.crc32(content, zlib.crc32(stamp)).to_bytes(CHECKSUM_BYTES, "little")

    @contextlib.contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[BinaryIO]:
        buffer = io.BytesIO()
        yield buffer
        content = buffer.getvalue()
        checksum = self._checksum(content, of_source=os.fspath(filepath) != self._index_path)
        with super()._open_for_write(filepath) as file:
            file.write(content + checksum)


@functools.cache
def _newest_change(folder: Path) -> float:
    """When a file that the kernels in ``folder`` may inline has changed; 0 where Numba's own stamp is enough.

    Numba only watches the file of the kernel itself, but kernels in ``fast/`` inline functions of each other's files.
    Kernels elsewhere inline functions of their own file only.
    """
    return max(path.stat().st_mtime for path in folder.glob("*.py")) if folder.name == "fast" else 0.0


@functools.cache
def _warn(message: str) -> None:
    """Warn once, although every kernel may have the same problem."""
    warnings.warn(message, RuntimeWarning, stacklevel=2)

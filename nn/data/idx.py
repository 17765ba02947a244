"""IDX, the file format of MNIST: strict reading, atomic writing.

A file is ``00 00 type ndim``, then ``ndim`` sizes as big-endian uint32, then the items, big-endian, in C order.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import gzip
import io
import math
import os
import stat
import struct
import zlib
from pathlib import Path

import numpy as np

from nn.atomic import atomic_write
from nn.errors import DataError
from nn.npz import unpack_limit

DTYPES: dict[int, np.dtype] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
MAX_DIMENSIONS = 4

# A gzip file may always unpack to this many bytes.
FREE_BYTES = 64 << 20

# The highest ratio that gzip allows: 258 bytes for two bits.
DEFLATE_LIMIT = 1032

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an IDX file, plain or gzipped; its first bytes tell, not its name.

    The header is checked against the size of the file before any allocation, and the items are read directly into the
    array, so the peak of memory is the array itself.

    Args:
        path: the file.

    Returns:
        The array: 1 to 4 dimensions, one of uint8, int8, int16, int32, float32, float64; in native byte
        order, C-contiguous and writable.

    Raises:
        DataError: the file is missing, not a regular file, not IDX, truncated, too long or damaged, or it would unpack
            to more than both ``FREE_BYTES`` and 100 times its size. The message names the path.
    """
    path = Path(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a FIFO would wait for a writer
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a device")
            raise DataError(f"{path}: expected a file, found {kind}")
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            if not zipped:
                return _read(file, path, size=status.st_size)
            with gzip.GzipFile(fileobj=file) as unzipped:
                limit = min(unpack_limit(status.st_size, FREE_BYTES), DEFLATE_LIMIT * status.st_size)
                return _read(unzipped, path, limit=limit)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise DataError(f"{path}: too large for this machine's memory") from error


def write_idx(path: str | os.PathLike[str], array: np.ndarray) -> None:
    """Write an array as an IDX file, atomically; gzipped if the name ends in ``.gz``.

    Equal arrays give equal bytes: the gzip header has no time and no name.

    Args:
        path: where to write.
        array: 1 to 4 dimensions, a type that ``read_idx`` lists, any byte order and strides.

    Raises:
        ValueError: IDX can't hold such an array.
        OSError: the file can't be written; a file that was at ``path`` is unchanged.
    """
    path = Path(path)
    array = np.asarray(array)
    header = _header(array)
    items = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder(">"))
    content = (header, items.reshape(-1).view(np.uint8).data)
    with atomic_write(path) as file:
        if path.suffix != ".gz":
            file.writelines(content)
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as zipped:
            zipped.writelines(content)


def _read(file: io.BufferedIOBase, path: Path, *, size: int | None = None, limit: int | None = None) -> np.ndarray:
    """Read header and items of a file of ``size`` bytes or, if that is unknown, of at most ``limit``."""
    dtype, shape = _read_header(file, path)
    header = 4 + 4 * len(shape)
    expected = header + math.prod(shape) * dtype.itemsize
    what = f"shape {shape} of {dtype.name} makes {expected} bytes"
    if size is not None and size != expected:
        raise DataError(f"{path}: {'truncated' if size < expected else 'too long'}: {what}, found {size}")
    if limit is not None and expected > limit:
        raise DataError(f"{path}: {what}, more than the {limit} that a gzip file of this size may unpack to")
    try:
        array = np.empty(shape, dtype)
    except ValueError as error:  # a zero among sizes whose product is too large
        raise DataError(f"{path}: impossible shape {shape}: {error}") from error
    found = header + _fill(file, array.reshape(-1).view(np.uint8).data)
    if found < expected:
        raise DataError(f"{path}: truncated: {what}, found {found}")
    if file.read(1):  # in a gzip file, reading to the end also verifies its checksum
        raise DataError(f"{path}: too long: {what}, found more")
    if not dtype.isnative:
        array = array.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return array


def _read_header(file: io.BufferedIOBase, path: Path) -> tuple[np.dtype, tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4:
        raise DataError(f"{path}: truncated: an IDX file begins with 4 bytes, found {len(magic)}")
    if magic[:2] != b"\0\0" or magic[2] not in DTYPES or not 1 <= magic[3] <= MAX_DIMENSIONS:
        types = ", ".join(f"{code:02x}" for code in DTYPES)
        raise DataError(
            f"{path}: not IDX: expected 00 00, a type ({types}) and 1 to {MAX_DIMENSIONS} dimensions, "
            f"found {magic.hex(' ')}"
        )
    dimensions = magic[3]
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        found = 4 + len(sizes)
        raise DataError(f"{path}: truncated: the header takes {4 + 4 * dimensions} bytes, found {found}")
    return DTYPES[magic[2]], struct.unpack(f">{dimensions}I", sizes)


def _fill(file: io.BufferedIOBase, target: memoryview) -> int:
    """Read into ``target`` until it is full or the file ends; returns the bytes read."""
    filled = 0
    while filled < len(target):
        # In chunks, because a GzipFile's readinto allocates a bytes object of the requested length.
        count = file.readinto(target[filled : filled + _CHUNK])
        if not count:
            break
        filled += count
    return filled


def _header(array: np.ndarray) -> bytes:
    codes = {dtype.newbyteorder("="): code for code, dtype in DTYPES.items()}
    code = codes.get(array.dtype.newbyteorder("="))
    if code is None:
        names = ", ".join(dtype.name for dtype in codes)
        raise ValueError(f"IDX holds {names}, not {array.dtype}")
    if not 1 <= array.ndim <= MAX_DIMENSIONS:
        raise ValueError(f"IDX holds 1 to {MAX_DIMENSIONS} dimensions here, not {array.ndim}")
    if max(array.shape) > 0xFFFFFFFF:
        raise ValueError(f"IDX holds sizes up to 2^32 - 1, not {array.shape}")
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)

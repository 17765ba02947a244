"""``.npz`` archives, written, and read from untrusted files: nothing is executed, and the memory is bounded by the size
of the file.
"""

import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nn.errors import one_line
from nn.files import file_size

#: An archive may unpack to this many times its size, or to ``FREE_BYTES`` if that is more. Weights and strokes compress
#: much less than a decompression bomb.
MAX_EXPANSION = 100
FREE_BYTES = 4 << 20

#: The kinds of dtype that an array may have, by NumPy's letters.
KINDS = "biufSU"


def unpack_limit(size: int, free: int = FREE_BYTES) -> int:
    """The number of bytes that a compressed file of ``size`` bytes may unpack to."""
    return max(free, MAX_EXPANSION * size)


def read_arrays(
    path: Path,
    expected: str,
    error: type[ValueError],
    *,
    names: Sequence[str] | None = None,
    limit: int | None = None,
    free: int = FREE_BYTES,
) -> dict[str, np.ndarray]:
    """The arrays of an archive as ``numpy.savez`` writes it, by name.

    Args:
        path: of the file.
        expected: the expected content, for messages: ``"a set of strokes"``.
        error: the class of the exception.
        names: of the arrays to read, if they exist; None: all.
        limit: the maximum number of unpacked bytes, besides ``unpack_limit``.
        free: see ``unpack_limit``.

    Raises:
        ValueError: of the class ``error``: the file is missing, damaged or too large, or has other
            contents than numbers and strings.
    """
    size = file_size(path, expected, error)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if names is None or _name(entry) in names]
            most = min(unpack_limit(size, free), math.inf if limit is None else limit)
            if sum(entry.file_size for entry in entries) > most:
                raise error(f"{path}: expected at most {int(most) >> 20} MiB of arrays, found more")
            arrays = {_name(entry): _read_array(archive, entry) for entry in entries}
    except error:
        raise
    except Exception as reason:  # zipfile, zlib, struct and NumPy raise many kinds for a damaged archive
        raise error(f"{path}: not {expected}: {one_line(reason)}") from None
    if len(arrays) < len(entries):
        raise error(f"{path}: not {expected}: it has entries of the same name")
    return arrays


def write_arrays(file: BinaryIO, arrays: Mapping[str, np.ndarray], *, compressed: bool = False) -> None:
    """Write an archive, the same bytes as ``numpy.savez``, some versions of which leave it open where a write fails.

    Raises:
        OSError: the file can't be written.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.removesuffix(".npy")


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """An array as ``numpy.save`` writes it; ValueError if it is a pickle, or its size is not the entry's."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{entry.filename}: unknown compression")  # some need memory before the first byte
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in readers:
            raise ValueError(f"{entry.filename}: expected an array of format 1.0, found {version[0]}.{version[1]}")
        shape, fortran, dtype = readers[version](file)
        if dtype.kind not in KINDS:
            raise ValueError(f"{entry.filename}: expected numbers, found {dtype.kind!r}")
        expected, found = math.prod(shape) * dtype.itemsize, entry.file_size - file.tell()
        if expected != found:
            raise ValueError(f"{entry.filename}: {shape} of {dtype} makes {expected} bytes, found {found}")
        data = bytearray(file.read())  # to the end, which compares the checksum
    if len(data) != expected:
        raise ValueError(f"{entry.filename}: truncated: {expected} bytes expected, found {len(data)}")
    if not data:
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")

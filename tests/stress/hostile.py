"""Files from outside that are broken, or meant to do harm."""

import contextlib
import gzip
import io
import itertools
import json
import os
import pickle
import random
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nn.data import mnist
from nn.digits import Recognizer
from nn.errors import CheckpointError, DataError
from tests.stress import material
from tests.stress.campaign import Results, expect
from tests.stress.mutation import mutated, mutated_json

MIB = 1 << 20

#: What reading a set may take besides the set.
SET_BYTES = 3 * MIB

#: What reading a file of weights of a few kilobytes may take.
WEIGHTS_BYTES = 64 * MIB


def survives(read: Callable[[], Any], refusals: type[Exception] | tuple[type[Exception], ...], most: int) -> str | None:
    """The result of a case: ``read`` works, or refuses in a line, and takes no more than ``most`` bytes meanwhile."""
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read()
    except refusals as error:
        if "\n" in str(error):
            return f"several lines: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return expect(peak <= most, f"took {peak / MIB:.0f} MiB")


# Data sets -----------------------------------------------------------------------------------------------


def data(count: int, folder: Path) -> Results:
    """Break each file of a set in turn: cut, changed, swapped, lying, packed, replaced by what is no file."""
    sound = material.write_set(folder / "sound", 40, side=12)
    files = {path.name: path.read_bytes() for path in sorted(sound.iterdir())}
    place = folder / "set"
    for number, (name, content) in enumerate(_broken_files(random.Random(2), files, count)):
        for other, whole in files.items():
            (place / other).parent.mkdir(exist_ok=True)
            (place / other).write_bytes(whole)
        (place / name).write_bytes(content)
        size = sum(map(len, files.values())) + len(content)
        result = survives(lambda: mnist.load(place, download=False), DataError, 3 * size + SET_BYTES)
        yield result and f"{number}, {name}: {result}"
    yield from _no_files(place, files)


def _broken_files(rng: random.Random, files: dict[str, bytes], count: int) -> Iterator[tuple[str, bytes]]:
    for name, whole in files.items():
        for length in range(17):  # every byte of the header
            yield name, whole[:length]
            yield name, gzip.compress(whole[:length])
        for _ in range(count):
            place = rng.randrange(len(whole))
            packed = gzip.compress(whole, compresslevel=1)
            yield name, whole[:place]
            yield name, packed[: rng.randrange(len(packed))]
            yield name, mutated(rng, whole)
            yield name, mutated(rng, packed)
        for sizes in ((2**31,), (2**32 - 1,) * 4, (0, 2**32 - 1), (2**31, 28, 28), (0,), (0, 28, 28), (10, 0, 5)):
            for code in (0x08, 0x0E):
                header = struct.pack(f">BBBB{len(sizes)}I", 0, 0, code, len(sizes), *sizes)
                yield name, header.ljust(16, b"\0")
                yield name, gzip.compress(header.ljust(16, b"\0"))
                yield name, gzip.compress(header + bytes(20 * MIB), compresslevel=1)
        for labels in (bytes(39), bytes(41), bytes([255] * 40), bytes(range(40))):
            yield name, b"\0\0\x08\x01" + struct.pack(">I", len(labels)) + labels
        for other in files.values():
            yield name, other


def _no_files(place: Path, files: dict[str, bytes]) -> Results:
    """A folder, a FIFO, a dangling link and nothing, in place of each file."""
    kinds = (Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere"), lambda path: None)
    for name, make in itertools.product(files, kinds):
        (place / name).unlink()
        make(place / name)
        yield survives(lambda: mnist.load(place, download=False), DataError, SET_BYTES)
        with contextlib.suppress(FileNotFoundError):
            (place / name).rmdir() if (place / name).is_dir() else (place / name).unlink()
        (place / name).write_bytes(files[name])


# Weights -------------------------------------------------------------------------------------------------


class Payload:
    """A pickle that, opened, leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def weights(count: int, folder: Path) -> Results:
    """Change files of weights in every way; what still loads must answer without NaN."""
    rng = random.Random(3)
    mark = folder / "executed"
    sound = [material.write_weights(folder / f"{p}.npz", p).read_bytes() for p in ("float32", "int8")]
    path = folder / "hostile.npz"
    ways = (
        _changed_bytes,
        _changed_bytes,
        _changed_header,
        _changed_header,
        _changed_array,
        _changed_array,
        _odd_archive,
    )
    for number in range(count):
        way = rng.choice(ways)
        whole = rng.choice(sound)
        content = way(rng, whole, mark)
        path.write_bytes(content)
        result = survives(lambda: _use(path), (CheckpointError, FloatingPointError), WEIGHTS_BYTES + 40 * len(content))
        yield result and f"{number}, {way.__name__}: {result}"
    yield expect(not mark.exists(), "a pickle was executed")
    yield expect({p.name for p in folder.iterdir()} == {"float32.npz", "int8.npz", "hostile.npz"}, "files appeared")


def _use(path: Path) -> None:
    """Load weights as the programs do, and read a digit with them."""
    prediction = Recognizer.load(path).recognize([np.array([[0.0, 0.0], [5.0, 9.0]])])
    if not np.isfinite(prediction.probabilities).all():
        raise AssertionError("it answers NaN")


def _entries(whole: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def _archive(entries: "dict[str, bytes] | list[tuple[str, bytes]]", compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, content in entries.items() if isinstance(entries, dict) else entries:
            archive.writestr(name, content)
    return file.getvalue()


def _array(array: Any, *, allow_pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


def _changed_bytes(rng: random.Random, whole: bytes, mark: Path) -> bytes:
    return mutated(rng, whole)


def _changed_header(rng: random.Random, whole: bytes, mark: Path) -> bytes:
    entries = _entries(whole)
    header = json.loads(np.load(io.BytesIO(entries["meta.npy"])).tobytes())
    text = mutated_json(rng, header).encode(errors="replace")
    entries["meta.npy"] = _array(np.frombuffer(text, np.uint8))
    return _archive(entries)


def _changed_array(rng: random.Random, whole: bytes, mark: Path) -> bytes:
    entries = _entries(whole)
    name = rng.choice(list(entries))
    array = np.load(io.BytesIO(entries[name])).copy()
    dtype = rng.choice(["<f2", "<f4", "<f8", ">f4", "<i8", "|i1", "|u1", "|b1", "<c8", "|S4", "<U4", "|O", "<M8[s]"])
    match rng.randrange(9):
        case 0:
            value = rng.choice([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, -1.0, 0.0])
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                array.flat[rng.randrange(array.size) :: rng.choice((1, 1000))] = np.array(value).astype(array.dtype)
        case 1:
            with np.errstate(all="ignore"), contextlib.suppress(TypeError, ValueError):
                array = array.astype(dtype)
        case 2:
            array = rng.choice([array[..., :-1], array.ravel(), array[None], array.T, array[:0], np.float32(1)])
        case 3:
            array = np.array([Payload(mark)], dtype=object)
        case 4:
            del entries[name]
            return _archive(entries)
        case 5:
            entries[rng.choice(["model/../../x.npy", "/etc/x.npy", "extra/../x.npy", "model/.npy", "\\", name])] = b""
            return _archive(entries)
        case 6:
            entries[name] = _claim(rng, dtype) + entries[name][128:]
            return _archive(entries)
        case 7:
            entries[name] = mutated(rng, entries[name])
            return _archive(entries)
        case _:
            entries[name] = pickle.dumps(Payload(mark))
            return _archive(entries)
    entries[name] = _array(array, allow_pickle=True)
    return _archive(entries)


def _claim(rng: random.Random, dtype: str) -> bytes:
    """The head of an array that is larger than it is."""
    shape = rng.choice(
        ["(2147483648,)", "(4294967296, 4294967296)", "(-1,)", "(0, 9223372036854775807)", "()", "(1e9,)"]
    )
    shape = rng.choice([shape, "(" * 100 + ")" * 100, "__import__('os')"])
    text = f"{{'descr': '{dtype}', 'fortran_order': {rng.random() < 0.5}, 'shape': {shape}, }}".encode()
    length = rng.choice([118, len(text), 65535])
    return (
        b"\x93NUMPY" + bytes([rng.choice([1, 1, 1, 2, 3, 9]), 0]) + struct.pack("<H", length) + text.ljust(117) + b"\n"
    )


def _odd_archive(rng: random.Random, whole: bytes, mark: Path) -> bytes:
    entries = _entries(whole)
    match rng.randrange(6):
        case 0:  # a bomb
            size = int(2 ** rng.uniform(10, 24))
            entries[rng.choice(["extra/x.npy", "model/x.npy", "meta.npy"])] = _array(np.zeros(size, np.uint8))
            return _archive(entries, zipfile.ZIP_DEFLATED)
        case 1:
            return _archive([*entries.items(), rng.choice(list(entries.items()))])
        case 2:
            return _archive(entries, rng.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
        case 3:
            return pickle.dumps(Payload(mark))
        case 4:
            return mutated(rng, _archive(entries, zipfile.ZIP_DEFLATED))
        case _:
            return rng.choice([b"", whole + whole, b"PK\5\6" + bytes(18), _archive({}), gzip.compress(whole)])

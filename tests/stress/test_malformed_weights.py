"""Weights files that are broken, or written to do harm."""

import contextlib
import gzip
import io
import json
import pickle
import random
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn.digits import Recognizer
from nn.errors import CheckpointError
from tests.stress import fixtures
from tests.stress.fixtures import npy
from tests.stress.mutation import MIB, mutated, mutated_json, problem_of

#: Bytes of memory that reading a weights file of a few kilobytes may take.
MEMORY = 64 * MIB


class Payload:
    """A pickle that creates a file when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.stress(default=40, full=10_000)
def test_malformed_weights_raise_checkpoint_error_or_work(cases, tmp_path):
    rng = random.Random(3)
    mark = tmp_path / "executed"
    originals = [fixtures.write_weights(tmp_path / f"{p}.npz", p).read_bytes() for p in ("float32", "int8")]
    path = tmp_path / "malformed.npz"
    changes = (_changed_bytes, _changed_header, _changed_array)
    for number in range(cases.count):
        change = rng.choice((*changes, *changes, _odd_archive))
        content = change(rng, rng.choice(originals), mark)
        path.write_bytes(content)
        problem = problem_of(lambda: _use(path), (CheckpointError, FloatingPointError), MEMORY + 40 * len(content))
        cases.check(problem is None, f"{number}, {change.__name__}: {problem}")
    cases.check(not mark.exists(), "a pickle was executed")
    names = {file.name for file in tmp_path.iterdir()}
    cases.check(names == {"float32.npz", "int8.npz", "malformed.npz"}, f"files appeared: {names}")


def _use(path: Path) -> None:
    """Load weights as the programs do, and recognize a digit with them."""
    prediction = Recognizer.load(path).recognize([np.array([[0.0, 0.0], [5.0, 9.0]])])
    if not np.isfinite(prediction.probabilities).all():
        raise AssertionError("probabilities are not finite")


def _entries(original: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(original)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def _archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    return fixtures.zipped(entries.items(), compression)


def _changed_bytes(rng: random.Random, original: bytes, mark: Path) -> bytes:
    return mutated(rng, original)


def _changed_header(rng: random.Random, original: bytes, mark: Path) -> bytes:
    entries = _entries(original)
    header = json.loads(np.load(io.BytesIO(entries["meta.npy"])).tobytes())
    text = mutated_json(rng, header).encode(errors="replace")
    entries["meta.npy"] = npy(np.frombuffer(text, np.uint8))
    return _archive(entries)


def _changed_array(rng: random.Random, original: bytes, mark: Path) -> bytes:
    entries = _entries(original)
    name = rng.choice(list(entries))
    array = np.load(io.BytesIO(entries[name])).copy()
    dtype = rng.choice(["<f2", "<f4", "<f8", ">f4", "<i8", "|i1", "|u1", "|b1", "<c8", "|S4", "<U4", "|O", "<M8[s]"])
    match rng.randrange(9):
        case 0:
            value = rng.choice([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, -1.0, 0.0])
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                array.flat[rng.randrange(array.size) :: rng.choice((1, 1000))] = np.array(value).astype(array.dtype)
            entries[name] = npy(array)
        case 1:
            with np.errstate(all="ignore"), contextlib.suppress(TypeError, ValueError):
                entries[name] = npy(array.astype(dtype), allow_pickle=True)
        case 2:
            shapes = [array[..., :-1], array.ravel(), array[None], array.T, array[:0], np.float32(1)]
            entries[name] = npy(rng.choice(shapes))
        case 3:
            entries[name] = npy(np.array([Payload(mark)], dtype=object), allow_pickle=True)
        case 4:
            del entries[name]
        case 5:
            entries[rng.choice(["model/../../x.npy", "/etc/x.npy", "extra/../x.npy", "model/.npy", "\\", name])] = b""
        case 6:
            entries[name] = _false_header(rng, dtype) + entries[name][128:]
        case 7:
            entries[name] = mutated(rng, entries[name])
        case _:
            entries[name] = pickle.dumps(Payload(mark))
    return _archive(entries)


def _false_header(rng: random.Random, dtype: str) -> bytes:
    """The header of an array that claims to be larger than it is, or is no header."""
    shape = rng.choice(
        ["(2147483648,)", "(4294967296, 4294967296)", "(-1,)", "(0, 9223372036854775807)", "()", "(1e9,)"]
    )
    shape = rng.choice([shape, "(" * 100 + ")" * 100, "__import__('os')"])
    text = f"{{'descr': '{dtype}', 'fortran_order': {rng.random() < 0.5}, 'shape': {shape}, }}".encode()
    length = rng.choice([118, len(text), 65535])
    return (
        b"\x93NUMPY" + bytes([rng.choice([1, 1, 1, 2, 3, 9]), 0]) + struct.pack("<H", length) + text.ljust(117) + b"\n"
    )


def _odd_archive(rng: random.Random, original: bytes, mark: Path) -> bytes:
    entries = _entries(original)
    match rng.randrange(6):
        case 0:  # a zip bomb
            size = int(2 ** rng.uniform(10, 24))
            entries[rng.choice(["extra/x.npy", "model/x.npy", "meta.npy"])] = npy(np.zeros(size, np.uint8))
            return _archive(entries, zipfile.ZIP_DEFLATED)
        case 1:
            with warnings.catch_warnings(action="ignore"):  # zipfile warns of a name that occurs twice
                return fixtures.zipped([*entries.items(), rng.choice(list(entries.items()))])
        case 2:
            return _archive(entries, rng.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
        case 3:
            return pickle.dumps(Payload(mark))
        case 4:
            return mutated(rng, _archive(entries, zipfile.ZIP_DEFLATED))
        case _:
            return rng.choice([b"", original + original, b"PK\5\6" + bytes(18), _archive({}), gzip.compress(original)])

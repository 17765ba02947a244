"""IDX files that are cut, changed, swapped, packed, too large, or replaced by something that is no file."""

import contextlib
import gzip
import itertools
import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from nn.data import mnist
from nn.errors import DataError
from tests.stress import fixtures
from tests.stress.mutation import MIB, mutated, problem_of

#: Bytes of memory that reading a set may take besides the set.
MEMORY = 3 * MIB


@pytest.mark.stress(default=1, full=200)
def test_malformed_datasets_raise_data_error_in_little_memory(cases, tmp_path):
    well_formed = fixtures.write_set(tmp_path / "well-formed", 40, size=12)
    files = {path.name: path.read_bytes() for path in sorted(well_formed.iterdir())}
    place = tmp_path / "set"
    for number, (name, content) in enumerate(_malformed(random.Random(2), files, cases.count)):
        for other, original in files.items():
            (place / other).parent.mkdir(exist_ok=True)
            (place / other).write_bytes(original)
        (place / name).write_bytes(content)
        size = sum(map(len, files.values())) + len(content)
        problem = problem_of(lambda: mnist.load(place, download=False), DataError, 3 * size + MEMORY)
        cases.check(problem is None, f"{number}, {name}: {problem}")


def _malformed(rng: random.Random, files: dict[str, bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """Names of files and malformed contents; ``count`` of each kind that is random."""
    shapes = ((2**31,), (2**32 - 1,) * 4, (0, 2**32 - 1), (2**31, 28, 28), (0,), (0, 28, 28), (10, 0, 5))
    headers = [
        struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape) for shape in shapes for code in (0x08, 0x0E)
    ]
    zip_bombs = [gzip.compress(header + bytes(20 * MIB), compresslevel=1) for header in headers]
    for name, original in files.items():
        for length in range(17):  # every byte of the header
            yield name, original[:length]
            yield name, gzip.compress(original[:length])
        for _ in range(count):
            place = rng.randrange(len(original))
            packed = gzip.compress(original, compresslevel=1)
            yield name, original[:place]
            yield name, packed[: rng.randrange(len(packed))]
            yield name, mutated(rng, original)
            yield name, mutated(rng, packed)
        for header, zip_bomb in zip(headers, zip_bombs, strict=True):
            yield name, header.ljust(16, b"\0")
            yield name, gzip.compress(header.ljust(16, b"\0"))
            yield name, zip_bomb
        for labels in (bytes(39), bytes(41), bytes([255] * 40), bytes(range(40))):
            yield name, b"\0\0\x08\x01" + struct.pack(">I", len(labels)) + labels
        for other in files.values():
            yield name, other


@pytest.mark.stress(default=1, full=1)
def test_paths_without_a_file_raise_data_error(cases, tmp_path):
    """A folder, a FIFO, a dangling link and nothing, instead of each file."""
    place = fixtures.write_set(tmp_path / "set", 40, size=12)
    kinds = (Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere"), lambda path: None)
    for path, make in itertools.product(sorted(place.iterdir()), kinds):
        content = path.read_bytes()
        path.unlink()
        make(path)
        problem = problem_of(lambda: mnist.load(place, download=False), DataError, MEMORY)
        cases.check(problem is None, f"{path.name}: {problem}")
        with contextlib.suppress(FileNotFoundError):
            path.rmdir() if path.is_dir() else path.unlink()
        path.write_bytes(content)

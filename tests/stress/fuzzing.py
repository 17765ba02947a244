"""Files made up by hypothesis: almost right, in every way that it thinks of."""

import gzip
import importlib.util
import io
import json
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn import checkpoint
from nn.data.idx import DTYPES, read_idx
from nn.digits.stroke_files import read_drawing, read_stroke_set
from nn.errors import CheckpointError, DataError
from tests.stress import material
from tests.stress.campaign import Impossible, Results

#: Examples from one look at the clock to the next.
AT_ONCE = 200

#: A reader, and the refusal that it may raise.
Reader = tuple[Callable[[Path], Any], type[Exception]]

READERS: dict[str, Reader] = {
    "idx": (read_idx, DataError),
    "checkpoint": (checkpoint.load, CheckpointError),
    "drawing": (read_drawing, DataError),
    "strokes": (read_stroke_set, DataError),
}


def fuzzing(count: int, folder: Path) -> Results:
    """Let each reader read for so many seconds; it returns, or raises what it says it does. A result for each."""
    if importlib.util.find_spec("hypothesis") is None:
        raise Impossible("hypothesis is not installed: pip install -e '.[test]'")
    for name in READERS:
        end = time.monotonic() + count
        seed = 0
        while time.monotonic() < end:
            try:
                fuzz(name, folder / name, AT_ONCE, seed)
            except Exception as error:
                yield f"{name}, seed {seed}: {type(error).__name__}: {error}"
            else:
                yield None
            seed += 1


def fuzz(name: str, path: Path, examples: int, seed: int) -> None:
    """Let a reader read so many files; raises whatever it raises that it should not."""
    import hypothesis

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(_checks()))
    @hypothesis.given(_files(name))
    def reads(content: bytes) -> None:
        read(name, path, content)

    reads()


def read(name: str, path: Path, content: bytes) -> None:
    """Let a reader read this; raises whatever it raises that it should not."""
    reader, refusal = READERS[name]
    path.write_bytes(content)
    try:
        reader(path)
    except refusal as error:
        if not str(error).startswith(str(path)) or "\n" in str(error):
            raise AssertionError(f"expected one line that names the path, got {error}") from None


def _checks() -> Any:
    import hypothesis

    return hypothesis.HealthCheck


def _files(name: str) -> Any:
    """What a reader is to read: of its format, of near it, or nothing but bytes."""
    from hypothesis import strategies as st

    made = {"idx": _idx, "checkpoint": _checkpoint, "drawing": _drawing, "strokes": _strokes}[name]()
    packed = made.map(lambda content: gzip.compress(content, compresslevel=1))
    cut = st.builds(lambda content, end: content[:end], made, st.integers(0, 300))
    return st.one_of(made, made, packed, cut, st.binary(max_size=300))


def _idx() -> Any:
    from hypothesis import strategies as st

    def build(head: tuple[int, int, int], sizes: list[int], body: bytes) -> bytes:
        return struct.pack(f">HBB{len(sizes)}I", *head, *sizes) + body

    kinds = st.one_of(st.sampled_from(sorted(DTYPES)), st.integers(0, 255))
    heads = st.tuples(st.sampled_from([0, 0, 0, 1]), kinds, st.integers(0, 6))
    size = st.one_of(st.integers(0, 6), st.integers(0, 2**32 - 1))
    return st.builds(build, heads, st.lists(size, max_size=5), st.binary(max_size=200))


def _json() -> Any:
    from hypothesis import strategies as st

    number = st.one_of(st.integers(-3, 40), st.integers(), st.floats())
    leaf = st.one_of(st.none(), st.booleans(), number, st.text(max_size=8))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner)),
        max_leaves=8,
    )


def _drawing() -> Any:
    from hypothesis import strategies as st

    point = st.lists(st.one_of(st.floats(), st.integers(-(10**12), 10**12), _json()), min_size=1, max_size=3)
    document = st.fixed_dictionaries(
        {"format": st.one_of(st.just("digits-from-scratch drawing"), _json())},
        optional={
            "version": st.one_of(st.just(1), _json()),
            "label": st.one_of(st.integers(-1, 11), _json()),
            "canvas": st.one_of(st.none(), st.lists(st.floats(), min_size=2, max_size=2), _json()),
            "strokes": st.one_of(st.lists(st.lists(point, max_size=3), max_size=3), _json()),
            "other": _json(),
        },
    )
    return st.one_of(document, _json()).map(lambda value: json.dumps(value).encode(errors="replace"))


def _checkpoint() -> Any:
    from hypothesis import strategies as st

    state = {f"model/{name}": array for name, array in material.small_network().state_dict().items()}
    config = material.small_network().config()
    option = st.dictionaries(
        st.sampled_from(
            ["filters", "units", "kernel_size", "stride", "padding", "rate", "momentum", "epsilon", "pool_size"]
        ),
        _json(),
        max_size=3,
    )
    kind = st.one_of(
        st.sampled_from(["Conv2D", "ReLU", "MaxPool2D", "Flatten", "Dense", "BatchNorm", "Dropout"]), _json()
    )
    layer = st.one_of(st.builds(lambda kind, option: {"type": kind, **option}, kind, option), _json())
    model = st.one_of(
        st.just(config),
        st.fixed_dictionaries(
            {
                "input_shape": st.one_of(st.lists(st.integers(-1, 30), max_size=4), _json()),
                "dtype": st.one_of(st.sampled_from(["float32", "float64"]), _json()),
                "layers": st.one_of(st.lists(layer, max_size=4), _json()),
            }
        ),
        _json(),
    )
    header = st.fixed_dictionaries(
        {
            "format": st.one_of(st.just(checkpoint.FORMAT), _json()),
            "version": st.one_of(st.sampled_from([1, 2]), _json()),
            "model": model,
            "meta": st.one_of(st.just({}), _json()),
        },
        optional={"precision": st.one_of(st.just("int8"), _json())},
    )
    # A zero would end the name, for zipfile.
    other = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
    arrays = st.dictionaries(st.one_of(st.sampled_from(sorted(state)), other), _arrays(), max_size=3)

    def build(header: Any, arrays: dict[str, bytes]) -> bytes:
        text = np.frombuffer(json.dumps(header).encode(errors="replace"), np.uint8)
        entries = {name: _saved(array) for name, array in {"meta": text, **state}.items()} | arrays
        return _zipped(entries)

    return st.builds(build, header, arrays)


def _strokes() -> Any:
    from hypothesis import strategies as st

    names = st.sampled_from(["points", "stroke_offsets", "sample_offsets", "label", "writer", "other"])
    return st.dictionaries(names, _arrays(), max_size=6).map(_zipped)


def _arrays() -> Any:
    """Arrays as NumPy saves them, some with a few other bytes."""
    from hypothesis import strategies as st

    dtypes = st.sampled_from(["f4", "f8", "i8", "i1", "u8", "?", "c8", "S3", "M8[s]", ">f4"])
    shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)

    def build(dtype: str, shape: tuple[int, ...], fill: bytes, place: int, other: bytes) -> bytes:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        content = _saved(np.frombuffer((fill * (size + 1))[:size], dtype).reshape(shape))
        return content[:place] + other + content[place + len(other) :]

    return st.builds(
        build, dtypes, shapes, st.binary(min_size=1, max_size=8), st.integers(0, 200), st.binary(max_size=4)
    )


def _saved(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _zipped(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()

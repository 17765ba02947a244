"""Hypothesis strategies that generate files which are almost well-formed, one for each reader."""

import gzip
import json
import struct
from typing import Any

import numpy as np
from hypothesis import strategies as st

from nn import checkpoint
from nn.data.idx import DTYPES
from tests.stress.fixtures import npy, small_network, zipped


def files(name: str) -> st.SearchStrategy[bytes]:
    """Files for a reader: in its format, almost in its format, or random bytes."""
    made = _STRATEGIES.get(name, _documents)()
    packed = made.map(lambda content: gzip.compress(content, compresslevel=1))
    cut = st.builds(lambda content, end: content[:end], made, st.integers(0, 300))
    return st.one_of(made, made, packed, cut, st.binary(max_size=300))


def _idx() -> st.SearchStrategy[bytes]:
    def build(head: tuple[int, int, int], sizes: list[int], body: bytes) -> bytes:
        return struct.pack(f">HBB{len(sizes)}I", *head, *sizes) + body

    kinds = st.one_of(st.sampled_from(sorted(DTYPES)), st.integers(0, 255))
    heads = st.tuples(st.sampled_from([0, 0, 0, 1]), kinds, st.integers(0, 6))
    size = st.one_of(st.integers(0, 6), st.integers(0, 2**32 - 1))
    return st.builds(build, heads, st.lists(size, max_size=5), st.binary(max_size=200))


def _json() -> st.SearchStrategy[Any]:
    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner)

    leaf = st.none() | st.booleans() | st.integers(-3, 40) | st.integers() | st.floats() | st.text(max_size=8)
    return st.recursive(leaf, nested, max_leaves=8)


def _drawing() -> st.SearchStrategy[bytes]:
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


def _checkpoint() -> st.SearchStrategy[bytes]:
    network = small_network()
    state = {f"model/{name}": array for name, array in network.state_dict().items()}
    options = ["filters", "units", "kernel_size", "stride", "padding", "rate", "momentum", "epsilon", "pool_size"]
    option = st.dictionaries(st.sampled_from(options), _json(), max_size=3)
    types = ["Conv2D", "ReLU", "MaxPool2D", "Flatten", "Dense", "BatchNorm", "Dropout"]
    kind = st.one_of(st.sampled_from(types), _json())
    layer = st.one_of(st.builds(lambda kind, option: {"type": kind, **option}, kind, option), _json())
    other_model = st.fixed_dictionaries(
        {
            "input_shape": st.one_of(st.lists(st.integers(-1, 30), max_size=4), _json()),
            "dtype": st.one_of(st.sampled_from(["float32", "float64"]), _json()),
            "layers": st.one_of(st.lists(layer, max_size=4), _json()),
        }
    )
    header = st.fixed_dictionaries(
        {
            "format": st.one_of(st.just(checkpoint.FORMAT), _json()),
            "version": st.one_of(st.sampled_from([1, 2]), _json()),
            "model": st.one_of(st.just(network.config()), other_model, _json()),
            "meta": st.one_of(st.just({}), _json()),
        },
        optional={"precision": st.one_of(st.just("int8"), _json())},
    )
    # zipfile ends a name at a zero.
    other = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
    arrays = st.dictionaries(st.one_of(st.sampled_from(sorted(state)), other), _arrays(), max_size=3)

    def build(header: Any, arrays: dict[str, bytes]) -> bytes:
        text = np.frombuffer(json.dumps(header).encode(errors="replace"), np.uint8)
        return _npz({name: npy(array) for name, array in {"meta": text, **state}.items()} | arrays)

    return st.builds(build, header, arrays)


def _strokes() -> st.SearchStrategy[bytes]:
    names = st.sampled_from(["points", "stroke_offsets", "sample_offsets", "label", "writer", "other"])
    return st.dictionaries(names, _arrays(), max_size=6).map(_npz)


def _arrays() -> st.SearchStrategy[bytes]:
    """The bytes of ``.npy`` files, some of them with a few bytes replaced."""
    dtypes = st.sampled_from(["f4", "f8", "i8", "i1", "u8", "?", "c8", "S3", "M8[s]", ">f4"])
    shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)

    def build(dtype: str, shape: tuple[int, ...], fill: bytes, place: int, other: bytes) -> bytes:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        content = npy(np.frombuffer((fill * (size + 1))[:size], dtype).reshape(shape))
        return content[:place] + other + content[place + len(other) :]

    return st.builds(
        build, dtypes, shapes, st.binary(min_size=1, max_size=8), st.integers(0, 200), st.binary(max_size=4)
    )


def _documents() -> st.SearchStrategy[bytes]:
    return _json().map(lambda value: json.dumps(value).encode(errors="replace"))


def _pictures() -> st.SearchStrategy[bytes]:
    headers = st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"GIF89a", b"II*\0", b"P5 4 4 255 "])
    return st.builds(bytes.__add__, headers, st.binary(max_size=300))


def _npz(arrays: dict[str, bytes]) -> bytes:
    return zipped((f"{name}.npy", content) for name, content in arrays.items())


#: What is not listed reads JSON.
_STRATEGIES = {
    "idx": _idx,
    "checkpoint": _checkpoint,
    "corrections": _checkpoint,
    "drawing": _drawing,
    "strokes": _strokes,
    "picture": _pictures,
}

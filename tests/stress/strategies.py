"""Hypothesis strategies that generate files which are almost well-formed, one for each reader."""

import gzip
import json
import struct
from typing import Any

import numpy as np
from hypothesis import strategies as st

from nn import checkpoint
from nn.data.idx import DTYPES
from nn.export.onnx_schema import ONNX
from nn.export.protobuf import encode
from nn.imports.onnx_constants import OPERATORS as CONSTANTS
from nn.imports.onnx_operators import OPERATORS
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


def _onnx() -> st.SearchStrategy[bytes]:
    """Networks of random operators, one after another, on images of 6x6."""
    name = st.sampled_from(["x", "a", "b", "w", ""])
    number = st.one_of(st.integers(-3, 9), st.integers(-(2**63), 2**63 - 1))
    attribute = st.fixed_dictionaries(
        {"name": st.sampled_from(["axis", "perm", "pads", "strides", "kernel_shape", "axes", "to", "alpha", "value"])},
        optional={
            "i": number,
            "f": st.floats(width=32),
            "ints": st.lists(number, max_size=4),
            "s": st.binary(max_size=4),
        },
    )
    node = st.fixed_dictionaries(
        {
            "op_type": st.sampled_from([*OPERATORS, *CONSTANTS, "Constant", "LSTM"]),
            "input": st.lists(name, max_size=4),
            "output": st.lists(name, max_size=2),
            "attribute": st.lists(attribute, max_size=3),
        }
    )
    external = st.fixed_dictionaries(
        {
            "key": st.sampled_from(["location", "offset", "length"]),
            "value": st.sampled_from(["file.onnx", "-1", "a", "9"]),
        }
    )
    tensor = st.fixed_dictionaries(
        {"name": name, "dims": st.lists(number, max_size=4), "data_type": st.sampled_from([1, 2, 6, 7, 9, 10, 99])},
        optional={
            "raw_data": st.binary(max_size=40),
            "float_data": st.lists(st.floats(width=32), max_size=6),
            "data_location": st.sampled_from([0, 1]),
            "external_data": st.lists(external, max_size=3),
        },
    )
    sizes = [{"dim_param": "N"}, *({"dim_value": size} for size in (1, 6, 6))]
    image = {"name": "x", "type": {"tensor_type": {"elem_type": 1, "shape": {"dim": sizes}}}}
    graph = st.fixed_dictionaries(
        {
            "node": st.lists(node, min_size=1, max_size=4),
            "initializer": st.lists(tensor, max_size=3),
            "input": st.just(image),
            "output": st.lists(st.fixed_dictionaries({"name": name}), max_size=2),
        }
    )
    return graph.map(lambda graph: encode(ONNX, "Model", {"ir_version": 7, "graph": graph}))


def _safetensors() -> st.SearchStrategy[bytes]:
    entry = st.fixed_dictionaries(
        {
            "dtype": st.one_of(st.sampled_from(["F32", "F16", "I8"]), _json()),
            "shape": st.one_of(st.lists(st.integers(-1, 4), max_size=4), _json()),
            "data_offsets": st.one_of(st.lists(st.integers(-1, 60), min_size=2, max_size=2), _json()),
        }
    )
    names = st.sampled_from(["conv2d_1.weight", "conv2d_1.bias", "dense_1.weight", "1.weight", "weight", "²"])
    header = st.dictionaries(names, st.one_of(entry, _json()), max_size=4)
    metadata = st.dictionaries(
        st.sampled_from(["model", "meta", "format"]), st.one_of(_json(), _json().map(json.dumps))
    )

    def build(header: dict[str, Any], metadata: Any, body: bytes) -> bytes:
        text = json.dumps(header | ({"__metadata__": metadata} if metadata else {})).encode(errors="replace")
        return struct.pack("<Q", len(text)) + text + body

    return st.builds(build, header, st.one_of(metadata, _json()), st.binary(max_size=80))


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
    "onnx": _onnx,
    "safetensors": _safetensors,
}

"""Reads the weights of PyTorch modules from safetensors files, in the layouts that ``nn.export.safetensors`` describes.

Such a file has names and shapes of arrays, but no operations. The architecture comes from the argument ``arch``,
from the metadata of a file that ``nn.export`` wrote, or is the only network of ``nn.zoo`` with arrays of these shapes.
"""

import json
import math
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn import zoo
from nn.export.channels_first import channels_first
from nn.export.graph import Graph
from nn.export.safetensors import DTYPES
from nn.export.torch_module import state_dict
from nn.model import Sequential

#: The maximum size of the header, in bytes.
MAX_HEADER = 4 << 20

_DTYPES = {name: dtype.newbyteorder("<") for dtype, name in DTYPES.items()}


def read(path: Path, data: bytes, *, arch: str | None) -> tuple[Graph, dict[str, str], list[str]]:
    """The graph of the network, the file's metadata, and notes for the user.

    Raises:
        ValueError: the file is damaged, or its arrays are not those of the architecture.
    """
    tensors, entries = _read_tensors(data)
    groups = _groups(tensors)
    if not groups:
        raise ValueError("it has no weights")
    model, notes = _architecture(groups, entries, arch)
    return _with_weights(model, groups), entries, notes


def _read_tensors(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    if len(data) < 8:
        raise ValueError("not a safetensors file: truncated")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(MAX_HEADER, len(data) - 8):
        raise ValueError("not a safetensors file: its header is too long")
    try:
        header = json.loads(data[8 : 8 + length])
        entries = header.pop("__metadata__", {})
        if not all(isinstance(value, str) for value in entries.values()):
            raise TypeError("expected texts as metadata")
        numbers = memoryview(data)[8 + length :]
        return {name: _read_tensor(name, entry, numbers) for name, entry in header.items()}, entries
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not a safetensors file: {error}") from None


def _read_tensor(name: str, entry: Mapping[str, Any], data: memoryview) -> np.ndarray:
    (start, end), shape = entry["data_offsets"], tuple(entry["shape"])
    if entry["dtype"] not in _DTYPES:
        raise ValueError(f"{name}: expected numbers of {', '.join(_DTYPES)}, found {entry['dtype']}")
    dtype = _DTYPES[entry["dtype"]]
    if not 0 <= start <= end <= len(data) or end - start != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{name}: expected the bytes of {shape} {dtype}, found {start} to {end} of {len(data)}")
    return np.frombuffer(data[start:end], dtype).reshape(shape)


Groups = list[tuple[str, dict[str, np.ndarray]]]


def _groups(tensors: Mapping[str, np.ndarray]) -> Groups:
    """The arrays of each module; modules in the natural order of their names, 2 before 10.

    The order of arrays in a file often differs from that of the modules.
    """
    return sorted(_by_module(tensors).items(), key=lambda item: _natural_key(item[0]))


def _by_module(tensors: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """The arrays by the names of their modules and their own names."""
    modules: dict[str, dict[str, np.ndarray]] = {}
    for name, array in tensors.items():
        module, _, role = name.rpartition(".")
        if role != "num_batches_tracked":
            modules.setdefault(module, {})[role] = array
    return modules


def _natural_key(name: str) -> list[int | str]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _architecture(groups: Groups, entries: Mapping[str, str], arch: str | None) -> tuple[Sequential, list[str]]:
    """A network of the architecture, with new weights, and notes."""
    last = [arrays["weight"] for _, arrays in groups if "weight" in arrays and arrays["weight"].ndim > 1]
    if not last:
        raise ValueError("it has no weights of convolutions or dense layers")
    if arch is None and "model" in entries:
        return Sequential.from_config(json.loads(entries["model"])), []
    if arch is not None:
        classes = max({len(array) for array in last if array.ndim == 2}, key=lambda size: _fits(arch, size, groups))
        return zoo.build(arch, classes=classes), []
    fitting = [
        (name, size)
        for name in zoo.ARCHITECTURES
        for size in {len(array) for array in last if array.ndim == 2}
        if _fits(name, size, groups)
    ]
    if len(fitting) != 1:
        shapes = ", ".join(str(array.shape) for array in last)
        raise ValueError(
            f"a file of weights does not describe the layers: name the architecture (--arch); found {shapes}"
        )
    (name, size), *_ = fitting
    note = f"assumed the architecture {name}, the only one of nn.zoo with weights of these shapes"
    return zoo.build(name, classes=size), [note]


def _fits(arch: str, classes: int, groups: Groups) -> bool:
    """Whether the arrays are those of the architecture."""
    try:
        _with_weights(zoo.build(arch, classes=classes), groups)
    except ValueError:
        return False
    return True


def _with_weights(model: Sequential, groups: Groups) -> Graph:
    """The graph of ``model`` with the arrays of a file.

    Exporting arrays of the numbers 0, 1, 2, ... gives, for each element of the file, its index in our array.
    """
    graph = Graph.from_model(model)
    numbered = graph.map_arrays(lambda array: np.arange(array.size).reshape(array.shape))
    modules = _by_module(state_dict(channels_first(numbered)))
    pairs = zip(modules.values(), _match(list(modules.items()), groups), strict=True)
    arrays = (_inverse(indices, found.get(role)) for module, found in pairs for role, indices in module.items())
    return graph.map_arrays(lambda array: next(arrays).reshape(array.shape))


def _inverse(indices: np.ndarray, found: np.ndarray | None) -> np.ndarray:
    """``found`` in our order; zeros if a bias is absent."""
    ours = np.zeros(indices.size)
    if found is not None:
        ours[indices.ravel()] = found.ravel()
    return ours


def _match(expected: Groups, found: Groups) -> list[dict[str, np.ndarray]]:
    """The arrays of the file for each layer that has some.

    By name if all names are those of our own files, else by the order of the names, which must agree with the shapes,
    or else by the shapes, if no two layers have the same.
    """
    if len(expected) != len(found):
        raise ValueError(f"expected the weights of {len(expected)} layers, found those of {len(found)}")
    named = dict(found)
    if named.keys() == {name for name, _ in expected}:
        found = [(name, named[name]) for name, _ in expected]
    elif not all(_same(ours, theirs) for (_, ours), (_, theirs) in zip(expected, found, strict=True)):
        found = [_only(name, ours, found) for name, ours in expected]
    for (name, ours), (module, theirs) in zip(expected, found, strict=True):
        if not _same(ours, theirs):
            raise ValueError(f"{module}: expected arrays {_shapes(ours)} for {name}, found {_shapes(theirs)}")
    return [arrays for _, arrays in found]


def _only(name: str, ours: dict[str, np.ndarray], found: Groups) -> tuple[str, dict[str, np.ndarray]]:
    fitting = [(module, theirs) for module, theirs in found if _same(ours, theirs)]
    if len(fitting) != 1:
        raise ValueError(f"expected one layer of arrays {_shapes(ours)} for {name}, found {len(fitting)}")
    return fitting[0]


def _same(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> bool:
    """Whether the arrays of a module have the shapes of a layer; the bias may be absent."""
    shapes, found = _shapes(ours), _shapes(theirs)
    return found == shapes or (len(ours) == 2 and {**found, "bias": shapes["bias"]} == shapes)


def _shapes(arrays: dict[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in arrays.items()}

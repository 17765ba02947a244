"""Imports networks from files of other programs: ONNX, Keras, and PyTorch's weights as safetensors.

Nothing in a file is executed, and its size, memory and time are bounded.

>>> import tempfile
>>> from nn import zoo
>>> from nn.export import export_model
>>> from nn.imports import import_model
>>> with tempfile.TemporaryDirectory() as folder:
...     export_model(zoo.build("tiny"), f"{folder}/digits.onnx", "onnx")
...     import_model(f"{folder}/digits.onnx").model.output_shape
(10,)
"""

import importlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nn.checkpoint import check_values
from nn.errors import CheckpointError, one_line
from nn.export.graph import INPUT, Graph
from nn.files import file_size
from nn.imports.layers import to_model
from nn.model import Sequential

#: The modules that read files, by suffix.
READERS = {
    ".onnx": "nn.imports.onnx",
    ".keras": "nn.imports.keras",
    ".safetensors": "nn.imports.safetensors",
}

#: The largest file that is read.
MAX_BYTES = 256 << 20


class Imported(NamedTuple):
    """An imported network, the ``meta`` for its checkpoint, and notes for the user: the assumptions that were made."""

    model: Sequential
    meta: dict[str, Any]
    notes: list[str]


def import_model(
    path: str | os.PathLike[str],
    arch: str | None = None,
    *,
    mean: float | None = None,
    std: float | None = None,
) -> Imported:
    """Import the network in a file of another program, as float32 layers of ``nn``.

    A final softmax is left out, because networks here output logits.

    Args:
        path: of the file; its suffix is a key of ``READERS``.
        arch: for a file that has weights only: its architecture, a name of ``nn.zoo`` or the path of a file of layers.
        mean, std: if the network expects normalized images, (x - mean) / std; a ``BatchNorm`` is put before the first
            layer to do this.

    Raises:
        CheckpointError: the file is damaged, or the network needs something that ``nn`` lacks, which the message names.
        ModuleNotFoundError: the format needs a package that is not installed.
    """
    path = Path(path)
    if path.suffix not in READERS:
        raise CheckpointError(f"{path}: expected a file that ends in {', '.join(READERS)}")
    if file_size(path, "a network", CheckpointError) > MAX_BYTES:
        raise CheckpointError(f"{path}: expected at most {MAX_BYTES >> 20} MiB, found more")
    reader = importlib.import_module(READERS[path.suffix])
    options = {"arch": arch} if path.suffix == ".safetensors" else {}
    try:
        with np.errstate(all="ignore"):  # check_values reports NaN and infinity
            graph, entries, notes = reader.read(path, path.read_bytes(), **options)
            if mean is not None or std is not None:
                graph = _normalized(graph, mean or 0.0, 1.0 if std is None else std)
            model = to_model(graph)
            check_values(model)
    except (ValueError, ArithmeticError, MemoryError, RecursionError) as error:
        raise CheckpointError(f"{path}: {one_line(error)}") from None
    return Imported(model, _meta(entries) | {"imported": path.name}, notes)


def _normalized(graph: Graph, mean: float, std: float) -> Graph:
    """The same network with the normalization of images as its first layer."""
    result, epsilon = Graph(graph.input_shape), 1e-5
    ones = np.ones(graph.input_shape[-1])
    arrays = {"gamma": ones / std, "beta": 0 * ones, "mean": mean * ones, "variance": ones - epsilon}
    attributes = {"epsilon": epsilon, "momentum": 0.9}
    first = result.add("normalized", "batch_norm", (INPUT,), graph.input_shape, attributes, arrays)
    for node in graph.nodes:
        inputs = tuple(first if name == INPUT else name for name in node.inputs)
        result.add(node.name, node.operation, inputs, node.shape, node.attributes, node.arrays)
    return result


def _meta(entries: Mapping[str, str]) -> dict[str, Any]:
    """The ``meta`` of the exported checkpoint, if ``nn.export`` wrote the file."""
    try:
        meta = json.loads(entries.get("meta", "{}"))
    except (ValueError, RecursionError):
        return {}
    return meta if isinstance(meta, dict) else {}

"""Reads networks from ONNX files: those that PyTorch's and Keras's exporters write, and our own.

Exporters transpose and reshape freely: images are (N, C, H, W) or (N, H, W, C), and are flattened in either order.
Therefore each activation of the file is tracked as an array of indices into one of our outputs. A transposition
permutes these indices, and the rows of a dense kernel are sorted by them.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nn.export.graph import INPUT, Graph
from nn.export.onnx_schema import ONNX
from nn.export.protobuf import decode
from nn.imports import onnx_constants
from nn.imports.onnx_constants import read_tensor
from nn.imports.onnx_operators import OPERATORS, VIEWS
from nn.imports.onnx_values import Network, Value, channels_first_indices, input_indices

#: The maximum size of all weights, in the file and in the files beside it.
MAX_BYTES = 1 << 30

#: The size of the batch axis in shapes.
BATCH = -1

#: The supported operators, on activations and on arrays of the file.
_KNOWN = {*OPERATORS, *onnx_constants.OPERATORS, "Constant"}


def read(path: Path, data: bytes) -> tuple[Graph, dict[str, str], list[str]]:
    """The graph of the network in a file, the file's metadata, and notes for the user.

    Args:
        path: of the file; arrays in files beside it are read, too.
        data: the file's bytes.

    Raises:
        ValueError: the file is damaged, or its network needs something that ``nn`` lacks; the message names it.
    """
    model = decode(ONNX, "Model", data)
    if "graph" not in model:
        raise ValueError("it has no network")
    graph = model["graph"][-1]
    if model.get("functions") or graph.get("sparse_initializer"):
        raise ValueError("expected a network of standard operators and dense arrays, found functions or sparse arrays")
    _check_operators(graph.get("node", []))
    reader = _Reader(graph, path.parent)
    try:
        result = reader.read()
    except (KeyError, IndexError, TypeError, AttributeError) as error:  # a field is missing
        raise ValueError(f"not a description of a network: {error!r}") from None
    entries = {entry["key"][-1]: entry.get("value", [""])[-1] for entry in model.get("metadata_props", [])}
    return result, entries, reader.network.builder.notes


def _check_operators(nodes: Sequence[Mapping[str, list[Any]]]) -> None:
    """Raise ValueError that lists all operators that no layer of ``nn`` computes."""
    unknown = set()
    for node in nodes:
        operator, domain = node.get("op_type", [""])[-1], node.get("domain", [""])[-1]
        if domain not in ("", "ai.onnx") or operator not in _KNOWN:
            unknown.add(f"{domain}.{operator}".removeprefix("."))
    if unknown:
        raise ValueError(f"no layer of nn for {', '.join(sorted(unknown))}")


class _Reader:
    def __init__(self, graph: Mapping[str, list[Any]], folder: Path) -> None:
        self._graph, self._folder = graph, folder
        self._values: dict[str, Value | np.ndarray | None] = {"": None}
        self._outputs = [each.get("name", [""])[-1] for each in graph.get("output", [])]
        self._uses = Counter(name for node in graph.get("node", []) for name in node.get("input", []))
        self._uses.update(self._outputs)

    def read(self) -> Graph:
        """The network."""
        left = MAX_BYTES
        for tensor in self._graph.get("initializer", []):
            array = read_tensor(tensor, self._folder)
            self._values[tensor.get("name", [""])[-1]] = array
            left -= array.nbytes
            if left < 0:
                raise ValueError(f"expected at most {MAX_BYTES >> 20} MiB of weights, found more")
        self._add_input()
        for node in self._graph.get("node", []):
            self._add_node(node)
        outputs = {self._output(name) for name in self._outputs}
        if len(outputs) != 1:
            raise ValueError(f"expected one output, found {len(outputs)}")
        if outputs != {self.network.builder.graph.output}:
            raise ValueError("expected layers that all lead to the output, found others")
        return self.network.builder.graph

    def _add_input(self) -> None:
        inputs = [each for each in self._graph.get("input", []) if each.get("name", [""])[-1] not in self._values]
        if len(inputs) != 1:
            raise ValueError(f"expected one input, the images, found {len(inputs)}")
        name = inputs[0].get("name", [""])[-1]
        try:
            dimensions = inputs[0]["type"][-1]["tensor_type"][-1]["shape"][-1]["dim"]
            shape = tuple(each["dim_value"][-1] for each in dimensions[1:])
        except KeyError:
            raise ValueError(f"{name}: expected an input of fixed height, width and channels") from None
        ours, indices = input_indices(name, shape)
        self.network = Network(ours, self._uses)
        self._values[name] = Value(INPUT, indices)

    def _add_node(self, node: Mapping[str, list[Any]]) -> None:
        operator, outputs = node["op_type"][-1], node.get("output", [])
        label = f"{operator} {node.get('name', outputs)[-1]!r}" if outputs else operator
        attributes = {each["name"][-1]: _attribute(each) for each in node.get("attribute", [])}
        try:
            if operator == "Constant":
                self._values[outputs[0]] = self._constant(attributes)
                return
            inputs = [self._values[name] for name in node.get("input", [])]
            if operator == "Shape" and isinstance(inputs[0], Value):
                result: Any = np.array([BATCH, *inputs[0].indices.shape], np.int64)
            elif any(isinstance(each, Value) for each in inputs):
                if any(isinstance(each, Value) and each.is_softmax for each in inputs) and operator not in VIEWS:
                    raise ValueError("of probabilities: expected softmax only at the end")
                if operator not in OPERATORS:
                    raise ValueError("of images is not supported")
                result = OPERATORS[operator](self.network, outputs[0], attributes, *inputs)
            else:
                result = onnx_constants.evaluate(operator, inputs, attributes)
            self._values[outputs[0]] = result
        except KeyError as error:
            raise ValueError(f"{label}: expected an input or attribute {error}, found none") from None
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"{label}: {error}") from None

    def _constant(self, attributes: Mapping[str, Any]) -> np.ndarray:
        if "value" in attributes:
            return read_tensor(attributes["value"], self._folder)
        for name, kind in (("value_float", np.float32), ("value_int", np.int64)):
            for key in (name, f"{name}s"):
                if key in attributes:
                    return np.array(attributes[key], kind)
        raise ValueError("expected a number or an array")

    def _output(self, name: str) -> str:
        """The node of our graph that computes an output of the file."""
        value = self._values.get(name)
        if not isinstance(value, Value):
            raise ValueError(f"{name}: expected an output of the network, found none")
        value = self.network.resolve(value)
        node = self.network.builder.flatten(value.node) if value.indices.ndim == 1 else value.node
        shape = self.network.builder.shape(node)
        layouts = [np.arange(math.prod(shape)), channels_first_indices(shape).ravel()]
        if not any(np.array_equal(value.indices.ravel(), layout) for layout in layouts):
            raise ValueError(f"{name}: expected the output of a layer, found its numbers in another order")
        return node


def _attribute(attribute: Mapping[str, list[Any]]) -> Any:
    for name in ("t", "s", "f", "i"):
        if name in attribute:
            return attribute[name][-1]
    return attribute.get("ints", attribute.get("floats", []))

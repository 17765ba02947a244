"""ONNX, float32: for ONNX Runtime, and to convert further (TensorRT, Core ML, OpenVINO, the browser).

Input ``image``: (N, H, W, C), N any number. Outputs: ``logits``, and ``probabilities`` if the logits are (N, classes).
Inside, images are (N, C, H, W), as ONNX defines convolutions. https://onnx.ai/onnx/operators
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn.atomic import atomic_write
from nn.export.channels_first import channels_first, first
from nn.export.graph import INPUT, Graph, Node
from nn.export.onnx_schema import ATTRIBUTE_TYPES, FLOAT32, INT8, INT64, ONNX
from nn.export.protobuf import encode
from nn.ops.gelu import CUBIC, K
from nn.parameter import Parameter
from nn.quantize import quantize

#: Versions of 2020, which all current runtimes read.
OPSET, IR_VERSION = 13, 7

_TYPES = {np.dtype(np.float32): FLOAT32, np.dtype(np.int8): INT8, np.dtype(np.int64): INT64}

#: The operators of operations without weights and options.
_SIMPLE = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "add": "Add",
    "flatten": "Flatten",
    "dropout": "Identity",
}


def write(graph: Graph, path: Path, metadata: Mapping[str, str], *, int8: bool = False) -> None:
    """Write the file.

    Args:
        graph: of arrays of float32.
        path: of the file.
        metadata: becomes the model's ``metadata_props``.
        int8: round the kernels to 8 bits; see ``nn.export.onnx_int8``.

    Raises:
        ValueError: there is an unknown operation in the graph.
        OSError: the file can't be written.
    """
    writer = _Writer(int8)
    writer.add_graph(graph)
    model = {
        "ir_version": IR_VERSION,
        "producer_name": "digits-from-scratch",
        "graph": writer.message,
        "opset_import": {"domain": "", "version": OPSET},
        "metadata_props": [{"key": key, "value": value} for key, value in metadata.items()],
    }
    data = encode(ONNX, "Model", model)
    with atomic_write(path) as file:
        file.write(data)


class _Writer:
    """Collects the nodes and the initializers of a graph."""

    def __init__(self, int8: bool) -> None:
        self._int8 = int8
        self.message: dict[str, Any] = {"name": "network", "node": [], "initializer": [], "input": [], "output": []}

    def add_graph(self, graph: Graph) -> None:
        """The whole network, from images (N, H, W, C) to logits and probabilities."""
        self.message["input"].append(_value_info(INPUT, graph.input_shape))
        inner = channels_first(graph)
        names = {INPUT: self._transposed(INPUT, f"{INPUT}/channels_first", _to_first(len(graph.input_shape)))}
        for node in inner.nodes:
            names[node.name] = self._add_node(node, [names[name] for name in node.inputs])
        shape = graph.shape(graph.output)
        output = self._transposed(names[inner.output], "channels_last", _to_last(len(shape)))
        self._add("Identity", [output], "logits")
        self.message["output"].append(_value_info("logits", shape))
        if len(shape) == 1:
            self._add("Softmax", ["logits"], "probabilities", axis=-1)
            self.message["output"].append(_value_info("probabilities", shape))

    def _add_node(self, node: Node, inputs: list[str]) -> str:
        """Add an operation; return the name of its output."""
        options, arrays, name = node.attributes, node.arrays, node.name
        match node.operation:
            case "conv2d":
                weights = [self._kernel(node, 0), self._constant(f"{name}/bias", arrays["bias"])]
                return self._add("Conv", inputs + weights, name, **_sliding(node))
            case "depthwise_conv2d":
                groups = len(arrays["kernel"])
                return self._add("Conv", [*inputs, self._kernel(node, 0)], name, **_sliding(node), group=groups)
            case "dense":
                weights = [self._kernel(node, 1), self._constant(f"{name}/bias", arrays["bias"])]
                return self._add("Gemm", inputs + weights, name)
            case "batch_norm":
                roles = ("gamma", "beta", "mean", "variance")
                weights = [self._constant(f"{name}/{role}", arrays[role]) for role in roles]
                return self._add("BatchNormalization", inputs + weights, name, epsilon=options["epsilon"])
            case "max_pool2d" | "avg_pool2d":
                operator = "MaxPool" if node.operation == "max_pool2d" else "AveragePool"
                window, stride = list(options["pool_size"]), list(options["stride"])
                return self._add(operator, inputs, name, kernel_shape=window, strides=stride)
            case "global_avg_pool2d":
                return self._add("Flatten", [self._add("GlobalAveragePool", inputs, f"{name}/mean")], name)
            case "permute":
                return self._transposed(inputs[0], name, [0, *(axis + 1 for axis in options["axes"])])
            case "leaky_relu":
                return self._add("LeakyRelu", inputs, name, alpha=options["negative_slope"])
            case "gelu":
                return self._gelu(name, inputs[0], options["approximate"])
            case operation if operation in _SIMPLE:
                return self._add(_SIMPLE[operation], inputs, name)
        raise ValueError(f"{name}: ONNX exports do not know the operation {node.operation!r}")

    def _gelu(self, name: str, x: str, approximate: bool) -> str:
        """The equations of ``nn.ops.gelu``; ONNX has an operator for them only since opset 20."""
        steps = iter(range(10))

        def step(operator: str, *inputs: str | float) -> str:
            number = next(steps)
            names = [each if isinstance(each, str) else self._number(f"{name}/{number}/by", each) for each in inputs]
            return self._add(operator, names, f"{name}/{number}")

        if approximate:
            cubic = step("Mul", step("Mul", step("Mul", x, x), x), CUBIC)
            inner = step("Tanh", step("Mul", step("Add", x, cubic), K))
        else:
            inner = step("Erf", step("Div", x, math.sqrt(2)))
        return step("Mul", step("Mul", x, step("Add", inner, 1.0)), 0.5)

    def _kernel(self, node: Node, output_axis: int) -> str:
        """Add the kernel; return its name."""
        name, kernel = f"{node.name}/kernel", node.arrays["kernel"]
        if not self._int8:
            return self._constant(name, kernel)
        q, scale = quantize(Parameter(name, kernel, output_axis))
        scale = np.expand_dims(scale, tuple(axis for axis in range(q.ndim) if axis != output_axis))
        rounded = self._add("Cast", [self._constant(f"{name}/int8", q)], f"{name}/cast", to=FLOAT32)
        return self._add("Mul", [rounded, self._constant(f"{name}/scale", scale)], name)

    def _number(self, name: str, value: float) -> str:
        return self._constant(name, np.array(value, np.float32))

    def _constant(self, name: str, array: np.ndarray) -> str:
        data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        tensor = {"name": name, "dims": list(array.shape), "data_type": _TYPES[array.dtype], "raw_data": data}
        self.message["initializer"].append(tensor)
        return name

    def _transposed(self, x: str, name: str, axes: list[int]) -> str:
        """Add a transposition, unless it changes nothing."""
        return x if axes == sorted(axes) else self._add("Transpose", [x], name, perm=axes)

    def _add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        node = {"name": output, "op_type": operator, "input": inputs, "output": output}
        self.message["node"].append(node | {"attribute": list(_attributes(attributes))})
        return output


def _sliding(node: Node) -> dict[str, list[int]]:
    """The attributes of a convolution."""
    window, options = node.arrays["kernel"].shape[2:], node.attributes
    return {"kernel_shape": list(window), "strides": list(options["stride"]), "pads": list(options["pads"])}


def _attributes(attributes: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in attributes.items():
        field = "ints" if isinstance(value, list) else "f" if isinstance(value, float) else "i"
        yield {"name": name, field: value, "type": ATTRIBUTE_TYPES[field]}


def _value_info(name: str, shape: tuple[int, ...]) -> dict[str, Any]:
    """An input or output of float32, of any number of samples."""
    dimensions = [{"dim_param": "N"}, *({"dim_value": size} for size in shape)]
    return {"name": name, "type": {"tensor_type": {"elem_type": FLOAT32, "shape": {"dim": dimensions}}}}


def _to_first(rank: int) -> list[int]:
    """The axes of a transposition of batches, from channels last to channels first."""
    return [0, *(axis + 1 for axis in first(range(rank)))]


def _to_last(rank: int) -> list[int]:
    return [0, *range(2, rank + 1), *([1] if rank else [])]

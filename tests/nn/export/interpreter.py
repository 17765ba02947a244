"""Runs a graph on the NumPy references of ``nn.ops``, to hold the graph to the network that it came from."""

import numpy as np

from nn.export.graph import INPUT, Graph, Node
from nn.ops import (
    add,
    avg_pool,
    backend,
    batch_norm,
    conv2d,
    dense,
    depthwise_conv2d,
    gelu,
    leaky_relu,
    max_pool,
    relu,
    sigmoid,
    tanh,
)


def run(graph: Graph, images: np.ndarray) -> np.ndarray:
    """The logits of ``images`` (N, *input_shape)."""
    outputs = {INPUT: images}
    with backend.use("numpy"):
        for node in graph.nodes:
            out = np.empty((len(images), *node.shape), images.dtype)
            outputs[node.name] = OPERATIONS[node.operation](node, out, *(outputs[name] for name in node.inputs))
    return outputs[graph.output]


def _conv2d(node: Node, out: np.ndarray, x: np.ndarray) -> np.ndarray:
    arrays, stride = node.arrays, tuple(node.attributes["stride"])
    conv2d.forward(_padded(node, x), arrays["kernel"], arrays["bias"], stride, out, False)
    return out


def _depthwise_conv2d(node: Node, out: np.ndarray, x: np.ndarray) -> np.ndarray:
    depthwise_conv2d.forward(_padded(node, x), node.arrays["kernel"], tuple(node.attributes["stride"]), out)
    return out


def _padded(node: Node, x: np.ndarray) -> np.ndarray:
    top, left, bottom, right = node.attributes["pads"]
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))


def _batch_norm(node: Node, out: np.ndarray, x: np.ndarray) -> np.ndarray:
    scale = node.arrays["gamma"] / np.sqrt(node.arrays["variance"] + x.dtype.type(node.attributes["epsilon"]))
    rows = (-1, x.shape[-1])
    shift = node.arrays["beta"] - node.arrays["mean"] * scale
    batch_norm.forward(x.reshape(rows), scale, shift, False, out.reshape(rows))
    return out


def _max_pool2d(node: Node, out: np.ndarray, x: np.ndarray) -> np.ndarray:
    window, stride = tuple(node.attributes["pool_size"]), tuple(node.attributes["stride"])
    max_pool.forward(x, window, stride, out, np.empty(out.shape, np.int32))
    return out


def _avg_pool2d(node: Node, out: np.ndarray, x: np.ndarray) -> np.ndarray:
    avg_pool.forward(x, tuple(node.attributes["pool_size"]), tuple(node.attributes["stride"]), out)
    return out


def _dense(node: Node, out: np.ndarray, x: np.ndarray) -> np.ndarray:
    dense.forward(x, node.arrays["kernel"], node.arrays["bias"], out, False)
    return out


def _elementwise(module, *attributes: str):
    def apply(node: Node, out: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        module.forward(*inputs, *(node.attributes[name] for name in attributes), out)
        return out

    return apply


OPERATIONS = {
    "conv2d": _conv2d,
    "depthwise_conv2d": _depthwise_conv2d,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "global_avg_pool2d": lambda node, out, x: x.mean(axis=(1, 2)),
    "flatten": lambda node, out, x: x.reshape(out.shape),
    "dropout": lambda node, out, x: x,
    "relu": _elementwise(relu),
    "sigmoid": _elementwise(sigmoid),
    "tanh": _elementwise(tanh),
    "leaky_relu": _elementwise(leaky_relu, "negative_slope"),
    "gelu": _elementwise(gelu, "approximate"),
    "add": _elementwise(add),
}

"""Converts a graph to channels first, (N, C, H, W), as ONNX and PyTorch expect."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nn.export.graph import Graph, Node

#: The operations on vectors that may be applied to permuted elements, batch_norm with permuted weights.
_ELEMENTWISE = ("relu", "leaky_relu", "gelu", "sigmoid", "tanh", "dropout", "batch_norm")


def channels_first(graph: Graph) -> Graph:
    """The same network for images (N, C, H, W).

    Kernels of convolutions become (F, C, KH, KW), those of depthwise ones (C, 1, KH, KW). ``flatten`` then returns the
    elements in another order, so the rows of the dense kernels after it are permuted. Where other operations follow, a
    ``permute`` before ``flatten`` restores the axes; its attribute ``axes`` is without the batch axis. No layer has
    this operation.
    """
    result = Graph(first(graph.input_shape))
    orders: dict[str, np.ndarray] = {}
    for node in graph.nodes:
        inputs = node.inputs
        shape = graph.shape(node.inputs[0])
        order = orders.get(node.inputs[0])
        if node.operation == "flatten" and len(shape) > 1:
            indices = np.arange(math.prod(shape)).reshape(shape)
            if _only_dense_follows(graph, node):
                order = np.moveaxis(indices, -1, 0).ravel()
            else:
                axes = (*range(1, len(shape)), 0)
                inputs = (result.add(f"{node.name}/permute", "permute", inputs, shape, {"axes": axes}),)
        arrays = dict(_arrays(node, order))
        result.add(node.name, node.operation, inputs, first(node.shape), node.attributes, arrays)
        if order is not None and node.operation != "dense":
            orders[node.name] = order
    return result


def first(shape: Sequence[int]) -> tuple[int, ...]:
    """``shape`` with its last axis before the others.

    >>> first((28, 28, 1))
    (1, 28, 28)
    """
    return (*shape[-1:], *shape[:-1])


def _only_dense_follows(graph: Graph, node: Node) -> bool:
    """Whether the elements of ``node`` may be permuted, as only elementwise operations and dense layers follow."""
    following = [other for other in graph.nodes if node.name in other.inputs]
    return bool(following) and all(
        other.operation == "dense" or (other.operation in _ELEMENTWISE and _only_dense_follows(graph, other))
        for other in following
    )


def _arrays(node: Node, order: np.ndarray | None) -> Iterator[tuple[str, np.ndarray]]:
    for name, array in node.arrays.items():
        if node.operation == "conv2d" and name == "kernel":
            yield name, array.transpose(3, 2, 0, 1)
        elif node.operation == "depthwise_conv2d":
            yield name, array.transpose(2, 0, 1)[:, None]
        elif order is not None and (name == "kernel" or node.operation == "batch_norm"):
            yield name, array[order]
        else:
            yield name, array

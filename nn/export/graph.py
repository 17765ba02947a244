"""A network as a graph of operations, from which every export format is written.

``Layer.export`` adds the nodes of a layer, so a format maps operations, not types of layers. A block such as ``Add``
adds the nodes of its layers to the same graph.

The operations are those of the layers of these kinds. Attributes are the layer's options, and arrays have the names
that the layer gives them. Images are (N, H, W, C), vectors (N, I), and shapes are without the batch axis.

    operation            attributes used                    arrays
    conv2d               stride, pads (see below)           kernel (KH, KW, C, F), bias (F,)
    depthwise_conv2d     stride, pads                       kernel (KH, KW, C)
    dense                                                   kernel (I, O), bias (O,)
    batch_norm           epsilon, momentum                  gamma, beta, mean, variance (C,)
    max_pool2d           pool_size, stride
    avg_pool2d           pool_size, stride
    global_avg_pool2d
    flatten
    relu, sigmoid, tanh
    leaky_relu           negative_slope
    gelu                 approximate
    dropout              rate; it does nothing at inference
    add                  two inputs

``pads`` are the zeros around the image: (top, left, bottom, right). ``padding`` is the option that they follow from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.layers.chain import export_all

if TYPE_CHECKING:
    from nn.layers.base import Layer, Shape
    from nn.model import Sequential

#: The name of the graph's input.
INPUT = "image"


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        name: of the node and of its output; unique in the graph. It is the layer's name, such as ``"conv2d_1"``.
        operation: a name of the table in this module.
        inputs: the names of the nodes whose outputs it takes, or ``INPUT``.
        shape: of the output, without the batch axis.
        attributes: the options.
        arrays: the weights; they are not copied.
    """

    name: str
    operation: str
    inputs: tuple[str, ...]
    shape: Shape
    attributes: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]


class Graph:
    """Nodes in topological order; the output of the last one is the logits.

    Args:
        input_shape: of one image.

    >>> from nn import zoo
    >>> graph = Graph.from_model(zoo.build("baseline"))
    >>> [node.operation for node in graph.nodes]
    ['conv2d', 'relu', 'max_pool2d', 'flatten', 'dense', 'relu', 'dense']
    >>> graph.nodes[0].inputs, graph.nodes[0].shape, graph.output
    (('image',), (26, 26, 32), 'dense_2')
    """

    def __init__(self, input_shape: Shape) -> None:
        self.input_shape = tuple(input_shape)
        self._nodes: dict[str, Node] = {}

    @classmethod
    def from_model(cls, model: Sequential) -> Graph:
        """The graph of ``model``, which may be folded but not fused.

        Raises:
            ValueError: a layer can't be exported; the message names it.
        """
        graph = cls(model.input_shape)
        export_all(model.layers, graph, INPUT)
        return graph

    @property
    def nodes(self) -> list[Node]:
        """The nodes in topological order."""
        return list(self._nodes.values())

    @property
    def output(self) -> str:
        """The name of the last node."""
        return next(reversed(self._nodes), INPUT)

    def shape(self, name: str) -> Shape:
        """The shape of the output of the node ``name``, or of the input, without the batch axis."""
        return self.input_shape if name == INPUT else self._nodes[name].shape

    def add(
        self,
        name: str,
        operation: str,
        inputs: tuple[str, ...],
        shape: Shape,
        attributes: Mapping[str, Any] | None = None,
        arrays: Mapping[str, np.ndarray] | None = None,
    ) -> str:
        """Append a node and return its name; see ``Node`` for the arguments.

        Raises:
            ValueError: the name is taken, or an input is unknown.
        """
        if name in self._nodes or name == INPUT:
            raise ValueError(f"{name}: expected nodes of different names, got two of this name")
        for each in inputs:
            if each not in self._nodes and each != INPUT:
                raise ValueError(f"{name}: expected inputs that are nodes before it, got {each!r}")
        self._nodes[name] = Node(name, operation, inputs, tuple(shape), attributes or {}, arrays or {})
        return name

    def map_arrays(self, change: Callable[[np.ndarray], np.ndarray]) -> Graph:
        """The same graph with changed arrays."""
        graph = Graph(self.input_shape)
        for node in self.nodes:
            arrays = {name: change(array) for name, array in node.arrays.items()}
            graph.add(node.name, node.operation, node.inputs, node.shape, node.attributes, arrays)
        return graph

    def replace(self, node: Node) -> None:
        """Replace the node of the same name."""
        self._nodes[node.name] = node

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def add_layer(self, layer: Layer, x: str, **attributes: Any) -> str:
        """Append the node of a layer that is one operation, its ``kind``; return its name.

        Args:
            layer: gives the name, the shape, the arrays, and its ``config`` as attributes.
            x: the name of the input.
            attributes: in addition to ``config``.
        """
        arrays = {array.name.rpartition("/")[2]: array.value for array in (*layer.parameters, *layer.buffers)}
        return self.add(layer.name, layer.kind, (x,), layer.output_shape, layer.config() | attributes, arrays)

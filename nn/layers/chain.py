"""Layers one after another: what a model and a layer that holds layers have in common."""

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nn.layers.base import Layer, Shape, StepSource, batch_of

if TYPE_CHECKING:
    from nn.export.graph import Graph
    from nn.trace import Trace


def walk(layers: Iterable[Layer]) -> Iterator[Layer]:
    """The layers and all their sublayers, each layer before its sublayers."""
    for layer in layers:
        yield layer
        yield from walk(layer.sublayers)


def infer_all(layers: Iterable[Layer], x: np.ndarray) -> np.ndarray:
    """``x`` through the layers, one after another; see ``Layer.infer``."""
    for layer in layers:
        x = layer.infer(x)
    return x


def export_all(layers: Iterable[Layer], graph: "Graph", x: str) -> str:
    """Add the nodes of the layers, one after another; see ``Layer.export``."""
    for layer in layers:
        x = layer.export(graph, x)
    return x


def trace_all(layers: Iterable[Layer], trace: "Trace", x: str) -> str:
    """Add the outputs of the layers, one after another, to ``trace``; see ``Layer.trace``."""
    for layer in layers:
        x = layer.trace(trace, x)
    return x


def forward_all(layers: Iterable[Layer], x: np.ndarray, training: bool) -> np.ndarray:
    """``x`` through the layers, one after another."""
    for layer in layers:
        x = layer.forward(x, training)
    return x


def backward_all(
    layers: Sequence[Layer], dy: np.ndarray, need_dx: bool, optimizer: StepSource | None = None
) -> np.ndarray | None:
    """Propagate ``dy`` backward through the layers, as far as a gradient is needed; see ``Layer.backward``."""
    first = 0
    if not need_dx:
        while first < len(layers) and not any(parameter.trainable for parameter in layers[first].parameters):
            first += 1
    gradient: np.ndarray | None = dy
    for index in range(len(layers) - 1, first - 1, -1):
        layer, need = layers[index], need_dx or index > first
        assert gradient is not None
        if optimizer is not None and layer.steps_in_backward:
            gradient = layer.backward(gradient, need, optimizer=optimizer)  # type: ignore[call-arg]
        else:
            gradient = layer.backward(gradient, need)
    return gradient if need_dx else None


def build_all(
    layers: list[Layer], input_shape: Shape, rng: np.random.Generator, dtype: np.dtype, prefix: str = ""
) -> Shape:
    """Name and build the new layers, and check that the built ones fit; returns the output's shape.

    A built layer keeps its name and its weights. If two built layers have the same name, a copy with a new name
    replaces the second in the list, provided that it has no parameters.

    Raises:
        ValueError: a built layer does not fit, or two with parameters have the same name.
    """
    shape = tuple(input_shape)
    taken = {layer.name for layer in layers if layer.built}
    seen: set[str] = set()

    def new_name(kind: str) -> str:
        names = (f"{prefix}{kind}_{number}" for number in itertools.count(1))
        taken.add(name := next(name for name in names if name not in taken))
        return name

    for index, layer in enumerate(layers):
        if not layer.built:
            layer.name = new_name(layer.kind)
            shape = layer.build(shape, rng, dtype)
            if not layer._trainable:
                layer.trainable = False
            continue
        if layer.input_shape != shape:
            raise ValueError(f"{layer.name}: built for input {batch_of(layer.input_shape)}, got {batch_of(shape)}")
        for array in layer.parameters[:1]:
            if array.value.dtype != dtype:
                raise ValueError(f"{layer.name}: expected parameters of {dtype}, got {array.value.dtype}")
        if layer.name in seen:
            if layer.parameters:
                raise ValueError(f"{layer.name}: expected layers of different names, got two of this name")
            layers[index] = layer = copy.copy(layer)
            layer.name = new_name(layer.kind)
        seen.add(layer.name)
        shape = layer.output_shape
    return shape

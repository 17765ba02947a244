"""Converts a graph of operations to layers: the inverse of ``Layer.export``."""

from collections.abc import Iterator

import numpy as np

from nn import initializers, limits
from nn.export.graph import INPUT, Graph, Node
from nn.layers import LAYERS, Add
from nn.layers.add import MAX_DEPTH
from nn.layers.base import Layer
from nn.model import Sequential

_KINDS = {layer.kind: layer for layer in LAYERS.values()}


def to_model(graph: Graph) -> Sequential:
    """The network of ``graph``, of float32.

    A sum of two branches that begin at the same output becomes an ``Add``.

    Raises:
        ValueError: the graph is not a chain with residual blocks, an array has a wrong shape, or the network exceeds
            ``nn.limits``.
    """
    limits.check_count(len(graph.nodes))
    nodes = {node.name: node for node in graph.nodes}
    forks = _forks(graph)
    pairs: list[tuple[Layer, Node]] = []
    layers = _chain(graph.output, INPUT, nodes, forks, pairs, 0)
    if sorted(node.name for _, node in pairs) != sorted(nodes):
        raise ValueError("expected residual blocks, two branches that meet in a sum, and no other branches")
    weights = sum(array.size for node in graph.nodes for array in node.arrays.values())
    with initializers.limit_weights(weights):
        model = Sequential(layers, graph.input_shape)
    limits.check_cost(model.layers)
    for layer, node in pairs:
        if layer.sublayers:
            continue
        for parameter in (*layer.parameters, *layer.buffers):
            array = node.arrays[parameter.name.rpartition("/")[2]]
            if array.shape != parameter.value.shape:
                raise ValueError(f"{parameter.name}: expected {parameter.value.shape}, found {array.shape}")
            with np.errstate(over="ignore"):
                parameter.value[...] = array
    return model


def _forks(graph: Graph) -> dict[str, str]:
    """For each sum the output at which its branches begin."""
    before: dict[str, str] = {}  # for each node the one before it, of a sum the fork
    forks = {}
    for node in graph.nodes:
        if node.operation == "add":
            first, second = ([name, *_walk(name, before)] for name in node.inputs)
            among_first = set(first)
            forks[node.name] = next(name for name in second if name in among_first)
        before[node.name] = forks.get(node.name, node.inputs[0])
    return forks


def _walk(name: str, before: dict[str, str]) -> Iterator[str]:
    while name != INPUT:
        name = before[name]
        yield name


def _chain(
    last: str,
    start: str,
    nodes: dict[str, Node],
    forks: dict[str, str],
    pairs: list[tuple[Layer, Node]],
    depth: int,
) -> list[Layer]:
    """The layers from the output ``start`` to the output ``last``; each is also appended to ``pairs`` with its node."""
    if depth > MAX_DEPTH:
        raise ValueError(f"expected residual blocks nested at most {MAX_DEPTH} deep, found more")
    layers: list[Layer] = []
    while last != start:
        node = nodes[last]
        if node.operation == "add":
            fork = forks[last]
            branches = [_chain(name, fork, nodes, forks, pairs, depth + 1) for name in node.inputs]
            branches.sort(key=lambda branch: not branch)  # the identity is the shortcut
            if not branches[0]:
                raise ValueError(f"{last}: expected a sum of two different outputs")
            layers.append(Add(*branches))
        else:
            kind = _KINDS[node.operation]
            options = {key: value for key, value in node.attributes.items() if key in kind.config_keys}
            layers.append(kind.from_config(options))
        pairs.append((layers[-1], node))
        last = forks.get(last, node.inputs[0])
    return layers[::-1]

"""A network with the channels first computes the same."""

import numpy as np
import pytest

from nn import Add, BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential
from nn.export.channels_first import channels_first, first
from nn.export.graph import INPUT, Graph
from tests.nn.export.interpreter import run
from tests.nn.export.networks import images, set_weights


def run_channels_first(graph, x):
    """The outputs of a graph with the channels first: its operations are run with the channels last."""
    last = Graph((*graph.input_shape[1:], graph.input_shape[0]))
    flattened = {}
    for node in graph.nodes:
        shape, arrays = (*node.shape[1:], node.shape[0]), dict(node.arrays)
        if node.operation == "conv2d":
            arrays["kernel"] = arrays["kernel"].transpose(2, 3, 1, 0)
        if node.operation == "permute":
            assert graph.shape(node.inputs[0])[1:] == node.shape[:-1]
            flattened[node.name] = node.inputs[0]
            continue
        inputs = tuple(flattened.get(name, name) for name in node.inputs)
        if node.operation == "flatten" and not flattened.keys() & set(node.inputs):
            size = graph.shape(node.inputs[0])
            order = np.moveaxis(np.arange(node.shape[0]).reshape(*size[1:], size[0]), -1, 0).ravel()
            last.add(f"{node.name}/ours", "flatten", inputs, node.shape)
            select = np.eye(node.shape[0], dtype=np.float32)[:, order]
            last.add(node.name, "dense", (f"{node.name}/ours",), node.shape, {}, {"kernel": select, "bias": 0 * order})
            continue
        last.add(node.name, node.operation, inputs, shape, node.attributes, arrays)
    return run(last, x)


@pytest.mark.parametrize(
    ("layers", "permuted"),
    [
        ([Conv2D(4, (2, 3)), ReLU(), Flatten(), Dense(3)], False),
        ([Conv2D(4, 2), Flatten(), BatchNorm(), ReLU(), Dropout(), Dense(5), ReLU(), Dense(3)], False),
        ([MaxPool2D(2), Flatten(), Add([Dense(12)]), Dense(3)], True),
        ([Conv2D(2, 2), Flatten()], True),
    ],
)
def test_same_logits(layers, permuted, rng):
    model = Sequential(layers, (5, 4, 3))
    set_weights(model, rng)
    graph = channels_first(Graph.from_model(model))
    assert ("permute" in [node.operation for node in graph.nodes]) == permuted
    x = images(model, rng)
    np.testing.assert_allclose(run_channels_first(graph, x), model.forward(x), rtol=1e-5, atol=1e-5)


def test_shapes():
    graph = channels_first(Graph.from_model(Sequential([Conv2D(7, 3), Flatten(), Dense(2)], (5, 4, 3))))
    assert graph.shape(INPUT) == (3, 5, 4)
    assert [node.shape for node in graph.nodes] == [(7, 3, 2), (42,), (2,)]
    assert graph.nodes[0].arrays["kernel"].shape == (7, 3, 3, 3)
    assert first(()) == ()

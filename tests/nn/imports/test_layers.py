"""Graphs become the layers that they came from."""

import numpy as np
import pytest

from nn import Add, BatchNorm, Conv2D, Dense, Flatten, ReLU, Sequential, Tanh, zoo
from nn.export.graph import INPUT, Graph
from nn.imports.layers import to_model
from tests.nn.export.networks import of_case, set_weights
from tests.nn.layers.test_layers import CASES


def same(found, model):
    assert [repr(layer) for layer in found.layers] == [repr(layer) for layer in model.layers]
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(found.state_dict()[name], array)


@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, rng):
    model = of_case(case, rng)
    same(to_model(Graph.from_model(model)), model)


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_every_architecture(arch, rng):
    model = zoo.build(arch)
    set_weights(model, rng)
    same(to_model(Graph.from_model(model)), model)


def test_blocks(rng):
    inner = Add([Conv2D(3, 1), ReLU()], shortcut=[Conv2D(3, 1), BatchNorm()])
    layers = [Conv2D(3, 1), Add([Conv2D(3, 1), inner, Tanh()]), Add([ReLU()]), Flatten(), Add([Dense(48)]), Dense(2)]
    model = Sequential(layers, (4, 4, 3))
    set_weights(model, rng)
    same(to_model(Graph.from_model(model)), model)


def graph(*nodes):
    result = Graph((3,))
    for name, operation, *inputs in nodes:
        result.add(name, operation, tuple(inputs), (3,))
    return result


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([("a", "add", INPUT, INPUT)], "a: expected a sum of two different outputs"),
        ([("a", "relu", INPUT), ("b", "tanh", INPUT)], "expected residual blocks"),
        (
            [
                ("a", "relu", INPUT),
                ("b", "tanh", "a"),
                ("c", "add", "a", "b"),
                ("d", "tanh", "b"),
                ("e", "add", "c", "d"),
            ],
            "expected residual blocks",
        ),
    ],
)
def test_other_forms_are_refused(nodes, message):
    with pytest.raises(ValueError, match=message):
        to_model(graph(*nodes))


def test_depth_is_bounded():
    result, last = Graph((3,)), INPUT
    for number in range(12):
        last = result.add(f"relu_{number}", "relu", (last,), (3,))
    for number in range(11):
        last = result.add(f"add_{number}", "add", (last, f"relu_{10 - number}"), (3,))
    with pytest.raises(ValueError, match="nested at most"):
        to_model(result)

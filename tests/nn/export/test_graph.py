"""The graph of operations computes what the network computes, for every layer and every architecture."""

import re

import numpy as np
import pytest

import nn.export.graph
from nn import Add, Conv2D, Dense, Dropout, Flatten, ReLU, Sequential, zoo
from nn.export.graph import INPUT, Graph
from nn.fold import fold_batch_norm
from nn.fuse import fuse
from nn.layers import LAYERS
from tests.nn.export.interpreter import OPERATIONS, run
from tests.nn.export.networks import of_case, set_weights
from tests.nn.layers.test_layers import CASES


@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, rng):
    model = of_case(case, rng, np.float64)
    graph = Graph.from_model(model)
    x = rng.normal(size=(3, *model.input_shape))
    assert graph.shape(graph.output) == model.output_shape
    np.testing.assert_allclose(run(graph, x), model.forward(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("arch", zoo.ARCHITECTURES)
def test_every_architecture(arch, rng):
    model = zoo.build(arch)
    set_weights(model, rng)
    for each in (model, fold_batch_norm(model)):
        x = rng.random((2, 28, 28, 1), np.float32)
        expected = each.forward(x)
        np.testing.assert_allclose(run(Graph.from_model(each), x), expected, atol=1e-4 * np.abs(expected).max())


def test_every_operation_is_documented():
    kinds = {layer.kind for layer in LAYERS.values()}
    assert kinds == set(OPERATIONS)
    for kind in kinds:
        assert re.search(rf"\b{kind}\b", nn.export.graph.__doc__), kind


def test_blocks_are_flattened():
    block = Add([Conv2D(2, 1), Add([Dropout()])], shortcut=[Conv2D(2, 1)])
    graph = Graph.from_model(Sequential([block, Flatten(), Dense(3)], (4, 4, 1)))
    assert {node.name: node.inputs for node in graph.nodes} == {
        "add_1/conv2d_1": (INPUT,),
        "add_1/add_1/dropout_1": ("add_1/conv2d_1",),
        "add_1/add_1": ("add_1/add_1/dropout_1", "add_1/conv2d_1"),
        "add_1/shortcut/conv2d_1": (INPUT,),
        "add_1": ("add_1/add_1", "add_1/shortcut/conv2d_1"),
        "flatten_1": ("add_1",),
        "dense_1": ("flatten_1",),
    }


def test_arrays_are_those_of_the_model():
    model = zoo.build("tiny")
    arrays = {
        f"{node.name}/{name}": array for node in Graph.from_model(model).nodes for name, array in node.arrays.items()
    }
    assert arrays.keys() == model.state_dict().keys()
    for parameter in model.parameters + model.buffers:
        assert arrays[parameter.name] is parameter.value


def test_subclasses_and_fused_layers_are_refused():
    class Doubled(ReLU):
        def forward(self, x, training=False):
            return 2 * super().forward(x, training)

    with pytest.raises(ValueError, match=r"relu_1: expected a layer that can be exported, got .*Doubled"):
        Graph.from_model(Sequential([Doubled()], (3,)))

    class Wider(Conv2D):
        def forward(self, x, training=False):
            return super().forward(x, training) + 1

    with pytest.raises(ValueError, match=r"conv2d_1: expected a layer that can be exported, got .*Wider"):
        Graph.from_model(Sequential([Wider(2)], (4, 4, 1)))
    with pytest.raises(ValueError, match=r"dense_1: expected .*FusedDense.*: export the plain model"):
        Graph.from_model(fuse(Sequential([Dense(2), ReLU()], (3,))))


def test_a_layer_of_several_operations(rng):
    class DenseReLU(Dense):
        def forward(self, x, training=False):
            return np.maximum(super().forward(x, training), 0)

        def export(self, graph, x):
            x = graph.add_layer(self, x)
            return graph.add(f"{self.name}/relu", "relu", (x,), self.output_shape)

    model = Sequential([DenseReLU(2), Dense(3)], (3,))
    graph = Graph.from_model(model)
    assert [node.name for node in graph.nodes] == ["dense_1", "dense_1/relu", "dense_2"]
    x = rng.normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(run(graph, x), model.forward(x), rtol=1e-5, atol=1e-6)


def test_wrong_nodes_are_named():
    graph = Graph((3,))
    graph.add("relu", "relu", (INPUT,), (3,))
    with pytest.raises(ValueError, match="relu: expected nodes of different names"):
        graph.add("relu", "relu", (INPUT,), (3,))
    with pytest.raises(ValueError, match="tanh: expected inputs that are nodes before it, got 'conv'"):
        graph.add("tanh", "tanh", ("conv",), (3,))


def test_changed_arrays():
    graph = Graph.from_model(zoo.build("mlp"))
    other = graph.map_arrays(lambda array: array.astype(np.float64))
    assert [node.name for node in other.nodes] == [node.name for node in graph.nodes]
    assert {array.dtype for node in other.nodes for array in node.arrays.values()} == {np.dtype(np.float64)}

"""The integers are those of ``nn.quantize``, and batch normalization changes only scales and biases."""

import numpy as np
import pytest

from nn import Add, BatchNorm, Conv2D, Dense, Dropout, Flatten, ReLU, Sequential
from nn.export.graph import Graph
from nn.export.quantized import quantize_graph
from nn.quantize import quantize
from tests.nn.export.networks import set_weights


def quantized(model, rng):
    set_weights(model, rng)
    return quantize_graph(Graph.from_model(model))


def test_batch_norm_becomes_part_of_the_scale(rng):
    model = Sequential([Conv2D(4), BatchNorm(), Flatten(), Dense(3), BatchNorm()], (5, 5, 2))
    graph = quantized(model, rng)
    arrays = model.state_dict()
    q, scale = quantize(model.parameters[0])
    factor = arrays["batch_norm_1/gamma"] / np.sqrt(
        arrays["batch_norm_1/variance"] + model.layers[1].config()["epsilon"]
    )
    shift = arrays["batch_norm_1/beta"] - arrays["batch_norm_1/mean"] * factor
    conv = graph["conv2d_1"].arrays
    np.testing.assert_array_equal(conv["kernel"], q.transpose(3, 0, 1, 2))
    np.testing.assert_allclose(conv["scale"], scale * factor, rtol=1e-6)
    np.testing.assert_allclose(conv["bias"], arrays["conv2d_1/bias"] * factor + shift, rtol=1e-5)
    assert graph["dense_1"].arrays["kernel"].shape == (3, 36)
    assert [graph[name].operation for name in ("batch_norm_1", "batch_norm_2")] == ["identity", "identity"]
    assert {array.dtype.name for node in graph.nodes for array in node.arrays.values()} == {"int8", "float32"}


def test_other_batch_norm_stays(rng):
    layers = [BatchNorm(), Conv2D(2, 1), ReLU(), BatchNorm(), Dropout(), Add([BatchNorm()])]
    graph = quantized(Sequential([*layers, Conv2D(2, 1), Add([BatchNorm()])], (4, 4, 1)), rng)
    names = [node.name for node in graph.nodes if node.operation == "batch_norm"]
    assert names == ["batch_norm_1", "batch_norm_2", "add_1/batch_norm_1", "add_2/batch_norm_1"]


def test_weights_that_float32_does_not_hold_are_named():
    model = Sequential([Dense(2), BatchNorm(), ReLU(), BatchNorm()], (3,))
    by_name = {array.name: array.value for array in model.parameters}
    by_name["batch_norm_1/gamma"][0] = 3e38
    by_name["batch_norm_1/beta"][0] = -3e38
    model.buffers[0].value[0] = 3  # the mean
    with pytest.raises(ValueError, match=r"^dense_1/bias: expected finite weights that float32 holds, got larger"):
        quantize_graph(Graph.from_model(model))
    by_name["batch_norm_1/gamma"][0] = 1
    by_name["batch_norm_2/beta"][1] = np.nan
    with pytest.raises(ValueError, match=r"^batch_norm_2/bias: expected finite weights"):
        quantize_graph(Graph.from_model(model))


def test_the_graph_is_not_changed(rng):
    model = Sequential([Conv2D(2), BatchNorm()], (4, 4, 1))
    graph = Graph.from_model(model)
    quantize_graph(graph)
    assert graph["conv2d_1"].arrays["kernel"] is model.parameters[0].value
    assert graph["batch_norm_1"].operation == "batch_norm"

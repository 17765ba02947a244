"""Fused networks compute what the plain ones compute, with the same parameters."""

import copy
import pickle

import numpy as np
import pytest

from nn import SGD, Add, BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential
from nn.fuse import fuse
from nn.layers.conv2d import ConvReLU, ConvReLUPool
from nn.layers.dense import FusedDense
from tests.gradcheck import apart, check_gradients

pytestmark = pytest.mark.usefixtures("each_backend")


def network(rng, dtype=np.float64, shape=(7, 8, 1)):
    layers = [Conv2D(3), ReLU(), MaxPool2D(2), Flatten(), Dense(5), ReLU(), Dense(4)]
    model = Sequential(layers, shape, rng=rng, dtype=dtype)
    for parameter in model.parameters:
        parameter.value[...] = rng.standard_normal(parameter.value.shape)
    return model


def test_the_baseline_becomes_four_layers(rng):
    kinds = [type(layer) for layer in fuse(network(rng)).layers]
    assert kinds == [ConvReLUPool, Flatten, FusedDense, FusedDense]


def test_the_summary_counts_the_same_work(rng):
    model = network(rng)
    assert fuse(model).summary().splitlines()[-1].split() == model.summary().splitlines()[-1].split()


def test_parameters_are_the_same_objects(rng):
    model = network(rng)
    for parameter, fused in zip(model.parameters, fuse(model).parameters, strict=True):
        assert parameter is fused


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float64, 1e-12)])
@pytest.mark.parametrize("shape", [(7, 8, 1), (28, 28, 1)])
def test_outputs_and_gradients_are_the_same(dtype, tolerance, shape, rng):
    model = network(rng, dtype, shape)
    fused = fuse(model)
    x = rng.standard_normal((5, *shape)).astype(dtype)
    dy = rng.standard_normal((5, 4)).astype(dtype)
    found = []
    for network_ in (model, fused):
        y = network_.forward(x, training=True)
        dx = network_.backward(dy)
        found.append([y, dx, *(parameter.grad.copy() for parameter in model.parameters)])
    for plain, one_pass in zip(*found, strict=True):
        np.testing.assert_allclose(one_pass, plain, rtol=tolerance, atol=tolerance * np.abs(plain).max())


def test_gradients_of_a_fused_network(rng):
    check_gradients(fuse(network(rng)), apart((2, 7, 8, 1), rng), rng)


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ([Conv2D(2, stride=2), ReLU(), MaxPool2D(2)], (9, 9, 1)),
        ([Conv2D(2), ReLU(), MaxPool2D(2, stride=1)], (9, 9, 1)),
        ([Conv2D(32), ReLU(), MaxPool2D(2)], (9, 9, 3)),
        ([Conv2D(2, 1), ReLU(), MaxPool2D(16)], (16, 16, 1)),
    ],
    ids=["stride", "overlapping pools", "many filters", "too many places"],
)
def test_pooling_that_conv_relu_pool_does_not_cover_stays(layers, shape, rng):
    model = Sequential(layers, shape, rng=rng)
    fused = fuse(model)
    assert [type(layer) for layer in fused.layers] == [ConvReLU, MaxPool2D]
    x = rng.standard_normal((3, *shape)).astype(np.float32)
    np.testing.assert_allclose(fused.forward(x), model.forward(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(3, (3, 2)), ReLU(), MaxPool2D(2)],
        [Conv2D(2, padding="same"), ReLU(), MaxPool2D((2, 3))],
        [Conv2D(2, 4, padding="same"), ReLU(), MaxPool2D(1), Conv2D(3, 2), ReLU(), MaxPool2D(2)],
    ],
    ids=["window", "same", "two"],
)
@pytest.mark.parametrize("images", [2, 9])
def test_fused_pooling_computes_what_the_layers_compute(layers, images, rng):
    model = Sequential([*copy.deepcopy(layers), Flatten(), Dense(3)], (8, 7, 2), rng=rng, dtype=np.float64)
    fused = fuse(model)
    assert {type(layer) for layer in fused.layers} == {ConvReLUPool, Flatten, FusedDense}
    x, dy, found = rng.standard_normal((images, 8, 7, 2)), rng.standard_normal((images, 3)), []
    for network_ in (model, fused):
        y = network_.forward(x, training=True)
        found.append([y, network_.backward(dy), *(parameter.grad.copy() for parameter in model.parameters)])
    for plain, one_pass in zip(*found, strict=True):
        np.testing.assert_allclose(one_pass, plain, rtol=1e-9, atol=1e-12)


def test_gradients_of_a_convolution_with_relu(rng):
    model = Sequential([Conv2D(3, padding="same"), ReLU(), Flatten(), Dense(4)], (5, 4, 3), rng=rng, dtype=np.float64)
    check_gradients(fuse(model), apart((2, 5, 4, 3), rng), rng)


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ([], False),
        ([Conv2D(2)], False),
        ([BatchNorm()], False),
        ([ReLU(), BatchNorm()], False),
        ([ReLU(), Conv2D(2)], False),
        ([MaxPool2D(2)], False),
        ([ReLU()], True),
        ([Conv2D(2), ReLU()], True),
        ([Conv2D(2), ReLU(), MaxPool2D(2)], True),
        ([BatchNorm(), ReLU(), MaxPool2D(2), Dropout(0.5)], True),
    ],
)
def test_dense_skips_zero_inputs_after_a_relu(before, behind, rng):
    """And nothing else: the gradients are the plain network's."""
    model = Sequential([*before, Flatten(), Dense(3)], (6, 6, 1), rng=rng, dtype=np.float64)
    fused = fuse(model)
    assert (type(fused.layers[-1]) is FusedDense) is behind
    x, dy = rng.standard_normal((4, 6, 6, 1)), rng.standard_normal((4, 3))
    found = []
    for network_ in (model, fused):
        for layer in network_.layers:
            if isinstance(layer, Dropout):
                layer.rng = np.random.default_rng(1)
        network_.forward(x, training=True)
        dx = network_.backward(dy)
        found.append([dx, *(parameter.grad.copy() for parameter in model.parameters)])
    for plain, one_pass in zip(*found, strict=True):
        np.testing.assert_allclose(one_pass, plain, rtol=1e-12, atol=1e-12)


def test_dense_after_dense_with_relu(rng):
    model = Sequential([Flatten(), Dense(4), ReLU(), Dense(3), Dense(2)], (3, 3, 1), rng=rng)
    _, first, second, third = fuse(model).layers
    assert [type(layer) for layer in (first, second, third)] == [FusedDense, FusedDense, Dense]


class TestInferenceLayers:
    """``predict`` computes what ``forward`` computes, whatever was changed since the last call."""

    def model(self, rng):
        block = Add([Conv2D(3, padding="same"), BatchNorm(), ReLU()], shortcut=[Conv2D(3, 1)])
        layers = [Conv2D(3), BatchNorm(), ReLU(), block, MaxPool2D(2), Conv2D(4, 2), BatchNorm(), BatchNorm()]
        model = Sequential([*layers, Flatten(), Dense(5), BatchNorm(), Dropout(), Dense(4)], (8, 7, 1), rng=rng)
        for array in model.parameters + model.buffers:
            array.value[...] = rng.uniform(0.5, 1.5, array.value.shape)
        return model

    def check(self, model, x):
        np.testing.assert_allclose(model.infer(x), model.forward(x), rtol=1e-4, atol=1e-4)

    def fast_layers(self, model):
        return model._inference_layers.fused

    def test_fewer_layers_run(self, rng):
        model, x = self.model(rng), rng.random((2, 8, 7, 1), np.float32)
        self.check(model, x)
        kinds = [type(layer) for layer in self.fast_layers(model)]
        assert kinds[:5] == [ConvReLU, Add, MaxPool2D, Conv2D, BatchNorm]
        assert Dropout not in kinds
        assert self.fast_layers(model)[0].parameters[0] is model.parameters[0]

    @pytest.mark.parametrize("name", ["value", "array", "load", "step", "parameter", "layer", "removed", "branch"])
    def test_changes_take_effect(self, name, rng):
        model, x = self.model(rng), rng.random((2, 8, 7, 1), np.float32)
        before = model.infer(x)
        optimizer = SGD(model.parameters, 0.1)
        for array in model.parameters + model.buffers:
            if name == "value":
                array.value *= 1 + rng.random(array.value.shape, np.float32)
            elif name == "array":
                array.value = array.value * (1 + rng.random(array.value.shape, np.float32))
        if name == "load":
            model.load_state_dict(self.model(rng).state_dict())
        elif name == "step":
            model.backward(rng.standard_normal(model.forward(x, training=True).shape).astype(np.float32))
            optimizer.step()
        elif name == "parameter":
            layer = model.layers[0]
            layer.kernel = copy.deepcopy(layer.kernel)
            layer.kernel.value *= rng.uniform(1, 2, layer.kernel.value.shape).astype(np.float32)
            layer.parameters = (layer.kernel, layer.bias)
        elif name == "layer":
            model.layers[2] = Dropout()
            model.layers[2].build(model.layers[1].output_shape, rng)
            model.layers[0].kernel.value *= -1
        elif name == "removed":
            del model.layers[6]
        elif name == "branch":
            del model.layers[3].layers[1]
        assert np.abs(model.infer(x) - before).max() > 1e-3
        self.check(model, x)

    def test_the_layers_are_made_once(self, rng):
        model, x = self.model(rng), rng.random((2, 8, 7, 1), np.float32)
        model.predict(x)
        made = self.fast_layers(model)
        model.parameters[0].value *= 2
        model.predict(x)
        assert self.fast_layers(model) is made

    @pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
    def test_a_copy_makes_its_own(self, duplicate, rng):
        model, x = self.model(rng), rng.random((2, 8, 7, 1), np.float32)
        before = model.infer(x)
        twin = duplicate(model)
        assert twin._inference_layers is None
        twin.layers[0].kernel.value *= -1
        self.check(twin, x)
        np.testing.assert_array_equal(model.infer(x), before)

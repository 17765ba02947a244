"""Fused networks compute what the plain ones compute, with the same parameters."""

import numpy as np
import pytest

from nn import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential
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
        ([Conv2D(2, (3, 2)), ReLU(), MaxPool2D(2)], (9, 9, 1)),
        ([Conv2D(2, stride=2), ReLU(), MaxPool2D(2)], (9, 9, 1)),
        ([Conv2D(2, padding="same"), ReLU(), MaxPool2D(2)], (9, 9, 1)),
        ([Conv2D(2), ReLU(), MaxPool2D(2, stride=1)], (9, 9, 1)),
        ([Conv2D(2), ReLU(), MaxPool2D(3)], (9, 9, 1)),
        ([Conv2D(2), ReLU(), MaxPool2D(2)], (9, 9, 3)),
    ],
    ids=["other window", "stride", "same", "overlapping pools", "other pools", "colour"],
)
def test_pooling_that_conv_relu_pool_does_not_cover_stays(layers, shape, rng):
    model = Sequential(layers, shape, rng=rng)
    fused = fuse(model)
    assert [type(layer) for layer in fused.layers] == [ConvReLU, MaxPool2D]
    x = rng.standard_normal((3, *shape)).astype(np.float32)
    np.testing.assert_allclose(fused.forward(x), model.forward(x), rtol=1e-5, atol=1e-6)


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

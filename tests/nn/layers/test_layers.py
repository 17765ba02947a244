"""The contract that every layer keeps, and the gradients of each."""

import functools

import numpy as np
import pytest

from nn import (
    GELU,
    Add,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    Layer,
    LeakyReLU,
    MaxPool2D,
    ReLU,
    Sigmoid,
    Tanh,
)
from nn.layers import LAYERS
from tests.gradcheck import apart, check_gradients

# Tiny shapes with no two sizes alike, so that an axis taken for another shows.
IMAGE = (5, 4, 3)
CASES = {
    "conv": (lambda: Conv2D(2, (2, 3)), IMAGE),
    "conv 1x1": (lambda: Conv2D(2, 1), IMAGE),
    "conv whole image": (lambda: Conv2D(2, (5, 4)), IMAGE),
    "conv same": (lambda: Conv2D(2, 3, padding="same"), IMAGE),
    "conv same, even window": (lambda: Conv2D(2, (2, 4), padding="same"), IMAGE),
    "conv strided": (lambda: Conv2D(2, (3, 2), stride=(2, 1)), IMAGE),
    "conv strided, rest left over": (lambda: Conv2D(2, 2, stride=3), IMAGE),
    "conv same, strided": (lambda: Conv2D(2, 3, stride=(2, 3), padding="same"), (5, 7, 2)),
    "conv, stride beyond window": (lambda: Conv2D(2, 1, stride=2), IMAGE),
    "conv, more filters than a register": (lambda: Conv2D(19, 2), (3, 11, 1)),
    "conv without a bias": (lambda: Conv2D(3, use_bias=False), IMAGE),
    "depthwise conv": (lambda: DepthwiseConv2D((2, 3)), IMAGE),
    "depthwise conv same, even window": (lambda: DepthwiseConv2D((2, 4), padding="same"), IMAGE),
    "depthwise conv same, strided": (lambda: DepthwiseConv2D(3, stride=(2, 3), padding="same"), (5, 7, 2)),
    "depthwise conv, rest left over": (lambda: DepthwiseConv2D(2, stride=3), IMAGE),
    "pool": (lambda: MaxPool2D(2), (4, 6, 3)),
    "pool, odd sizes": (lambda: MaxPool2D(2), IMAGE),
    "pool overlapping": (lambda: MaxPool2D((3, 2), stride=1), IMAGE),
    "pool, stride beyond window": (lambda: MaxPool2D(1, stride=(2, 3)), IMAGE),
    "average pool": (lambda: AvgPool2D(2), IMAGE),
    "average pool overlapping": (lambda: AvgPool2D((3, 2), stride=1), IMAGE),
    "average pool, stride beyond window": (lambda: AvgPool2D(1, stride=(2, 3)), IMAGE),
    "global average pool": (lambda: GlobalAvgPool2D(), IMAGE),
    "dense": (lambda: Dense(4), (3,)),
    "dense, tails": (lambda: Dense(13), (37,)),
    "relu": (lambda: ReLU(), (3, 2)),
    "leaky relu": (lambda: LeakyReLU(0.2), (3, 2)),
    "gelu": (lambda: GELU(), (3, 2)),
    "gelu by tanh": (lambda: GELU(approximate=True), (3, 2)),
    "sigmoid": (lambda: Sigmoid(), (3, 2)),
    "tanh": (lambda: Tanh(), (3, 2)),
    "add": (lambda: Add([Conv2D(3, padding="same"), BatchNorm(), ReLU()]), IMAGE),
    "add with shortcut": (lambda: Add([Conv2D(2, 2), Tanh()], shortcut=[Conv2D(2, 2)]), IMAGE),
    "add in add": (lambda: Add([Dense(4), Add([Dense(4), LeakyReLU()]), Dense(3)]), (3,)),
    "flatten": (lambda: Flatten(), IMAGE),
    "dropout": (lambda: Dropout(0.4), (3, 2)),
    "batch norm": (lambda: BatchNorm(), IMAGE),
    "batch norm without a scale": (lambda: BatchNorm(scale=False), IMAGE),
    "batch norm of vectors": (lambda: BatchNorm(epsilon=0.1), (7,)),
}

pytestmark = pytest.mark.usefixtures("each_backend")


@pytest.fixture(params=CASES)
def case(request, rng) -> tuple[Layer, tuple[int, ...]]:
    make, shape = CASES[request.param]
    layer = make()
    layer.build(shape, rng, np.float64)
    return layer, shape


def test_every_layer_has_a_case():
    assert {type(make()) for make, _ in CASES.values()} == set(LAYERS.values())


def test_gradients(case, rng):
    layer, shape = case
    if layer.is_random:
        pytest.skip("random; its gradient has a separate test")
    check_gradients(layer, apart((2, *shape), rng), rng)


def test_output_shape(case, rng):
    layer, shape = case
    assert layer.forward(apart((2, *shape), rng)).shape == (2, *layer.output_shape)


def test_batch_equals_one_by_one(case, rng):
    layer, shape = case
    x = apart((5, *shape), rng)
    one_by_one = np.concatenate([layer.forward(x[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(layer.forward(x), one_by_one, rtol=1e-12, atol=1e-12)


def test_empty_batch(case):
    layer, shape = case
    y = layer.forward(np.empty((0, *shape)), training=True)
    assert y.shape == (0, *layer.output_shape)
    dx = layer.backward(np.empty_like(y))
    assert dx.shape == (0, *shape)
    assert all((parameter.grad == 0).all() for parameter in layer.parameters)


def test_dtype_is_kept(case, rng):
    layer, shape = case
    layer = type(layer).from_config(layer.config())
    layer.build(shape, rng, np.float32)
    y = layer.forward(apart((2, *shape), rng).astype(np.float32), training=True)
    assert y.dtype == np.float32
    assert layer.backward(np.ones_like(y)).dtype == np.float32


def test_arrays_that_are_not_contiguous(case, rng):
    layer, shape = case
    x = apart((4, *shape), rng)
    spread = np.zeros((4, *shape[:-1], 2 * shape[-1]))[..., ::2]
    spread[...] = x
    np.testing.assert_array_equal(layer.forward(spread), layer.forward(x))


def test_backward_needs_a_training_forward(case, rng):
    layer, shape = case
    y = layer.forward(apart((2, *shape), rng))
    with pytest.raises(RuntimeError, match=layer.name):
        layer.backward(y)


def test_backward_works_once_for_each_forward(case, rng):
    layer, shape = case
    y = layer.forward(apart((2, *shape), rng), training=True)
    layer.backward(y)
    with pytest.raises(RuntimeError, match=layer.name):
        layer.backward(y)


def test_backward_overwrites_gradients(case, rng):
    layer, shape = case
    x = apart((2, *shape), rng)
    grads = []
    for _ in range(2):
        y = layer.forward(x, training=True)
        layer.backward(np.ones_like(y))
        grads.append([parameter.grad.copy() for parameter in layer.parameters])
    for first, second in zip(*grads, strict=True):
        np.testing.assert_array_equal(first, second)


def test_output_outlives_the_next_forward(case, rng):
    """Memory is not reused while an array still refers to it."""
    layer, shape = case
    y = layer.forward(apart((200, *shape), rng), training=True)
    kept = y.copy()
    layer.forward(apart((200, *shape), rng) + 1, training=True)
    np.testing.assert_array_equal(y, kept)


def test_without_need_dx_only_parameters_get_gradients(case, rng):
    layer, shape = case
    x = apart((2, *shape), rng)
    y = layer.forward(x, training=True)
    layer.backward(np.ones_like(y))
    expected = [parameter.grad.copy() for parameter in layer.parameters]
    layer.forward(x, training=True)
    layer.backward(np.ones_like(y), need_dx=False)
    for parameter, grad in zip(layer.parameters, expected, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)


def test_wrong_shapes_are_named(case, rng):
    layer, shape = case
    with pytest.raises(ValueError, match=rf"{layer.name}: expected input \(N, .*got \(2, 9\)"):
        layer.forward(np.ones((2, 9)))
    y = layer.forward(apart((2, *shape), rng), training=True)
    for wrong in (np.ones((2, 9, 9)), y[:1], np.concatenate([y, y]), y.astype(np.float32)):
        layer.forward(apart((2, *shape), rng), training=True)
        with pytest.raises(ValueError, match=rf"{layer.name}: expected gradient"):
            layer.backward(wrong)


def test_wrong_dtype_is_named(case):
    layer, shape = case
    with pytest.raises(ValueError, match=f"{layer.name}: expected input of float"):
        layer.forward(np.ones((2, *shape), np.uint8))


def test_config_makes_the_layer_again(case):
    layer, _ = case
    again = LAYERS[type(layer).__name__].from_config(layer.config())
    assert again.config() == layer.config()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv2D(2, 3), (2, 9, 1), "conv2d: expected images of at least 3x3, the window, got 2x9"),
        (Conv2D(2, 3), (9,), "conv2d: expected images"),
        (MaxPool2D((2, 3)), (5, 2, 1), "max_pool2d: expected images of at least 2x3, the window, got 5x2"),
        (Dense(2), (4, 4, 1), "dense: expected vectors"),
    ],
)
def test_inputs_a_layer_cannot_take(layer, shape, message, rng):
    with pytest.raises(ValueError) as error:
        layer.build(shape, rng)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Conv2D(0),
        lambda: Conv2D(2.5),
        lambda: Conv2D(1, 2.5),
        lambda: Conv2D(1, (2, 2, 2)),
        lambda: Dense(True + 0.5),
        lambda: Dense(10**6).build((10**6,), np.random.default_rng(0)),
        lambda: Dense(2).build((0,), np.random.default_rng(0)),
        lambda: Conv2D(2, 1).build((3, 3, 0), np.random.default_rng(0)),
        lambda: Conv2D(1, 0),
        lambda: Conv2D(1, stride=0),
        lambda: Conv2D(1, padding="full"),
        lambda: MaxPool2D(0),
        lambda: Dense(0),
        lambda: Dropout(1.0),
        lambda: Dropout(-0.1),
        lambda: LeakyReLU(-0.1),
        lambda: GELU("tanh"),
        lambda: Add([]),
        lambda: Add([Dense(2)]).build((3,), np.random.default_rng(0)),
        lambda: functools.reduce(lambda layer, _: Add([layer]), range(9), Dense(2)),
        lambda: GlobalAvgPool2D().build((3,), np.random.default_rng(0)),
        lambda: Conv2D(1, kernel_initializer="none").build((5, 5, 1), np.random.default_rng(0)),
    ],
)
def test_impossible_options(make):
    with pytest.raises(ValueError, match="expected"):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "fans"),
    [
        (Conv2D(40, (3, 5)), (9, 9, 8), (3 * 5 * 8, 3 * 5 * 40)),
        (DepthwiseConv2D((3, 5)), (9, 9, 90), (3 * 5, 3 * 5)),
        (Dense(50), (30,), (30, 50)),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_kernels_begin_in_the_range_of_glorot(layer, shape, fans):
    layer.build(shape, np.random.default_rng(0))
    limit = np.sqrt(6 / sum(fans))
    assert 0.99 * limit < np.abs(layer.parameters[0].value).max() <= limit

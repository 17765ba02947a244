"""The builder gives shapes as the layers do, and refuses what they can't."""

import numpy as np
import pytest

from nn import Conv2D
from nn.export.graph import INPUT
from nn.imports.builder import Builder, same_pads
from nn.imports.layers import to_model
from nn.limits import MAX_LAYERS


@pytest.mark.parametrize("size", [(7, 9), (28, 28)])
@pytest.mark.parametrize("window", [(1, 1), (2, 3), (5, 4)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_convolutions_have_the_shapes_of_the_layer(size, window, stride, padding, rng):
    layer = Conv2D(2, window, stride, padding)
    expected = layer.build((*size, 1), rng)
    for pads in (padding, same_pads(size, window, stride) if padding == "same" else (0, 0, 0, 0)):
        builder = Builder((*size, 1))
        name = builder.conv2d(INPUT, np.ones((*window, 1, 2)), None, stride=stride, pads=pads)
        assert builder.shape(name) == expected == to_model(builder.graph).output_shape


@pytest.mark.parametrize("bias", [np.ones(()), np.ones(2), np.ones((3, 1))])
def test_a_depthwise_convolution_has_a_bias_for_each_channel(bias):
    with pytest.raises(ValueError, match=r"a bias for each of the \(3,\) channels, got \("):
        Builder((6, 6, 3)).depthwise_conv2d(INPUT, np.ones((2, 2, 3)), bias, stride=[1, 1], pads="valid")


def test_a_sum_becomes_part_of_the_layer_before(rng):
    builder = Builder((4,))
    kernel, scale, shift = rng.normal(size=(4, 2)), rng.normal(size=2), rng.normal(size=2)
    first = builder.dense(INPUT, kernel, np.ones(2))
    assert builder.affine(first, scale, shift, fold=True) == first
    np.testing.assert_allclose(builder.graph[first].arrays["kernel"], kernel * scale)
    np.testing.assert_allclose(builder.graph[first].arrays["bias"], scale + shift)
    second = builder.affine(first, scale, shift, fold=False)
    assert builder.graph[second].operation == "batch_norm"
    x = rng.normal(size=(5, 4)).astype(np.float32)
    expected = ((x @ kernel + 1) * scale + shift) * scale + shift
    np.testing.assert_allclose(to_model(builder.graph).forward(x), expected, rtol=1e-4, atol=1e-5)


def test_what_changes_nothing_is_left_out():
    builder = Builder((4,))
    assert builder.affine(INPUT, np.ones(4), np.zeros(4), fold=False) == INPUT


def test_too_much_is_refused():
    with pytest.raises(ValueError, match="numbers"):
        Builder((1 << 13, 1 << 13))
    builder = Builder((3,))
    for _ in range(MAX_LAYERS):
        builder.activation("relu", INPUT)
    with pytest.raises(ValueError, match=f"at most {MAX_LAYERS:,} layers"):
        builder.activation("relu", INPUT)

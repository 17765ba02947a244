"""Dropout: what its contract does not say."""

import numpy as np
import pytest

from nn import Dropout

pytestmark = pytest.mark.usefixtures("each_backend")


def built(rng, rate=0.25):
    layer = Dropout(rate)
    layer.build((1000,), rng)
    return layer


def test_half_is_dropped_by_default():
    assert Dropout().rate == 0.5


def test_identity_at_inference(rng):
    x = np.ones((2, 1000), np.float32)
    np.testing.assert_array_equal(built(rng).forward(x), x)


def test_keeps_the_mean(rng):
    y = built(rng).forward(np.ones((50, 1000), np.float32), training=True)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(y.mean() - 1) < 0.01


def test_gradient_goes_through_the_same_mask(rng):
    layer = built(rng)
    y = layer.forward(np.ones((3, 1000), np.float32), training=True)
    np.testing.assert_array_equal(layer.backward(np.ones_like(y)), y)


def test_masks_repeat_with_the_seed():
    x = np.ones((3, 1000), np.float32)
    first, second = (built(np.random.default_rng(5)).forward(x, training=True) for _ in range(2))
    np.testing.assert_array_equal(first, second)

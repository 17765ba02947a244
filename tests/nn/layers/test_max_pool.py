"""MaxPool2D: what its contract does not say."""

import numpy as np
import pytest

from nn import MaxPool2D

pytestmark = pytest.mark.usefixtures("each_backend")


def test_ties_go_to_the_first(rng):
    layer = MaxPool2D(2)
    layer.build((2, 2, 1), rng)
    layer.forward(np.ones((1, 2, 2, 1), np.float32), training=True)
    dx = layer.backward(np.full((1, 1, 1, 1), 5, np.float32))
    np.testing.assert_array_equal(dx[0, :, :, 0], [[5, 0], [0, 0]])


def test_nan_is_not_hidden(rng):
    x = np.ones((1, 2, 2, 1), np.float32)
    x[0, 1, 0, 0] = np.nan
    layer = MaxPool2D(2)
    layer.build((2, 2, 1), rng)
    assert np.isnan(layer.forward(x)).any()

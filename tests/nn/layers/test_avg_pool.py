"""AvgPool2D and GlobalAvgPool2D: what their contract does not say."""

import numpy as np
import pytest

from nn import AvgPool2D, GlobalAvgPool2D

pytestmark = pytest.mark.usefixtures("each_backend")


def test_means_of_windows(rng):
    layer = AvgPool2D((2, 3))
    layer.build((5, 7, 2), rng, np.float64)
    x = rng.standard_normal((3, 5, 7, 2))
    expected = x[:, :4, :6].reshape(3, 2, 2, 2, 3, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(layer.forward(x), expected)


def test_global_means(rng):
    layer = GlobalAvgPool2D()
    layer.build((5, 7, 2), rng, np.float64)
    x = rng.standard_normal((3, 5, 7, 2))
    np.testing.assert_allclose(layer.forward(x), x.mean(axis=(1, 2)))


def test_nan_is_not_hidden(rng):
    x = np.ones((1, 2, 2, 1), np.float32)
    x[0, 1, 0, 0] = np.nan
    for layer in (AvgPool2D(2), GlobalAvgPool2D()):
        layer.build((2, 2, 1), rng)
        assert np.isnan(layer.forward(x)).all()

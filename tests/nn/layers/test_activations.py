"""The activation functions, at values that are known."""

import math

import numpy as np
import pytest

from nn import GELU, LeakyReLU, ReLU, Sigmoid, Tanh

pytestmark = pytest.mark.usefixtures("each_backend")


X = [-50.0, -2.0, -0.5, 0.0, 0.5, 2.0, 50.0]


def normal(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (ReLU(), lambda x: max(x, 0)),
        (LeakyReLU(0.3), lambda x: x if x > 0 else 0.3 * x),
        (LeakyReLU(0.0), lambda x: max(x, 0)),
        (Sigmoid(), lambda x: 1 / (1 + math.exp(-x))),
        (Tanh(), math.tanh),
        (GELU(), lambda x: x * normal(x)),
    ],
    ids=lambda each: getattr(each, "kind", ""),
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values(layer, function, dtype, rng):
    layer.build((7,), rng, dtype)
    y = layer.forward(np.array([X], dtype))
    assert y.dtype == dtype
    np.testing.assert_allclose(y[0], [function(x) for x in X], rtol=1e-5, atol=1e-7)


def test_the_approximate_gelu_is_near_the_exact_one(rng):
    exact, approximate = GELU(), GELU(approximate=True)
    x = np.linspace(-6, 6, 500)[None]
    for layer in (exact, approximate):
        layer.build((500,), rng, np.float64)
    difference = np.abs(exact.forward(x) - approximate.forward(x)).max()
    assert 1e-5 < difference < 1e-3


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), GELU(), GELU(approximate=True)], ids=lambda each: repr(each))
def test_large_inputs_saturate(layer, rng):
    layer.build((2,), rng)
    y = layer.forward(np.array([[-1e4, 1e4]], np.float32), training=True)
    assert np.isfinite(y).all()
    assert np.isfinite(layer.backward(np.ones_like(y))).all()


@pytest.mark.parametrize("layer", [ReLU(), LeakyReLU(), Sigmoid(), Tanh(), GELU()], ids=lambda each: each.kind)
def test_nan_is_not_hidden(layer, rng):
    layer.build((2,), rng)
    assert np.isnan(layer.forward(np.array([[np.nan, 1]], np.float32))).tolist() == [[True, False]]

"""The checker itself: it accepts what is right and rejects what is wrong."""

import numpy as np
import pytest

from nn.layers import Conv2D, Dense, Layer, ReLU
from tests.gradcheck import NotDifferentiable, apart, check_gradients, numeric_gradient


def test_numeric_gradient_of_a_known_function():
    a = np.array([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_allclose(numeric_gradient(lambda: float((a**3).sum()), a), 3 * a**2, rtol=1e-6)


def built(layer: Layer, shape, rng):
    layer.build(shape, rng, np.float64)
    return layer


class TransposedInput(Dense):
    """A square layer that multiplies by w where it should by its transpose."""

    def backward(self, dy, need_dx=True):
        super().backward(dy)
        return dy @ self.kernel.value


class ForgottenTerm(Dense):
    def backward(self, dy, need_dx=True):
        dx = super().backward(dy, need_dx)
        self.bias.grad[0] = 0
        return dx


class Unwritten(Dense):
    def backward(self, dy, need_dx=True):
        kept = self.kernel.grad.copy()
        dx = super().backward(dy, need_dx)
        self.kernel.grad[...] = kept
        return dx


class FlippedKernel(Conv2D):
    def backward(self, dy, need_dx=True):
        dx = super().backward(dy, need_dx)
        self.kernel.grad[...] = self.kernel.grad[::-1].copy()
        return dx


@pytest.mark.parametrize("layer", [TransposedInput(4), ForgottenTerm(4), Unwritten(4)])
def test_wrong_dense_is_rejected(layer, rng):
    with pytest.raises(AssertionError, match=r"off by|input"):
        check_gradients(built(layer, (4,), rng), rng.standard_normal((3, 4)), rng)


def test_wrong_convolution_is_rejected(rng):
    with pytest.raises(AssertionError, match="kernel: off by"):
        check_gradients(built(FlippedKernel(2, (2, 3)), (5, 4, 3), rng), rng.standard_normal((2, 5, 4, 3)), rng)


def test_right_dense_is_accepted(rng):
    check_gradients(built(Dense(4), (4,), rng), rng.standard_normal((3, 4)), rng)


def test_a_kink_is_an_error(rng):
    x = apart((2, 3), rng)
    x[1, 2] = 0
    with pytest.raises(NotDifferentiable, match=r"\(1, 2\)"):
        check_gradients(built(ReLU(), (3,), rng), x, rng)

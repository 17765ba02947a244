"""Gradients against finite differences.

The network's backward passes are held to the definition of the derivative: for each number of an array, the central
difference (f(a + h) - f(a - h)) / 2h, in float64 with h = 1e-6. The output is weighed by a random gradient, which shows
transposed axes that a gradient of ones hides; and where the slopes to the left and the right differ, the point has no
derivative and says nothing, so the check raises an error instead of passing or failing by luck.
"""

from collections.abc import Callable

import numpy as np

from nn.layers import Layer
from nn.model import Sequential

STEP = 1e-6
TOLERANCE = 1e-6


class NotDifferentiable(AssertionError):
    """The inputs lie on a kink."""


def numeric_gradient(f: Callable[[], float], array: np.ndarray) -> np.ndarray:
    """The gradient of ``f()`` by ``array``, which ``f`` reads and this function changes and restores."""
    assert array.dtype == np.float64
    gradient = np.empty_like(array)
    here = f()
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + STEP
        right = f()
        array[index] = value - STEP
        left = f()
        array[index] = value
        if abs((right - here) - (here - left)) > 1e-3 * STEP * max(1.0, abs(right - left) / STEP):
            raise NotDifferentiable(f"the slopes at {index} are {(here - left) / STEP} and {(right - here) / STEP}")
        gradient[index] = (right - left) / (2 * STEP)
    return gradient


def assert_gradient(name: str, analytic: np.ndarray, numeric: np.ndarray) -> None:
    """Equal shapes and numbers, or an AssertionError that names the array."""
    assert analytic.shape == numeric.shape, f"{name}: gradient of shape {analytic.shape}, not {numeric.shape}"
    error = np.abs(analytic - numeric) / np.maximum(1.0, np.abs(numeric))
    assert error.max(initial=0.0) <= TOLERANCE, f"{name}: off by {error.max()}"


def check_gradients(layer: Layer | Sequential, x: np.ndarray, rng: np.random.Generator) -> None:
    """Hold the gradients by the input and by every parameter of a built layer or model to finite differences."""
    dy = rng.standard_normal(layer.forward(x).shape)
    for parameter in layer.parameters:
        parameter.grad.fill(np.nan)  # whatever backward fails to write shows
    layer.forward(x, training=True)
    dx = layer.backward(dy)

    def weighed_output() -> float:
        return float((layer.forward(x, training=True) * dy).sum())

    assert_gradient("input", dx, numeric_gradient(weighed_output, x))
    for parameter in layer.parameters:
        assert_gradient(parameter.name, parameter.grad, numeric_gradient(weighed_output, parameter.value))


def apart(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Random numbers no two of which, and none of which and 0, are closer than 0.05: away from every kink."""
    size = int(np.prod(shape))
    values = (np.arange(size) - size // 2 + 0.5) * 0.1
    return (rng.permutation(values) + rng.uniform(-0.02, 0.02, size)).reshape(shape)

"""Identifies the activation that a chain of elementwise operations computes.

Exporters write GELU as five to eight operations, in several ways. Therefore a chain is represented by its values on a
grid, which are compared with those of each activation.
"""

import math
from typing import NamedTuple

import numpy as np

from nn.ops.gelu import CUBIC, K

#: The numbers at which functions are compared; the large ones detect clipping.
GRID = np.concatenate([np.linspace(-8, 8, 257), [-1e6, -1e4, -100, -20, 20, 100, 1e4, 1e6]])

_ZERO, _ONE, _MINUS_ONE = (int(np.flatnonzero(number == GRID)[0]) for number in (0.0, 1.0, -1.0))


class Function(NamedTuple):
    """A function that a layer computes: the operation, or ``"identity"`` or ``"affine"``, and its attributes."""

    operation: str
    attributes: dict[str, float]


def erf(x: np.ndarray) -> np.ndarray:
    """The error function, as NumPy has none."""
    return np.vectorize(math.erf, otypes=[float])(x)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x))."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def gelu(x: np.ndarray, approximate: bool = False) -> np.ndarray:
    """See ``nn.ops.gelu``."""
    inner = np.tanh(K * (x + CUBIC * x**3)) if approximate else erf(x / math.sqrt(2))
    return x * (1 + inner) / 2


def identify(values: np.ndarray) -> Function | None:
    """The function that has these values on the grid; None if no layer computes it.

    >>> identify(np.maximum(GRID, 0)), identify(2 * GRID + 1)
    (Function(operation='relu', attributes={}), Function(operation='affine', attributes={'scale': 2.0, 'shift': 1.0}))
    """
    slope = float(-values[_MINUS_ONE])
    shift = float(values[_ZERO])
    scale = float(values[_ONE]) - shift
    candidates = [
        (Function("identity", {}), GRID),
        (Function("relu", {}), np.maximum(GRID, 0)),
        (Function("sigmoid", {}), sigmoid(GRID)),
        (Function("tanh", {}), np.tanh(GRID)),
        (Function("gelu", {"approximate": False}), gelu(GRID)),
        (Function("gelu", {"approximate": True}), gelu(GRID, True)),
        (Function("leaky_relu", {"negative_slope": slope}), np.where(GRID > 0, GRID, slope * GRID)),
        (Function("affine", {"scale": scale, "shift": shift}), scale * GRID + shift),
    ]
    for function, expected in candidates:
        if np.allclose(values, expected, rtol=1e-5, atol=1e-6) and not (
            function.operation == "leaky_relu" and slope < 0
        ):
            return function
    return None

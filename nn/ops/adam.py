"""A step of Adam, over vectors; ``nn.ops.backend`` says which of its versions runs.

Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1. With gradient g, moments m and v, and
learning rate η, at step t = 1, 2, ...:

    m <- β₁ m + (1 - β₁) g
    v <- β₂ v + (1 - β₂) g²
    w <- w - η (m / (1 - β₁ᵗ)) / (sqrt(v / (1 - β₂ᵗ)) + ε)
"""

import math
from typing import NamedTuple

import numpy as np

from nn.ops.backend import njit, operation, prange

#: The compiled versions set moments this small to zero, because denormal numbers are slow. Unless ε is as small, the
#: effect on a float32 weight is too small to be stored. The reference keeps such moments.
TINY = 1e-30


class AdamStep(NamedTuple):
    """The step of one parameter, which is made where its gradient is computed.

    Attributes:
        first_moment, second_moment: m and v, of the parameter's shape.
        coefficients: see ``adam_coefficients``.
    """

    first_moment: np.ndarray
    second_moment: np.ndarray
    coefficients: np.ndarray

    def apply(self, w: np.ndarray, g: np.ndarray) -> None:
        """Change the parameter ``w`` by its gradient ``g``."""
        m, v = self.first_moment.reshape(-1), self.second_moment.reshape(-1)
        step(w.reshape(-1), g.reshape(-1), m, v, np.array([[0, w.size]]), self.coefficients)


def adam_coefficients(
    learning_rate: float, beta1: float, beta2: float, epsilon: float, step: int, dtype: np.dtype
) -> np.ndarray:
    """The numbers for step t (from 1): η / (1 - β₁ᵗ), 1 - β₁, 1 - β₂, 1 / sqrt(1 - β₂ᵗ), ε and ``TINY``."""
    rate, correction2 = learning_rate / (1 - beta1**step), 1 / math.sqrt(1 - beta2**step)
    return np.array((rate, 1 - beta1, 1 - beta2, correction2, epsilon, TINY), dtype)


@operation(fast=True)
def step(
    w: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, ranges: np.ndarray, coefficients: np.ndarray
) -> None:
    """Make one step over ``ranges`` (R, 2), int64, of vectors; ``w``, ``m`` and ``v`` change in place."""
    rate, one_minus_beta1, one_minus_beta2, correction2, epsilon, _ = coefficients
    for start, end in ranges:
        part = slice(start, end)
        m[part] += one_minus_beta1 * (g[part] - m[part])
        v[part] += one_minus_beta2 * (g[part] * g[part] - v[part])
        w[part] -= rate * m[part] / (np.sqrt(v[part]) * correction2 + epsilon)


@step.loops
@njit(parallel=True, fastmath=True)
def _step_loops(w, g, m, v, ranges, coefficients):
    rate, one_minus_beta1, one_minus_beta2, correction2, epsilon, tiny = coefficients
    for start, end in ranges:
        for i in prange(start, end):
            first = m[i] + one_minus_beta1 * (g[i] - m[i])
            second = v[i] + one_minus_beta2 * (g[i] * g[i] - v[i])
            w[i] -= rate * first / (math.sqrt(second) * correction2 + epsilon)
            m[i] = 0 if abs(first) <= tiny else first
            v[i] = 0 if second <= tiny else second

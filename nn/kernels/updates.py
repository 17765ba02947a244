"""The steps of the optimizers, element by element over vectors.

SGD with momentum μ (Polyak, 1964; ``nesterov`` looks ahead, Sutskever et al., 2013), learning rate η, gradient g:

    b <- μ b + g,    w <- w - η b    or, with nesterov,    w <- w - η (g + μ b)

Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1), at step t = 1, 2, ...:

    m <- β₁ m + (1 - β₁) g
    v <- β₂ v + (1 - β₂) g²
    w <- w - η (m / (1 - β₁ᵗ)) / (sqrt(v / (1 - β₂ᵗ)) + ε)
"""

import math

import numpy as np


def sgd_numpy(
    w: np.ndarray, g: np.ndarray, b: np.ndarray, learning_rate: float, momentum: float, nesterov: bool
) -> None:
    """One step of SGD; ``w`` and ``b`` change in place."""
    b *= momentum
    b += g
    w -= learning_rate * (g + momentum * b if nesterov else b)


def adam_numpy(
    w: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    step: int,
) -> None:
    """One step of Adam; ``w``, ``m`` and ``v`` change in place."""
    m += (1 - beta1) * (g - m)
    v += (1 - beta2) * (g * g - v)
    w -= learning_rate / (1 - beta1**step) * m / (np.sqrt(v) / math.sqrt(1 - beta2**step) + epsilon)


sgd = sgd_numpy
adam = adam_numpy

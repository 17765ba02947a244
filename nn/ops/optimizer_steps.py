"""The steps of the optimizers, element by element over vectors.

SGD with momentum μ (Polyak, 1964; ``nesterov`` looks ahead, Sutskever et al., 2013), learning rate η, gradient g:

    b <- μ b + g,    w <- w - η b    or, with nesterov,    w <- w - η (g + μ b)

Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1), at step t = 1, 2, ...:

    m <- β₁ m + (1 - β₁) g
    v <- β₂ v + (1 - β₂) g²
    w <- w - η (m / (1 - β₁ᵗ)) / (sqrt(v / (1 - β₂ᵗ)) + ε)

The norm of all gradients together, for clipping, and a moving average of weights:

    norm = sqrt(sum over i of g[i]²)
    a <- a + s (w - a)
"""

import math
from typing import NamedTuple

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange

if backend.compiled():
    from nn.ops.fast.micro_kernel import adam_step, lane_count, load_tile

#: Moments this small move a weight by nothing that float32 can hold (unless ε is as small), but they decay into
#: denormal numbers, which processors add many times slower. The references let them.
TINY = 1e-30

NORM_CHUNKS = 32

#: Below so many numbers a second thread costs more than it brings.
SMALL = 1 << 12

#: A step of Adam is made of so many parts, for the threads to share.
ADAM_PARTS = 8


def sgd_numpy(
    w: np.ndarray, g: np.ndarray, b: np.ndarray, learning_rate: float, momentum: float, nesterov: bool
) -> None:
    """One step of SGD; ``w`` and ``b`` change in place."""
    b *= momentum
    b += g
    w -= learning_rate * (g + momentum * b if nesterov else b)


class AdamStep(NamedTuple):
    """A step of Adam for one parameter, to be made where its gradient is.

    Attributes:
        first, second: the moments m and v, of the parameter's shape.
        numbers: see ``adam_numbers``.
    """

    first: np.ndarray
    second: np.ndarray
    numbers: np.ndarray


def adam_numbers(
    learning_rate: float, beta1: float, beta2: float, epsilon: float, step: int, dtype: np.dtype
) -> np.ndarray:
    """What the step t, counted from 1, computes with: η / (1 - β₁ᵗ), 1 - β₁, 1 - β₂, 1 / sqrt(1 - β₂ᵗ) and ε."""
    numbers = learning_rate / (1 - beta1**step), 1 - beta1, 1 - beta2, 1 / math.sqrt(1 - beta2**step), epsilon
    return np.array(numbers, dtype)


def adam_numpy(w: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, numbers: np.ndarray) -> None:
    """One step of Adam; ``w``, ``m`` and ``v`` change in place."""
    rate, keep1, keep2, correction2, epsilon = numbers
    m += keep1 * (g - m)
    v += keep2 * (g * g - v)
    w -= rate * m / (np.sqrt(v) * correction2 + epsilon)


@njit(parallel=True, fastmath=True)
def _sgd_numba(w, g, b, learning_rate, momentum, nesterov):
    rate, mu = w.dtype.type(learning_rate), w.dtype.type(momentum)
    for i in prange(len(w)):
        velocity = mu * b[i] + g[i]
        velocity = velocity if abs(velocity) > TINY else 0 * velocity
        b[i] = velocity
        w[i] -= rate * (g[i] + mu * velocity if nesterov else velocity)


@njit()
def _adam_part(w, g, m, v, ranges, numbers, part, parts):
    """A share of each range, whole registers of it."""
    size, tiny = lane_count(w), w.dtype.type(TINY)
    for start, end in ranges:
        registers = (end - start + size - 1) // size
        last = min(start + registers * (part + 1) // parts * size, end)
        for i in range(start + registers * part // parts * size, last, size):
            gradient = load_tile(1, 1, g, i, 0, min(size, last - i))
            adam_step(gradient, w, m, v, i, min(size, last - i), numbers, tiny)


@njit(parallel=True)
def _adam_numba(w, g, m, v, ranges, numbers):
    total = 0
    for start, end in ranges:
        total += end - start
    if total < SMALL:
        _adam_part(w, g, m, v, ranges, numbers, 0, 1)
    else:
        for task in prange(ADAM_PARTS):
            _adam_part(w, g, m, v, ranges, numbers, np.int64(task), ADAM_PARTS)


@njit(fastmath=True)
def _square_sum(g):
    total = g.dtype.type(0)
    for i in range(len(g)):
        total += g[i] * g[i]
    return total


@njit(parallel=True)
def _square_sums_numba(g, sums):
    for chunk in prange(len(sums)):
        sums[chunk] = _square_sum(g[chunk * len(g) // len(sums) : (chunk + 1) * len(g) // len(sums)])


def norm_numpy(g: np.ndarray) -> float:
    """The equation for the norm, of a vector."""
    return float(np.sqrt(np.square(g, dtype=np.float64).sum()))


def norm(g: np.ndarray) -> float:
    """The norm of a vector; added up in a fixed number of parts, so that it does not depend on the threads."""
    if not backend.compiled():
        return norm_numpy(g)
    sums = np.empty(NORM_CHUNKS, np.float64)
    _square_sums_numba(g, sums)
    return math.sqrt(sums.sum())


def average_numpy(w: np.ndarray, a: np.ndarray, share: float) -> None:
    """The equation for the average; ``a`` changes in place."""
    a += a.dtype.type(share) * (w - a)


@njit(parallel=True)
def _average_numba(w, a, share):
    if len(w) < SMALL:
        for i in range(len(w)):
            a[i] += share * (w[i] - a[i])
    else:
        for i in prange(len(w)):
            a[i] += share * (w[i] - a[i])


def average(w: np.ndarray, a: np.ndarray, share: float) -> None:
    """Bring the average ``a`` nearer to ``w`` by a share of what is between them; any shape, C-contiguous."""
    if backend.compiled():
        _average_numba(w.reshape(-1), a.reshape(-1), a.dtype.type(share))
    else:
        average_numpy(w, a, share)


def sgd(w: np.ndarray, g: np.ndarray, b: np.ndarray, learning_rate: float, momentum: float, nesterov: bool) -> None:
    """One step of SGD over vectors; ``w`` and ``b`` change in place."""
    (_sgd_numba if backend.compiled() else sgd_numpy)(w, g, b, learning_rate, momentum, nesterov)


def adam(w: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, ranges: np.ndarray, numbers: np.ndarray) -> None:
    """One step of Adam over some ``ranges`` (R, 2) int64 of vectors; ``w``, ``m`` and ``v`` change in place."""
    if backend.compiled():
        _adam_numba(w, g, m, v, ranges, numbers)
        return
    for start, end in ranges:
        adam_numpy(w[start:end], g[start:end], m[start:end], v[start:end], numbers)

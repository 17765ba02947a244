"""The Gaussian error linear unit.

    y = x Φ(x)        Φ(x) = (1 + erf(x / √2)) / 2

    dx = dy (Φ(x) + x φ(x))        φ(x) = Φ'(x) = exp(-x² / 2) / √(2π)

Approximately, with k = √(2 / π) and t = tanh(k (x + 0.044715 x³)):

    Φ(x) = (1 + t) / 2        φ(x) = (1 - t²) k (1 + 3 · 0.044715 x²) / 2
"""

import math

import numpy as np

from nn.ops.backend import elementwise, njit, operation, prange

#: √(2 / π), and the factor of x³.
K, CUBIC = math.sqrt(2 / math.pi), 0.044715

_erf = np.frompyfunc(math.erf, 1, 1)  # NumPy has none


def _cumulative_numpy(x: np.ndarray, approximate: bool) -> tuple[np.ndarray, np.ndarray]:
    """Φ and φ."""
    if approximate:
        t = np.tanh(K * (x + CUBIC * x**3))
        return (1 + t) / 2, (1 - t * t) * K * (1 + 3 * CUBIC * x * x) / 2
    return (1 + np.asarray(_erf(x / math.sqrt(2)), x.dtype)) / 2, np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@operation()
def forward(x: np.ndarray, approximate: bool, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    np.multiply(x, _cumulative_numpy(x, approximate)[0], out=out)


@njit()
def _cumulative(x, approximate):
    """Φ and φ of one number."""
    if approximate:
        t = math.tanh(K * (x + CUBIC * x * x * x))
        return (1 + t) / 2, (1 - t * t) * K * (1 + 3 * CUBIC * x * x) / 2
    return (1 + math.erf(x / math.sqrt(2))) / 2, math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@forward.loops
@elementwise(parallel_from=1 << 12)
def _forward_loops(x, approximate, y):
    for i in prange(len(x)):
        y[i] = x[i] * _cumulative(x[i], approximate)[0]


@operation()
def backward(dy: np.ndarray, x: np.ndarray, approximate: bool, dx: np.ndarray) -> None:
    """Fill ``dx`` from the input ``x``; any shape, C-contiguous."""
    cumulative, density = _cumulative_numpy(x, approximate)
    np.multiply(dy, cumulative + x * density, out=dx)


@backward.loops
@elementwise(parallel_from=1 << 12)
def _backward_loops(dy, x, approximate, dx):
    for i in prange(len(x)):
        cumulative, density = _cumulative(x[i], approximate)
        dx[i] = dy[i] * (cumulative + x[i] * density)

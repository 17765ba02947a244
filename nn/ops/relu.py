"""The rectifier.

    y = max(x, 0),   dx = dy where y > 0, else 0

At 0 the gradient is 0, as everywhere in the field. NaN stays NaN.
"""

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange

#: Below so many elements a second thread costs more than it brings.
SMALL = 1 << 15


def forward_numpy(x: np.ndarray, out: np.ndarray) -> None:
    """The equation for y."""
    np.maximum(x, 0, out=out)


def backward_numpy(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """The equation for dx, from the output ``y``: it is positive just where the input was."""
    np.multiply(dy, y > 0, out=dx)


@njit(error_model="numpy", parallel=True)
def _forward_numba(x, y):
    if len(x) < SMALL:
        for i in range(len(x)):
            y[i] = 0 if x[i] < 0 else x[i]
    else:
        for i in prange(len(x)):
            y[i] = 0 if x[i] < 0 else x[i]


@njit(error_model="numpy", parallel=True)
def _backward_numba(dy, y, dx):
    if len(y) < SMALL:
        for i in range(len(y)):
            dx[i] = dy[i] if y[i] > 0 else 0
    else:
        for i in prange(len(y)):
            dx[i] = dy[i] if y[i] > 0 else 0


def forward(x: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    if backend.compiled():
        _forward_numba(x.reshape(-1), out.reshape(-1))
    else:
        forward_numpy(x, out)


def backward(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx``; any shape, C-contiguous."""
    if backend.compiled():
        _backward_numba(dy.reshape(-1), y.reshape(-1), dx.reshape(-1))
    else:
        backward_numpy(dy, y, dx)

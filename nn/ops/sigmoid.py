"""The logistic sigmoid.

y = 1 / (1 + exp(-x))

dx = dy y (1 - y)
"""

import math

import numpy as np

from nn.ops.backend import elementwise, operation, prange


@operation()
def forward(x: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    with np.errstate(over="ignore"):  # 1 / infinity is the right 0
        np.divide(1, 1 + np.exp(-x), out=out)


@forward.loops
@elementwise(parallel_from=1 << 13)
def _forward_loops(x, y):
    for i in prange(len(x)):
        y[i] = 1 / (1 + math.exp(-x[i]))


@operation()
def backward(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` from the output ``y``; any shape, C-contiguous."""
    np.multiply(dy, y * (1 - y), out=dx)


@backward.loops
@elementwise(parallel_from=1 << 13)
def _backward_loops(dy, y, dx):
    for i in prange(len(y)):
        dx[i] = dy[i] * (y[i] * (1 - y[i]))

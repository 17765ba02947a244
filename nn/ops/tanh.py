"""The hyperbolic tangent.

y = tanh(x)

dx = dy (1 - y²)
"""

import math

import numpy as np

from nn.ops.backend import elementwise, operation, prange


@operation()
def forward(x: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    np.tanh(x, out=out)


@forward.loops
@elementwise(parallel_from=1 << 13)
def _forward_loops(x, y):
    for i in prange(len(x)):
        y[i] = math.tanh(x[i])


@operation()
def backward(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` from the output ``y``; any shape, C-contiguous."""
    np.multiply(dy, 1 - y * y, out=dx)


@backward.loops
@elementwise(parallel_from=1 << 13)
def _backward_loops(dy, y, dx):
    for i in prange(len(y)):
        dx[i] = dy[i] * (1 - y[i] * y[i])

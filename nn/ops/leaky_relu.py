"""The leaky ReLU, with slope s >= 0 below zero.

y = x where x > 0, else s x

dx = dy where y > 0, else s dy
"""

import numpy as np

from nn.ops.backend import elementwise, operation, prange


@operation()
def forward(x: np.ndarray, slope: float, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    out[...] = np.where(x > 0, x, x.dtype.type(slope) * x)


@forward.loops
@elementwise(parallel_from=1 << 15)
def _forward_loops(x, slope, y):
    slope = x.dtype.type(slope)
    for i in prange(len(x)):
        y[i] = x[i] if x[i] > 0 else slope * x[i]


@operation()
def backward(dy: np.ndarray, y: np.ndarray, slope: float, dx: np.ndarray) -> None:
    """Fill ``dx`` from the output ``y``, which is positive where the input was; any shape, C-contiguous."""
    dx[...] = np.where(y > 0, dy, dy.dtype.type(slope) * dy)


@backward.loops
@elementwise(parallel_from=1 << 15)
def _backward_loops(dy, y, slope, dx):
    slope = dy.dtype.type(slope)
    for i in prange(len(y)):
        dx[i] = dy[i] if y[i] > 0 else slope * dy[i]

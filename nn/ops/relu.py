"""ReLU, the rectified linear unit.

    y = max(x, 0)

    dx = dy where y > 0, else 0

The gradient at 0 is 0, as in every framework. NaN stays NaN.
"""

import numpy as np

from nn.ops.backend import elementwise, operation, prange


@operation()
def forward(x: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    np.maximum(x, 0, out=out)


@forward.loops
@elementwise(parallel_from=1 << 15)
def _forward_loops(x, y):
    for i in prange(len(x)):
        y[i] = 0 if x[i] < 0 else x[i]


@operation()
def backward(dy: np.ndarray, y: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` from the output ``y``, which is positive where the input was; any shape, C-contiguous."""
    np.multiply(dy, y > 0, out=dx)


@backward.loops
@elementwise(parallel_from=1 << 15)
def _backward_loops(dy, y, dx):
    for i in prange(len(y)):
        dx[i] = dy[i] if y[i] > 0 else 0

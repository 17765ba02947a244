"""The sum of two arrays, where the branches of a residual block meet.

    y = a + b

The gradient of both is dy.
"""

import numpy as np

from nn.ops.backend import njit, operation, prange

#: Below this many elements a second thread costs more than it gains.
SMALL = 1 << 15


@operation()
def forward(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` with y; any shape, C-contiguous."""
    np.add(a, b, out=out)


@forward.loops
@njit(parallel=True, flat=True)
def _forward_loops(a, b, y):
    if len(y) < SMALL:
        for i in range(len(y)):
            y[i] = a[i] + b[i]
    else:
        for i in prange(len(y)):
            y[i] = a[i] + b[i]

"""A moving average of weights.

a <- a + s (w - a)
"""

import numpy as np

from nn.ops.backend import elementwise, operation, prange

#: Below this many numbers a second thread costs more than it gains.
SMALL = 1 << 12


@operation()
def moving_average(w: np.ndarray, a: np.ndarray, share: float) -> None:
    """Move the average ``a`` towards ``w`` by ``share`` of their difference, in place; any shape, C-contiguous."""
    a += a.dtype.type(share) * (w - a)


@moving_average.loops
@elementwise(SMALL)
def _moving_average_loops(w, a, share):
    share = a.dtype.type(share)
    for i in prange(len(w)):
        a[i] += share * (w[i] - a[i])

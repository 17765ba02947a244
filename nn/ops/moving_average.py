"""A moving average a of weights w, with share s: a <- a + s (w - a)."""

import numpy as np

from nn.ops.backend import elementwise, operation, prange


@operation()
def moving_average(w: np.ndarray, a: np.ndarray, share: float) -> None:
    """Move the average ``a`` towards ``w`` by ``share`` of their difference, in place; any shape, C-contiguous."""
    a += a.dtype.type(share) * (w - a)


@moving_average.loops
@elementwise(parallel_from=1 << 12)
def _moving_average_loops(w, a, share):
    share = a.dtype.type(share)
    for i in prange(len(w)):
        a[i] += share * (w[i] - a[i])

"""The norm of a vector, for clipping all gradients together.

norm = sqrt(sum over i of g[i]²)
"""

import math

import numpy as np

from nn.ops.backend import njit, operation, prange

#: Partial sums: a fixed number, so that the order of the additions does not depend on the number of threads.
CHUNKS = 32


@operation()
def norm(g: np.ndarray) -> float:
    """The norm of a vector."""
    return float(np.sqrt(np.square(g, dtype=np.float64).sum()))


@norm.loops
def _norm_loops(g: np.ndarray) -> float:
    sums = np.empty(CHUNKS, np.float64)
    _sums_of_squares(g, sums)
    return math.sqrt(sums.sum())


@njit(parallel=True)
def _sums_of_squares(g, sums):
    for chunk in prange(len(sums)):
        sums[chunk] = _sum_of_squares(g[chunk * len(g) // len(sums) : (chunk + 1) * len(g) // len(sums)])


@njit(fastmath=True)
def _sum_of_squares(g):
    total = g.dtype.type(0)
    for i in range(len(g)):
        total += g[i] * g[i]
    return total

"""The total variation of a picture: the sum of the lengths of its gradient, with zeros around the picture.

    TV(u) = sum over y, x of sqrt((u[y, x + 1] - u[y, x])^2 + (u[y + 1, x] - u[y, x])^2)

For ink it is the length of the edge.

Source: L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal algorithms", Physica D 60
(1992).
"""

import numpy as np

from nn.ops.backend import njit, operation


@operation()
def total_variation(picture: np.ndarray) -> float:
    """The total variation of a picture, (H, W) floats."""
    padded = np.pad(picture, 1)
    return float(np.hypot(padded[:-1, 1:] - padded[:-1, :-1], padded[1:, :-1] - padded[:-1, :-1]).sum(dtype=np.float64))


@total_variation.loops
@njit(fastmath=True)
def _total_variation_loops(picture):
    height, width = picture.shape
    padded = np.zeros((height + 2, width + 2), picture.dtype)
    for row in range(height):
        for column in range(width):
            padded[row + 1, column + 1] = picture[row, column]
    total = 0.0
    for row in range(height + 1):
        length = picture.dtype.type(0)
        for column in range(width + 1):
            across = padded[row, column + 1] - padded[row, column]
            down = padded[row + 1, column] - padded[row, column]
            length += np.sqrt(across * across + down * down)
        total += length
    return total

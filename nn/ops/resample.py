"""Pictures at another size: by cubic interpolation where they grow, and its averages where they shrink; or by blocks.

    out[y, x] = sum over i, j of  w[y, i] v[x, j] picture[i, j]
    w[y, i]   = cubic((i + 1/2 - (y + 1/2) s) / max(s, 1)),  s = H / H'

The sum of each row of w is made 1; v is likewise. The cubic is the one through 0, 1 and 0 that has the slopes of a
line.

Source: R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on Acoustics,
Speech, and Signal Processing 29 (1981).
"""

import numpy as np

from nn.ops.backend import njit, operation


@operation()
def cubic(picture: np.ndarray, out: np.ndarray) -> None:
    """Resample a picture.

    Args:
        picture: (H, W) floats.
        out: (H', W'), filled; it may go beyond the range of the picture by a little.
    """
    down, across = (_weights(*sizes) for sizes in zip(picture.shape, out.shape, strict=True))
    out[:] = down @ (picture @ across.T).astype(picture.dtype)


def _weights(size: int, out_size: int) -> np.ndarray:
    """The share (out_size, size) of each row in each row of the result."""
    scale = max(size / out_size, 1.0)
    centres = (np.arange(out_size) + 0.5) * size / out_size
    x = np.abs(np.arange(size) + 0.5 - centres[:, None]) / scale
    weights = np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((2.5 - 0.5 * x) * x - 4) * x + 2, 0))
    return weights / weights.sum(axis=1, keepdims=True)


@cubic.loops
@njit()
def _cubic_loops(picture, out):
    narrow = np.empty((out.shape[1], picture.shape[0]), picture.dtype)
    _rows(np.ascontiguousarray(picture.T), narrow)
    _rows(np.ascontiguousarray(narrow.T), out)


@njit()
def _rows(picture, out):
    """Resample the rows of a picture, each of which is summed at once."""
    size, width = picture.shape
    step = size / len(out)
    scale = max(step, 1.0)
    inverse = 1 / scale
    weights, total = np.empty(size), np.empty(width)
    for row in range(len(out)):
        centre = (row + 0.5) * step
        first, last = max(int(centre - 2 * scale + 0.5), 0), min(int(centre + 2 * scale + 0.5), size)
        whole = 0.0
        for i in range(first, last):
            x = abs((i - centre + 0.5) * inverse)
            if x < 1:
                weights[i] = (1.5 * x - 2.5) * x * x + 1
            else:
                weights[i] = ((2.5 - 0.5 * x) * x - 4) * x + 2 if x < 2 else 0.0
            whole += weights[i]
        total[:] = 0
        for i in range(first, last):
            weight, values = weights[i] / whole, picture[i]
            for column in range(width):
                total[column] += weight * values[column]
        for column in range(width):
            out[row, column] = total[column]


@operation()
def blocks(picture: np.ndarray, side: int, out: np.ndarray) -> None:
    """The means of square blocks; those at the right and at the bottom may be smaller.

    Args:
        picture: (H, W) floats.
        side: of the blocks, in pixels.
        out: (ceil(H / side), ceil(W / side)), filled.
    """
    total, count = picture, np.ones((1, 1), picture.dtype)
    for axis in (0, 1):
        places = np.arange(0, picture.shape[axis], side)
        lengths = np.diff(places, append=picture.shape[axis]).astype(picture.dtype)
        total, count = np.add.reduceat(total, places, axis), count * np.expand_dims(lengths, 1 - axis)
    np.divide(total, count, out=out)


@blocks.loops
@njit()
def _blocks_loops(picture, side, out):
    height, width = picture.shape
    total = np.empty(width)
    for row in range(len(out)):
        total[:] = 0
        above, below = row * side, min((row + 1) * side, height)
        for y in range(above, below):
            values = picture[y]
            for x in range(width):
                total[x] += values[x]
        for column in range(out.shape[1]):
            left, right = column * side, min((column + 1) * side, width)
            mean = 0.0
            for x in range(left, right):
                mean += total[x]
            out[row, column] = mean / ((right - left) * (below - above))

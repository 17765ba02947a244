"""How far pixels are from segments, for a round pen that draws along them.

For a segment from a to b and the pixel at p, with t the place on the segment that is nearest to p:

    t        = min(max((p - a) · (b - a) / |b - a|², 0), 1)
    square_p = min over the segments of |p - a - t (b - a)|²
"""

import math

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit

#: Segments taken at once by the reference, so that the distances stay in the cache.
_CHUNK = 64


def squares_numpy(starts: np.ndarray, ends: np.ndarray, reach: float, out: np.ndarray) -> None:
    """The equation, for all pixels, however far."""
    out[:] = np.inf
    rows, columns = (np.arange(n, dtype=np.float32) for n in out.shape)
    for first in range(0, len(starts), _CHUNK):
        part = slice(first, first + _CHUNK)
        (ax, ay), (dx, dy) = starts[part].T[:, :, None, None], (ends[part] - starts[part]).T[:, :, None, None]
        x, y = columns - ax, rows[:, None] - ay
        length = dx * dx + dy * dy
        t = np.clip((x * dx + y * dy) / np.where(length > 0, length, 1), 0, 1)
        np.minimum(out, ((x - t * dx) ** 2 + (y - t * dy) ** 2).min(axis=0), out=out)


@njit()
def _squares_numba(starts, ends, reach, out):
    height, width = out.shape
    for y in range(height):
        for x in range(width):
            out[y, x] = np.inf
    one = out.dtype.type(1)
    for s in range(len(starts)):
        ax, ay = starts[s]
        dx, dy = ends[s, 0] - ax, ends[s, 1] - ay
        length = dx * dx + dy * dy
        share = one / length if length > 0 else 0 * one
        left, right = max(math.ceil(ax + min(dx, 0) - reach), 0), min(math.floor(ax + max(dx, 0) + reach), width - 1)
        top, bottom = max(math.ceil(ay + min(dy, 0) - reach), 0), min(math.floor(ay + max(dy, 0) + reach), height - 1)
        for row in range(top, bottom + 1):
            y = row - ay
            for column in range(left, right + 1):
                x = column - ax
                t = min(max((x * dx + y * dy) * share, 0 * one), one)
                u, v = x - t * dx, y - t * dy
                out[row, column] = min(out[row, column], u * u + v * v)


def squares(starts: np.ndarray, ends: np.ndarray, reach: float, out: np.ndarray) -> None:
    """Fill ``out`` (H, W), float32, with each pixel's squared distance from the nearest segment.

    Args:
        starts, ends: (S, 2) float32, x and y in pixels.
        reach: what is farther than this from a segment may be infinitely far.
        out: filled.
    """
    if backend.compiled():
        _squares_numba(starts, ends, np.float32(reach), out)
    else:
        squares_numpy(starts, ends, reach, out)

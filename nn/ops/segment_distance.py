"""The distance of pixels from line segments, for a round pen that draws along them.

For a segment from a to b and the pixel at p, with t the place on the segment that is nearest to p:

    t      = min(max((p - a) · (b - a) / |b - a|², 0), 1)
    out[p] = min over the segments of |p - a - t (b - a)|²
"""

import math

import numpy as np

from nn.ops.backend import njit, operation

#: Segments that the reference takes at once, so that their distances stay in the cache.
_CHUNK = 64


@operation()
def squared_distance(starts: np.ndarray, ends: np.ndarray, reach: float, out: np.ndarray) -> None:
    """Fill ``out`` (H, W), float32, with the squared distance of each pixel from the nearest segment.

    Args:
        starts, ends: (S, 2) float32, x and y in pixels.
        reach: for pixels farther than this from a segment, the result may be infinite.
        out: filled.
    """
    out[:] = np.inf
    rows, columns = (np.arange(n, dtype=np.float32) for n in out.shape)
    for first in range(0, len(starts), _CHUNK):
        part = slice(first, first + _CHUNK)
        (ax, ay), (dx, dy) = starts[part].T[:, :, None, None], (ends[part] - starts[part]).T[:, :, None, None]
        x, y = columns - ax, rows[:, None] - ay
        length = dx * dx + dy * dy
        t = np.clip((x * dx + y * dy) / np.where(length > 0, length, 1), 0, 1)
        np.minimum(out, ((x - t * dx) ** 2 + (y - t * dy) ** 2).min(axis=0), out=out)


@squared_distance.loops
@njit()
def _squared_distance_loops(starts, ends, reach, out):
    height, width = out.shape
    out[:] = np.inf
    zero, one, margin = out.dtype.type(0), out.dtype.type(1), out.dtype.type(reach)
    for s in range(len(starts)):
        ax, ay = starts[s]
        dx, dy = ends[s, 0] - ax, ends[s, 1] - ay
        length = dx * dx + dy * dy
        inverse = one / length if length > 0 else zero
        left, right = max(math.ceil(ax + min(dx, 0) - margin), 0), min(math.floor(ax + max(dx, 0) + margin), width - 1)
        top, bottom = max(math.ceil(ay + min(dy, 0) - margin), 0), min(math.floor(ay + max(dy, 0) + margin), height - 1)
        for row in range(top, bottom + 1):
            y = row - ay
            for column in range(left, right + 1):
                x = column - ax
                t = min(max((x * dx + y * dy) * inverse, zero), one)
                u, v = x - t * dx, y - t * dy
                out[row, column] = min(out[row, column], u * u + v * v)

"""The skeleton of ink: lines one pixel wide, the centre lines of the pen's strokes.

Source: T. Y. Zhang, C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", Communications of the ACM 27
(1984).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nn.digits.strokes import Stroke

#: The eight neighbours of a pixel, clockwise from above, as steps in y and x.
NEIGHBOURS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))

#: Half of them: each pair of neighbours once, those in line before those across the corner.
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def skeletonize(mask: np.ndarray) -> np.ndarray:
    """Remove ink from its edges, alternating between two pairs of sides, until lines one pixel wide are left.

    A pixel is removed if it has two to six neighbours in one run around it. Lines stay connected and keep their ends.

    Args:
        mask: (H, W) bool: where there is ink.

    Returns:
        (H, W) bool, a subset of ``mask`` with the same connected components.
    """
    ink = np.pad(mask, 1)
    windows = sliding_window_view(ink, (3, 3))  # around each pixel of the mask
    while True:
        before = int(ink.sum())
        for turn in (0, 2):
            ring = np.stack([windows[:, :, 1 + down, 1 + right] for down, right in NEIGHBOURS])
            following = np.roll(ring, -1, axis=0)
            count = ring.sum(axis=0)
            runs = (~ring & following).sum(axis=0)
            north, east, south, west = np.roll(ring[::2], turn, axis=0)
            gone = (count >= 2) & (count <= 6) & (runs == 1) & ~(north & east & south) & ~(east & south & west)
            ink[1:-1, 1:-1] &= ~gone
        if int(ink.sum()) == before:
            return ink[1:-1, 1:-1]


def to_strokes(skeleton: np.ndarray) -> list[Stroke]:
    """Every step from one of a skeleton's pixels to a neighbour, as a stroke of two points; a lone pixel is a dot.

    Args:
        skeleton: (H, W) bool.

    Returns:
        (2, 2) or (1, 2) float64 arrays, x and y in pixels.
    """
    windows = sliding_window_view(np.pad(skeleton, 1), (3, 3))
    strokes: list[Stroke] = []
    linked = np.pad(np.zeros_like(skeleton), 1)
    for down, right in _STEPS:
        pairs = skeleton & windows[:, :, 1 + down, 1 + right]
        if down and right:  # not across a corner that two steps in line go around
            pairs &= ~(windows[:, :, 1 + down, 1] | windows[:, :, 1, 1 + right])
        y, x = np.nonzero(pairs)
        strokes += list(np.stack([np.stack([x, y], 1), np.stack([x + right, y + down], 1)], 1).astype(np.float64))
        linked[1 + y, 1 + x] = linked[1 + y + down, 1 + x + right] = True
    y, x = np.nonzero(skeleton & ~linked[1:-1, 1:-1])
    return strokes + list(np.stack([x, y], 1)[:, None].astype(np.float64))

"""The skeleton of ink, and its line segments."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nn.ops.skeletonize import thin

#: Half of a pixel's neighbours, as steps in y and x: each pair of neighbours once, those in line before those across
#: the corner.
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def skeletonize(mask: np.ndarray) -> np.ndarray:
    """Remove ink from its edges until lines one pixel wide are left; see ``nn.ops.skeletonize``.

    Lines stay connected and keep their ends.

    Args:
        mask: (H, W) bool: where there is ink.

    Returns:
        (H, W) bool, a subset of ``mask`` with the same connected components.
    """
    ink = np.pad(mask, 1)
    thin(ink)
    return ink[1:-1, 1:-1]


def to_segments(skeleton: np.ndarray) -> np.ndarray:
    """Every step from one of a skeleton's pixels to a neighbour, as a line segment; for a lone pixel of length 0.

    Args:
        skeleton: (H, W) bool.

    Returns:
        (S, 2, 2) float64: the two ends of each segment, x and y in pixels.
    """
    padded = np.pad(skeleton, 1)
    windows = sliding_window_view(padded, (3, 3))
    segments = []
    linked = np.zeros_like(padded)
    for down, right in _STEPS:
        pairs = skeleton & windows[:, :, 1 + down, 1 + right]
        if down and right:  # not across a corner that two steps in line go around
            pairs &= ~(windows[:, :, 1 + down, 1] | windows[:, :, 1, 1 + right])
        y, x = np.nonzero(pairs)
        segments.append(np.stack([x, y, x + right, y + down], axis=1))
        linked[1 + y, 1 + x] = linked[1 + y + down, 1 + x + right] = True
    y, x = np.nonzero(skeleton & ~linked[1:-1, 1:-1])
    segments.append(np.stack([x, y, x, y], axis=1))
    return np.concatenate(segments).reshape(-1, 2, 2).astype(np.float64)

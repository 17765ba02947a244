"""The skeleton of ink, and its line segments."""

import numpy as np

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
    ink = _padded(mask)
    thin(ink)
    return ink[1:-1, 1:-1]


def to_segments(skeleton: np.ndarray) -> np.ndarray:
    """Every step from one of a skeleton's pixels to a neighbour, as a line segment; for a lone pixel of length 0.

    Args:
        skeleton: (H, W) bool.

    Returns:
        (S, 2, 2) float64: the two ends of each segment, x and y in pixels.
    """
    width = skeleton.shape[1] + 2
    padded = _padded(skeleton).ravel()
    places = np.flatnonzero(padded)
    starts, ends = [], []
    for down, right in _STEPS:
        linked = padded[places + down * width + right]
        if down and right:  # not across a corner that two steps in line go around
            linked &= ~(padded[places + down * width] | padded[places + right])
        starts.append(places[linked])
        ends.append(starts[-1] + down * width + right)
    lone = padded.copy()
    lone[np.concatenate([*starts, *ends])] = False
    alone = np.flatnonzero(lone)
    y, x = np.divmod(np.stack([np.concatenate([*starts, alone]), np.concatenate([*ends, alone])], axis=1), width)
    return np.stack([x - 1, y - 1], axis=2).astype(np.float64)


def _padded(mask: np.ndarray) -> np.ndarray:
    """The mask in a clear border, one pixel wide."""
    padded = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    padded[1:-1, 1:-1] = mask
    return padded

"""The skeleton of ink, and its line segments."""

import numpy as np

from nn.ops.skeletonize import segments, thin


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
    """The steps (S, 2, 2) from each pixel of a skeleton, (H, W) bool, to its neighbours; see ``nn.ops.skeletonize``."""
    return segments(_padded(skeleton)) - 1


def _padded(mask: np.ndarray) -> np.ndarray:
    """The mask in a clear border, one pixel wide."""
    padded = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), bool)
    padded[1:-1, 1:-1] = mask
    return padded

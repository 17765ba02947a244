"""Extremes in a window that slides over a picture: grayscale dilation and erosion."""

import numpy as np


def sliding(extreme: np.ufunc, picture: np.ndarray, window: int) -> np.ndarray:
    """The extreme in a square window around each pixel, by doubling the length of the window along each axis."""
    for _ in range(2):
        before = (window - 1) // 2
        rows = np.arange(-before, len(picture) + window - 1 - before).clip(0, len(picture) - 1)
        current, length = picture[rows], 1
        while 2 * length <= window:
            current, length = extreme(current[:-length], current[length:]), 2 * length
        rest = window - length
        picture = np.ascontiguousarray(extreme(current[: len(picture)], current[rest : rest + len(picture)]).T)
    return picture

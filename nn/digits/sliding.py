"""Extremes in a window that slides over a picture: grayscale dilation and erosion."""

import numpy as np


def sliding(extreme: np.ufunc, picture: np.ndarray, window: int) -> np.ndarray:
    """The extreme in a square window around each pixel, by doubling the length of the window along each axis."""
    for _ in range(2):
        before = (window - 1) // 2
        current, length = np.pad(picture, ((before, window - 1 - before), (0, 0)), mode="edge"), 1
        while 2 * length <= window:
            current, length = extreme(current[:-length], current[length:]), 2 * length
        rest = window - length
        picture = np.ascontiguousarray(extreme(current[: len(picture)], current[rest : rest + len(picture)]).T)
    return picture

"""The ink of a page: what differs from the background around it.

The background is the local median. So shadows, a table beside the paper and other large things are background, each
with its own light. Ink is what is darker than it, or what is brighter, whichever is more.
"""

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageFilter

from nn.digits.ink import as_bytes, as_unit, noise_level, reduced, solid_level

#: A page is reduced to this longer side, in pixels: digits of a hundredth of it are still legible.
WORKING_SIDE = 1600

#: The background is the median over windows of `WINDOW` pixels of the page reduced to `BACKGROUND_SIDE` pixels.
BACKGROUND_SIDE = 96
WINDOW = 21

#: A difference from the background below this is not ink.
MIN_CONTRAST = 0.08


def page_to_ink(gray: ArrayLike) -> np.ndarray:
    """Separate the ink of a page from its background.

    Args:
        gray: (H, W), any size, as `picture_to_ink` takes it.

    Returns:
        (H, W) float32 in [0, 1], reduced to about `WORKING_SIDE` pixels; all zeros without ink.

    Raises:
        ValueError: the picture is not a plane of such numbers.
    """
    picture = reduced_page(gray)
    lowest, highest = _local_background(picture)
    dark, bright = lowest - picture, picture - highest
    difference, full = (dark, lowest) if _amount(dark) >= _amount(bright) else (bright, 1 - highest)
    difference = np.maximum(difference, 0)
    noise = noise_level(difference)
    ink = np.maximum(difference - 3 * noise, 0)
    if solid_level(ink) < max(MIN_CONTRAST, 3 * noise):
        return np.zeros_like(picture)
    ink /= np.maximum(full, 0.1)  # weak light reduces the paper's brightness and the ink's difference alike
    return np.minimum(ink / solid_level(ink), 1)


def reduced_page(gray: ArrayLike) -> np.ndarray:
    """The picture of a page as `page_to_ink` reduces it, (H, W) float32 in [0, 1]."""
    return reduced(as_unit(gray), WORKING_SIDE)


def _amount(difference: np.ndarray) -> float:
    """How much ink there is, if it is what differs in this direction."""
    return float(np.square(np.maximum(difference, 0), dtype=np.float32).sum())


def _local_background(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest background near each pixel, (H, W) float32: they differ along the edge of a shadow."""
    height, width = picture.shape
    small = Image.fromarray(as_bytes(reduced(picture, BACKGROUND_SIDE)))
    median = small.filter(ImageFilter.MedianFilter(WINDOW))
    lowest, highest = (
        np.asarray(median.filter(extreme(3)).resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
        for extreme in (ImageFilter.MinFilter, ImageFilter.MaxFilter)
    )
    return lowest, highest

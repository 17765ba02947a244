"""A picture's ink against a local background: for shadows, edges of paper, frames, and ink of either polarity.

The background of dark ink is the morphological closing of the picture: what is darker and narrower than a window
vanishes, and edges of wider things stay sharp. For bright ink it is the opening. Ink is dark if the picture is darker
than its local median, more than it is brighter, in the mean of their logarithms.

Source: J. Serra, "Image Analysis and Mathematical Morphology" (1982).
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from nn.digits.ink import MIN_CONTRAST, as_bytes, reduced, separate
from nn.digits.sliding import sliding

#: The side of the window, as a share of the picture's longer side.
WINDOW = 0.2

#: The local median is taken at this size, in pixels, within this share of it to each side.
MEDIAN_SIDE, MEDIAN_REACH = 32, 1 / 8

#: Along an edge of the background, gaps of fewer pixels than this are closed.
GAP = 3

#: Darker levels count as this: under a shadow, the ratio of ink and paper is as before, but not that of noise.
DARKEST = 0.05


def local_ink(picture: np.ndarray, bright: bool) -> np.ndarray:
    """Separate the ink of a picture from its local background.

    Args:
        picture: (H, W) float32 in [0, 1].
        bright: whether the ink is brighter than what is around it, or else darker.

    Returns:
        (H, W) float32 in [0, 1]; all zeros without ink.
    """
    background = _background(picture, bright)
    ink = separate(picture, background[1:-1, 1:-1], bright)
    return np.maximum(ink, _across_edges(picture, background, ink, bright))


def _background(picture: np.ndarray, bright: bool) -> np.ndarray:
    """The local background of a picture, with a border one pixel wide, (H + 2, W + 2) float32."""
    window = 1 + 2 * max(1, round(WINDOW / 2 * max(picture.shape)))  # odd: an even one would move edges by a pixel
    first, second = (np.minimum, np.maximum) if bright else (np.maximum, np.minimum)
    padded = np.pad(picture, window, mode="edge")  # or else a shadow's corner at the border would be ink
    closed = sliding(second, sliding(first, padded, window), window)[window - 1 : 1 - window, window - 1 : 1 - window]
    return _filtered(closed, ImageFilter.MedianFilter)  # without notches where strokes cross an edge


def _across_edges(picture: np.ndarray, background: np.ndarray, ink: np.ndarray, bright: bool) -> np.ndarray:
    """Ink that leads across an edge of the background: it is ink on the paper of the one side, but not of the other."""
    closed = sliding(np.minimum, sliding(np.maximum, ink, GAP), GAP)
    paper = _filtered(background, ImageFilter.MinFilter if bright else ImageFilter.MaxFilter)[1:-1, 1:-1]
    level, paper = (1 - picture, 1 - paper) if bright else (picture, paper)
    return np.minimum(closed, 1 - level / paper.clip(MIN_CONTRAST))


def _filtered(picture: np.ndarray, rank: Callable[[int], ImageFilter.RankFilter]) -> np.ndarray:
    """The picture with each pixel replaced by one of those next to it."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).filter(rank(3)))


def is_bright(picture: np.ndarray) -> bool:
    """Whether the ink of a picture, (H, W) float32 in [0, 1], is brighter than what is around it, as a ratio."""
    small = as_bytes(reduced(picture, MEDIAN_SIDE))
    reach = round(MEDIAN_REACH * max(small.shape))
    # Reflected, a dark edge of the picture stays as narrow as it is.
    padded = Image.fromarray(np.pad(small, reach, mode="symmetric" if min(small.shape) <= reach else "reflect"))
    median = np.asarray(padded.filter(ImageFilter.MedianFilter(2 * reach + 1)))
    levels = np.log(np.arange(256) + 255 * DARKEST)
    return bool(levels[small].sum() > levels[median[reach : reach + len(small), reach : reach + small.shape[1]]].sum())

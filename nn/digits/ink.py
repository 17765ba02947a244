"""A picture's ink: how much of each pixel is covered, with background, light and noise removed.

The background is a smooth surface, fitted robustly to the pixels near it; ink is what differs from it by more than
the noise. This works for bright ink on dark, dark ink on bright, and for light that falls unevenly.
"""

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.sliding import sliding
from nn.ops import quadratic_surface
from nn.ops.connected_components import bounds
from nn.ops.median import median_up_to
from nn.ops.otsu import otsu
from nn.ops.resample import blocks

#: A picture is reduced to this longer side, in pixels: a digit a tenth of it still fills its box of 20 pixels.
WORKING_SIDE = 320

#: The background is fitted at this size, in pixels.
BACKGROUND_SIDE = 48

#: A difference from the background below this is not ink; 1 is the difference between black and white.
MIN_CONTRAST = 0.1


def picture_to_ink(gray: ArrayLike, side: int = WORKING_SIDE) -> np.ndarray:
    """Separate the ink of a picture from its background.

    There must be some background around the ink: it is the smooth part that most of the border belongs to.

    Args:
        gray: (H, W), any size; uint8 (or wider, its range used in full), booleans, or floats in [0, 1].
        side: the picture's longer side is reduced to about this many pixels.

    Returns:
        (H, W) float32 in [0, 1]; all zeros without ink.

    Raises:
        ValueError: the picture is not a plane of such numbers.
    """
    return smooth_ink(reduced(as_unit(gray), side))


def smooth_ink(picture: np.ndarray, likely: bool = True) -> np.ndarray:
    """The ink (H, W) of a picture, float32 in [0, 1], on a smooth background; all zeros without ink.

    Args:
        picture: (H, W) float32 in [0, 1].
        likely: whether the background is fitted first to the shade that most of the border has, or to the other one.
    """
    background, bright = smooth_background(picture, likely)
    return separate(picture, background, bright)


def separate(picture: np.ndarray, background: np.ndarray, bright: bool) -> np.ndarray:
    """The ink (H, W) of a picture on a background, both (H, W) float32 in [0, 1]; all zeros if there is only noise.

    Args:
        bright: whether ink is brighter than the background, or else darker.
    """
    difference = picture - background if bright else background - picture
    noise = noise_level(difference)
    covered = difference > 3 * noise
    ink = difference[covered] - np.float32(3 * noise)
    clear = picture.size - ink.size
    if solid_level(ink, clear) < max(MIN_CONTRAST, 3 * noise):
        return np.zeros_like(picture)
    # Weak light reduces the ink's difference and the paper's brightness alike, so use the ratio of the two.
    paper = background[covered]
    ink /= np.maximum(1 - paper if bright else paper, MIN_CONTRAST)
    result = np.zeros_like(picture)
    result[covered] = np.minimum(ink / solid_level(ink, clear), 1)
    return result


def smooth_background(picture: np.ndarray, likely: bool = True) -> tuple[np.ndarray, bool]:
    """The smooth surface (H, W), float32, behind a picture's ink, and whether the ink is brighter."""
    small = np.ascontiguousarray(reduced(picture, BACKGROUND_SIDE))
    coefficients = np.empty(quadratic_surface.TERMS, np.float32)
    near = _likely_background(small) == likely
    bright = quadratic_surface.fit(small, near if near.any() else ~near, coefficients)
    background = np.empty(picture.shape, np.float32)
    quadratic_surface.evaluate(coefficients, background)
    return background, bright


def as_unit(gray: ArrayLike) -> np.ndarray:
    """The picture as float32 in [0, 1]."""
    picture = np.asarray(gray)
    if picture.ndim != 2 or not picture.size or picture.dtype.kind not in "buf":
        raise ValueError(f"picture: expected a plane of uint8 or floats, got {picture.dtype} {picture.shape}")
    scale = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
    if picture.dtype.kind == "f" and not ((picture >= 0) & (picture <= scale)).all():
        raise ValueError(f"picture: expected numbers from 0 to {scale}, got others")
    return (picture / np.float32(scale)).astype(np.float32, copy=False)


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """The picture with its longer side at most about ``side``, by means of square blocks."""
    factor = -(-max(picture.shape) // side)
    if factor <= 1:
        return picture
    small = np.empty([-(-size // factor) for size in picture.shape], np.float32)
    blocks(np.ascontiguousarray(picture), factor, small)
    return small


def as_bytes(picture: np.ndarray) -> np.ndarray:
    """The picture, floats in [0, 1], as uint8. Halves, which means of bytes often are, are rounded down."""
    return np.ceil(255 * picture - np.float32(0.501)).astype(np.uint8)


def solid_level(ink: np.ndarray, clear: int = 0) -> np.float32:
    """The level of solid ink: the 90th percentile of the foreground.

    Args:
        ink: the levels.
        clear: how many zeros there are besides.
    """
    solid = ink[ink > otsu(ink.ravel(), clear)] if ink.size else ink
    return _percentile_90(solid) if solid.size else np.float32(0)


def made_even(ink: np.ndarray, reach: int, palest: float) -> np.ndarray:
    """Ink (H, W) of uneven strength, made even: relative to the strongest ink within reach, at least ``palest``."""
    left, top, right, bottom = bounds(ink > 0)
    part, result = ink[top:bottom, left:right], np.zeros_like(ink)
    if part.size:
        strongest = sliding(np.maximum, part, 2 * reach + 1).clip(palest, 1)
        np.divide(part, strongest, out=result[top:bottom, left:right])
    return result


def noise_level(difference: np.ndarray) -> float:
    """The standard deviation of the background, from the median absolute deviation."""
    size = np.abs(difference).ravel()
    return 1.4826 * median_up_to(size, otsu(size, 0))


def _likely_background(picture: np.ndarray) -> np.ndarray:
    """A mask of the shade, bright or dark, that most of the border has; in uneven light a part of the background."""
    bright = picture > otsu(picture.flatten(), 0)
    inner = bright[1:-1, 1:-1]
    on_border = np.count_nonzero(bright) - np.count_nonzero(inner)
    return bright if 2 * on_border > bright.size - inner.size else ~bright


def _percentile_90(values: np.ndarray) -> np.float32:
    """The 90th percentile of values (n,), n > 0, which are reordered: `numpy.percentile`, without its checks."""
    place = (len(values) - 1) * 0.9
    lower = int(place)
    upper = min(lower + 1, len(values) - 1)
    values.partition([lower, upper])
    share, step = place - lower, values[upper] - values[lower]
    return values[lower] + step * share if share < 0.5 else values[upper] - step * (1 - share)

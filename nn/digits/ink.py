"""A picture's ink: how much of each pixel is covered, with background, light and noise removed.

The background is a smooth surface, fitted robustly to the pixels near it; ink is what differs from it by more than
the noise. This works for bright ink on dark, dark ink on bright, and for light that falls unevenly.
"""

import functools

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from nn.ops.otsu import otsu

#: A picture is reduced to this longer side, in pixels: a digit a tenth of it still fills its box of 20 pixels.
WORKING_SIDE = 320

#: The background is fitted at this size, in pixels, in at most this many rounds.
BACKGROUND_SIDE = 48
BACKGROUND_ROUNDS = 10

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
    picture = reduced(as_unit(gray), side)
    background, bright = smooth_background(picture)
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


def smooth_background(picture: np.ndarray) -> tuple[np.ndarray, bool]:
    """The smooth surface (H, W), float32, behind a picture's ink, and whether the ink is brighter."""
    coefficients, foreground = _fit_background(reduced(picture, BACKGROUND_SIDE))
    background = (coefficients @ _quadratic_terms(*picture.shape)).reshape(picture.shape)
    return background, bool(foreground.sum() >= 0)


def as_unit(gray: ArrayLike) -> np.ndarray:
    """The picture as float32 in [0, 1]."""
    picture = np.asarray(gray)
    if picture.ndim != 2 or not picture.size or picture.dtype.kind not in "buf":
        raise ValueError(f"picture: expected a plane of uint8 or floats, got {picture.dtype} {picture.shape}")
    scale = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
    if not ((picture >= 0) & (picture <= scale)).all():
        raise ValueError(f"picture: expected numbers from 0 to {scale}, got others")
    return (picture / np.float32(scale)).astype(np.float32, copy=False)


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """The picture with its longer side at most about ``side``, by means of square blocks."""
    factor = -(-max(picture.shape) // side)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def solid_level(ink: np.ndarray, clear: int = 0) -> np.float32:
    """The level of solid ink: the 90th percentile of the foreground.

    Args:
        ink: the levels.
        clear: how many zeros there are besides.
    """
    solid = ink[ink > otsu(ink.ravel(), clear)] if ink.size else ink
    return _percentile_90(solid) if solid.size else np.float32(0)


def noise_level(difference: np.ndarray) -> float:
    """The standard deviation of the background, from the median absolute deviation."""
    size = np.abs(difference)
    return 1.4826 * _median(size[size <= otsu(size.ravel(), 0)])


def _fit_background(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The background, a polynomial of degree 2, fitted repeatedly to the pixels near the last fit.

    Returns:
        The six coefficients, and the differences (K,) of the pixels that are not near it.
    """
    terms, values = _quadratic_terms(*picture.shape), picture.ravel()
    rows = np.vstack([terms, values]).astype(np.float64)
    near = _likely_background(picture).ravel()
    for _ in range(BACKGROUND_ROUNDS):
        products = (rows * near) @ rows.T  # the normal equations: for so few columns, BLAS starts no threads
        coefficients = np.linalg.lstsq(products[:-1, :-1], products[:-1, -1], rcond=1e-12)[0].astype(np.float32)
        difference = values - coefficients @ terms
        distance = np.abs(difference)
        deviation = 1.4826 * _median(distance[near])
        before, near = near, distance <= max(3 * deviation, 0.02)
        if (near == before).all():
            break
    return coefficients, difference[~near]


def _likely_background(picture: np.ndarray) -> np.ndarray:
    """A mask of the shade, bright or dark, that most of the border has; in uneven light a part of the background."""
    bright = picture > otsu(picture.flatten(), 0)
    inner = bright[1:-1, 1:-1]
    on_border = np.count_nonzero(bright) - np.count_nonzero(inner)
    return bright if 2 * on_border > bright.size - inner.size else ~bright


@functools.lru_cache(maxsize=8)
def _quadratic_terms(height: int, width: int) -> np.ndarray:
    """1, x, y, x^2, xy, y^2 of every pixel, (6, H * W) float32; x and y run from -1 to 1."""
    y, x = np.meshgrid(*(((np.arange(n) + 0.5) * 2 / n - 1) for n in (height, width)), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).reshape(6, -1).astype(np.float32)


def _percentile_90(values: np.ndarray) -> np.float32:
    """The 90th percentile of values (n,), n > 0, which are reordered: `numpy.percentile`, without its checks."""
    place = (len(values) - 1) * 0.9
    lower = int(place)
    upper = min(lower + 1, len(values) - 1)
    values.partition([lower, upper])
    share, step = place - lower, values[upper] - values[lower]
    return values[lower] + step * share if share < 0.5 else values[upper] - step * (1 - share)


def _median(values: np.ndarray) -> float:
    """The median of values (n,), n > 0, which are reordered: `numpy.median`, without its checks."""
    middle = len(values) // 2
    values.partition([max(middle - 1, 0), middle])
    return float(values[middle] if len(values) % 2 else np.mean(values[middle - 1 : middle + 1]))

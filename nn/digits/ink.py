"""A picture's ink: how much of each pixel is covered, with background, light and noise removed.

The background is a smooth surface, fitted robustly to the pixels near it; ink is what differs from it by more than
the noise. This works for bright ink on dark, dark ink on bright, and for light that falls unevenly.
"""

import functools

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

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
    difference = np.maximum(difference - 3 * noise, 0)
    if solid_level(difference) < max(MIN_CONTRAST, 3 * noise):
        return np.zeros_like(picture)
    # Weak light reduces the ink's difference and the paper's brightness alike, so use the ratio of the two.
    ink = difference / np.maximum(1 - background if bright else background, MIN_CONTRAST)
    return np.minimum(ink / solid_level(ink), 1)


def smooth_background(picture: np.ndarray) -> tuple[np.ndarray, bool]:
    """The smooth surface (H, W), float32, behind a picture's ink, and whether the ink is brighter."""
    coefficients, foreground = _fit_background(reduced(picture, BACKGROUND_SIDE))
    background = (_quadratic_terms(*picture.shape) @ coefficients).reshape(picture.shape)
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


def solid_level(ink: np.ndarray) -> np.float32:
    """The level of solid ink: the 90th percentile of the foreground."""
    solid = ink[ink > _otsu(ink)]
    return np.float32(np.percentile(solid, 90)) if solid.size else np.float32(0)


def noise_level(difference: np.ndarray) -> float:
    """The standard deviation of the background, from the median absolute deviation."""
    size = np.abs(difference)
    return 1.4826 * float(np.median(size[size <= _otsu(size)]))


def _fit_background(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The background, a polynomial of degree 2, fitted repeatedly to the pixels near the last fit.

    Returns:
        The six coefficients, and the differences (K,) of the pixels that are not near it.
    """
    terms, values = _quadratic_terms(*picture.shape), picture.ravel()
    rows = np.vstack([terms.T, values]).astype(np.float64)
    near = _likely_background(picture).ravel()
    for _ in range(BACKGROUND_ROUNDS):
        products = (rows * near) @ rows.T  # the normal equations: for so few columns, BLAS starts no threads
        coefficients = np.linalg.lstsq(products[:-1, :-1], products[:-1, -1], rcond=1e-12)[0].astype(np.float32)
        difference = values - terms @ coefficients
        distance = np.abs(difference)
        deviation = 1.4826 * float(np.median(distance[near]))
        before, near = near, distance <= max(3 * deviation, 0.02)
        if (near == before).all():
            break
    return coefficients, difference[~near]


def _likely_background(picture: np.ndarray) -> np.ndarray:
    """A mask of the shade, bright or dark, that most of the border has; in uneven light a part of the background."""
    bright = picture > _otsu(picture)
    inner = bright[1:-1, 1:-1]
    on_border = np.count_nonzero(bright) - np.count_nonzero(inner)
    return bright if 2 * on_border > bright.size - inner.size else ~bright


@functools.lru_cache(maxsize=8)
def _quadratic_terms(height: int, width: int) -> np.ndarray:
    """1, x, y, x^2, xy, y^2 of every pixel, (H * W, 6) float32; x and y run from -1 to 1."""
    y, x = np.meshgrid(*(((np.arange(n) + 0.5) * 2 / n - 1) for n in (height, width)), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6).astype(np.float32)


#: The edges of the bins of a histogram, as shares of the greatest value.
_STEPS = np.linspace(0, 1, 257)


def _otsu(values: np.ndarray) -> float:
    """The threshold that splits values >= 0 into the two classes with the greatest variance between them.

    Equal values are all below it.

    Source: N. Otsu, "A Threshold Selection Method from Gray-Level Histograms" (1979).
    """
    greatest = max(float(values.max()), 1e-6)
    bins = np.minimum((values.ravel() * np.float32(256 / greatest)).astype(np.intp), 255)
    counts = np.bincount(bins, minlength=256)
    edges = _STEPS * greatest
    below = np.cumsum(counts)
    above = below[-1] - below
    moment = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    gap = moment / np.maximum(below, 1) - (moment[-1] - moment) / np.maximum(above, 1)
    between = below * above * gap**2
    return float(edges[1 + np.argmax(between)] if between.any() else edges[-1])

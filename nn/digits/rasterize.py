"""Ink as the 28x28 image that MNIST would have made of it.

MNIST's digits were scaled, in their proportions, to fit a box of 20x20 pixels, antialiased, and moved so that
their centre of mass came to the middle of 28x28. Strokes are drawn anew at that size, so neither the size
of the drawing nor the window's brush matters; a picture is freed of its background, cropped and resampled, or drawn
anew if its pen was much thinner or thicker than MNIST's.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits". The constants below were
measured on its training images.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from nn.digits.skeletonize import thin, to_strokes
from nn.digits.strokes import DOT, Stroke, as_strokes, bounds, transform
from nn.ops import segment_distance as pen

SIDE = 28
BOX = 20

#: Where the centre of mass lies, as a pixel's index: 14.0 in the mean, evenly spread from 13.5 to 14.5.
CENTRE = 14.0

#: How far a digit may move from the middle: to where its box meets the edge.
MARGIN = (SIDE - BOX) / 2

#: Width of the pen, in pixels, and of its edge, over which coverage falls from 1 to 0, half of it outside.
#: In MNIST a line is 2.4 pixels wide, as twice the ink over the total variation, and 39 % of the inked pixels are
#: full; this pen gives 2.4 and 35 % on pen-drawn digits.
PEN_WIDTH = 2.4
PEN_EDGE = 1.2

#: Points nearer than this along the stroke, in pixels, are dropped: nobody sees them.
STEP = 0.5

#: More ink than fills the box many times is thinned to so many steps.
MAX_STEPS = 800

#: A picture's longer side, in pixels, while ink is sought; a digit a tenth of it fills its box.
WORKING_SIDE = 320

#: The background is smooth: it shows at this size, in pixels, and settles in a few rounds.
BACKGROUND_SIDE = 48
BACKGROUND_ROUNDS = 10

#: What differs less from the background, 1 being black from white, is no ink but paper.
MIN_CONTRAST = 0.1

#: Ink whose pen is narrower than this, in pixels of the image, is drawn anew, and pared if it is wider than that; of
#: MNIST's, 22 % are narrower and 12 % wider.
THIN_PEN, THICK_PEN = 2.0, 3.2

#: As wide as this, for its height, is a dot and no line.
BLOB = 0.4 * BOX

#: Ink is thinned at a size where its pen is so many pixels wide, and pared where the box is so many times as large.
THINNED_PEN = 4.0
PARING_SCALE = 4

RESAMPLING = Image.Resampling.BICUBIC


def strokes_to_image(strokes: Iterable[ArrayLike]) -> np.ndarray:
    """Draw strokes as MNIST's digits are drawn.

    Args:
        strokes: arrays (n, 2) of points, n >= 1, x right and y down, any unit, any place. A tap is one point.

    Returns:
        (28, 28) float32 in [0, 1]; zeros where there are no strokes.

    Raises:
        ValueError: a stroke is empty or not pairs of finite numbers.
    """
    strokes = as_strokes(strokes)
    if not strokes:
        return np.zeros((SIDE, SIDE), np.float32)
    starts, ends = _segments(_simplified(_fitted(strokes)))
    # MNIST moved its digits by whole pixels, but networks trained on it read better what is moved exactly:
    # 93.75 % against 93.51 % of pen-drawn digits, the mean of four networks.
    shift = _to_centre(_drawn(starts, ends))
    return _drawn(starts + shift, ends + shift)


def _fitted(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes in pixels: all that the pen touches fills the box, in the image's middle. A dot stays one."""
    low, high = bounds(strokes)
    extent = float((high - low).max())
    scale = (BOX - PEN_WIDTH - PEN_EDGE) / extent if extent > DOT else 1.0
    return transform(strokes, scale, (SIDE - 1) / 2 - scale * (low + high) / 2)


def _simplified(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes without the points that lie less than a step beyond another; both ends stay."""
    if all(len(stroke) <= 2 for stroke in strokes):
        return strokes
    lengths = [np.cumsum(np.hypot(*np.diff(stroke, axis=0, prepend=stroke[:1]).T)) for stroke in strokes]
    step = max(STEP, sum(length[-1] for length in lengths) / MAX_STEPS)
    result = []
    for stroke, length in zip(strokes, lengths, strict=True):
        steps = np.floor(length / step)
        keep = np.diff(steps, prepend=-1.0) > 0
        keep[-1] = True
        result.append(stroke[keep])
    return result


def _segments(strokes: Sequence[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """The starts and ends of all segments, each (S, 2) float32; a single point is one of no length."""
    starts = np.concatenate([stroke[: max(len(stroke) - 1, 1)] for stroke in strokes])
    ends = np.concatenate([stroke[min(len(stroke) - 1, 1) :] for stroke in strokes])
    return starts.astype(np.float32), ends.astype(np.float32)


def _drawn(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The image of segments: each pixel's coverage by a round pen, from its distance to the nearest segment."""
    square = np.empty((SIDE, SIDE), np.float32)
    pen.squares(starts, ends, (PEN_WIDTH + PEN_EDGE) / 2, square)
    coverage = (PEN_WIDTH / 2 - np.sqrt(square)) / PEN_EDGE + 0.5
    return np.clip(coverage, 0, 1).astype(np.float32)


def _to_centre(image: np.ndarray) -> np.ndarray:
    """The shift (x, y), float32, that brings the centre of mass to the middle; the box stays inside."""
    positions = np.arange(SIDE)
    mass = np.array([image.sum(axis=0) @ positions, image.sum(axis=1) @ positions]) / image.sum()
    return np.clip(CENTRE - mass, -MARGIN, MARGIN).astype(np.float32)


def picture_to_image(gray: ArrayLike) -> np.ndarray:
    """Bring the picture of one digit to the form of MNIST's.

    Bright ink on dark and dark ink on bright are told apart by the background: the smooth part that most of
    the border belongs to, so some must be left around the digit. Light from one side does no harm.

    Args:
        gray: (H, W), any size; uint8 (or wider, its range used in full), booleans, or floats in [0, 1].

    Returns:
        (28, 28) float32 in [0, 1]; zeros where no ink stands out.

    Raises:
        ValueError: the picture is not a plane of such numbers.
    """
    return ink_to_image(picture_to_ink(gray))


def picture_to_ink(gray: ArrayLike, side: int = WORKING_SIDE) -> np.ndarray:
    """What of a picture is ink: background and light taken away.

    Args:
        gray: as ``picture_to_image`` takes it.
        side: the picture's longer side is reduced to about so many pixels.

    Returns:
        (H, W) float32 in [0, 1]; zeros where no ink stands out.

    Raises:
        ValueError: the picture is not a plane of such numbers.
    """
    return _ink(_reduced(_as_unit(gray), side))


def ink_to_image(ink: np.ndarray) -> np.ndarray:
    """Bring ink (H, W), float32 in [0, 1], to the form of MNIST's: (28, 28) float32, zeros if there is none."""
    extent = ink_extent(ink)
    if extent is None:
        return np.zeros((SIDE, SIDE), np.float32)
    ink = ink[extent]
    box = _fitted_to_box(ink)
    width = pen_width(box)
    if width > BLOB:
        return strokes_to_image(np.zeros((1, 1, 2)))  # a dot
    if width < THIN_PEN:
        return strokes_to_image(_thinned(ink, width))
    return _pasted(box if width <= THICK_PEN else _fitted_to_box(_pared(ink, width)))


def ink_extent(ink: np.ndarray) -> tuple[slice, slice] | None:
    """The rows and columns that ink (H, W) lies in, half-inked edges included; None if there is none."""
    rows, columns = _extent(ink.max(axis=1, initial=0)), _extent(ink.max(axis=0, initial=0))
    return None if rows is None or columns is None else (rows, columns)


def _as_unit(gray: ArrayLike) -> np.ndarray:
    """The picture as float32 in [0, 1]."""
    picture = np.asarray(gray)
    if picture.ndim != 2 or not picture.size or picture.dtype.kind not in "buf":
        raise ValueError(f"picture: expected a plane of uint8 or floats, got {picture.dtype} {picture.shape}")
    scale = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
    if not ((picture >= 0) & (picture <= scale)).all():
        raise ValueError(f"picture: expected numbers from 0 to {scale}, got others")
    return (picture / np.float32(scale)).astype(np.float32)


def _reduced(picture: np.ndarray, side: int = WORKING_SIDE) -> np.ndarray:
    """The picture with its longer side at most about ``side``, by means of square blocks."""
    factor = -(-max(picture.shape) // side)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def _ink(picture: np.ndarray) -> np.ndarray:
    """How much ink covers each pixel, 0 to 1: its difference from the background, towards the ink.

    Light that falls unevenly dims the ink's difference as it dims the paper, so what counts is the part of the way
    to black, or to white for bright ink. All zeros where nothing stands out of the noise by ``MIN_CONTRAST``.
    """
    coefficients, others = _background(_reduced(picture, BACKGROUND_SIDE))
    background = _surface(coefficients, *picture.shape)
    bright = others.sum() >= 0
    difference = picture - background if bright else background - picture
    noise = _noise(difference)
    difference = np.maximum(difference - 3 * noise, 0)
    if _solid_level(difference) < max(MIN_CONTRAST, 3 * noise):
        return np.zeros_like(picture)
    ink = difference / np.maximum(1 - background if bright else background, MIN_CONTRAST)
    return np.minimum(ink / _solid_level(ink), 1)


def _solid_level(ink: np.ndarray) -> np.float32:
    """How far solid ink differs: nine in ten of what is not background differ less."""
    solid = ink[ink > _otsu(ink)]
    return np.float32(np.percentile(solid, 90)) if solid.size else np.float32(0)


def _noise(difference: np.ndarray) -> float:
    """The standard deviation of the background, from the median of what differs little."""
    size = np.abs(difference)
    return 1.4826 * float(np.median(size[size <= _otsu(size)]))


def _background(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The smooth background, a surface of second degree, and what differs from it.

    Fitted to a first guess, then again and again to the pixels near it, until ink has no say in it.

    Returns:
        The surface's six coefficients, and the differences (K,) of the pixels that are not near it.
    """
    terms, values = _quadratic_terms(*picture.shape), picture.ravel()
    near = _likely_background(picture).ravel()
    for _ in range(BACKGROUND_ROUNDS):
        coefficients = np.linalg.lstsq(terms[near], values[near], rcond=None)[0]
        difference = values - terms @ coefficients
        spread = 1.4826 * float(np.median(np.abs(difference[near])))
        before, near = near, np.abs(difference) <= max(3 * spread, 0.02)
        if (near == before).all():
            break
    return coefficients, difference[~near]


def _likely_background(picture: np.ndarray) -> np.ndarray:
    """A mask of the shade, bright or dark, that most of the border has; in uneven light a part of the background."""
    bright = picture > _otsu(picture)
    inner = bright[1:-1, 1:-1]
    on_border = np.count_nonzero(bright) - np.count_nonzero(inner)
    return bright if 2 * on_border > bright.size - inner.size else ~bright


def _quadratic_terms(height: int, width: int) -> np.ndarray:
    """1, x, y, x^2, xy, y^2 of every pixel, (H * W, 6) float32; x and y run over -1 to 1."""
    y, x = np.meshgrid(*(((np.arange(n) + 0.5) * 2 / n - 1) for n in (height, width)), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6).astype(np.float32)


def _surface(coefficients: np.ndarray, height: int, width: int) -> np.ndarray:
    return (_quadratic_terms(height, width) @ coefficients).reshape(height, width)


def _otsu(values: np.ndarray) -> float:
    """The threshold that parts values >= 0 into the two classes of greatest variance between them.

    Values that can't be told apart are all below it.

    Source: N. Otsu, "A Threshold Selection Method from Gray-Level Histograms" (1979).
    """
    counts, edges = np.histogram(values, bins=256, range=(0, max(float(values.max()), 1e-6)))
    below = np.cumsum(counts)
    above = below[-1] - below
    moment = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    gap = moment / np.maximum(below, 1) - (moment[-1] - moment) / np.maximum(above, 1)
    between = below * above * gap**2
    return float(edges[1 + np.argmax(between)] if between.any() else edges[-1])


def _extent(profile: np.ndarray) -> slice | None:
    """From the first to the last line of solid ink, and the half-inked line beside each; None without ink."""
    solid = np.flatnonzero(profile >= 0.5)
    if not solid.size:
        return None
    first, last = int(solid[0]), int(solid[-1])
    first -= first > 0 and profile[first - 1] > 0
    last += last + 1 < len(profile) and profile[last + 1] > 0
    return slice(first, last + 1)


def pen_width(ink: np.ndarray) -> float:
    """How wide the pen was, in pixels: a line's area, twice over, by the length of its edge."""
    padded = np.pad(ink, 1)
    return 2 * float(padded.sum() / np.hypot(np.diff(padded)[:-1], np.diff(padded, axis=0)[:, :-1]).sum())


def _thinned(ink: np.ndarray, width: float) -> list[Stroke]:
    """The lines that a pen drew, so wide as it is in the box."""
    return to_strokes(thin(_resized(ink, max(BOX, round(BOX * THINNED_PEN / width))) > 0.5))


def _pared(ink: np.ndarray, width: float) -> np.ndarray:
    """Ink without its rim, so that what a pen drew so wide, in the box, is as wide as MNIST's lines."""
    mask = np.pad(_resized(ink, PARING_SCALE * BOX) > 0.5, 1)
    rim = PARING_SCALE * (width - PEN_WIDTH) / 2
    pared = np.clip(_depth(mask) - rim + 0.5, 0, 1)
    extent = ink_extent(pared)
    return ink if extent is None else pared[extent]


def _depth(mask: np.ndarray) -> np.ndarray:
    """How far each pixel of a mask, clear at its border, is from the nearest that is clear; float32."""
    height = mask.shape[0]
    rows, columns = (np.arange(n, dtype=np.float32) for n in mask.shape)
    up = rows[:, None] - np.maximum.accumulate(np.where(mask, 0, rows[:, None]))
    down = np.minimum.accumulate(np.where(mask, height, rows[:, None])[::-1])[::-1] - rows[:, None]
    across = np.minimum(up, down) ** 2
    return np.sqrt((across[:, None, :] + (columns[:, None] - columns) ** 2).min(axis=2)).astype(np.float32)


def _fitted_to_box(ink: np.ndarray) -> np.ndarray:
    """Ink resampled, so that its longer side is that of the box; the fullest becomes 1, as in MNIST."""
    ink = _resized(ink, BOX)
    return ink / ink.max()


def _resized(ink: np.ndarray, side: int) -> np.ndarray:
    """Ink with its longer side ``side``."""
    height, width = (max(1, round(n * side / max(ink.shape))) for n in ink.shape)
    if ink.shape == (height, width):
        return ink
    return np.asarray(Image.fromarray(ink).resize((width, height), RESAMPLING)).clip(0, 1)


def _pasted(box: np.ndarray) -> np.ndarray:
    """The box in the image, by whole pixels, its centre of mass as near to the middle as the edges allow."""
    corner = []
    for axis, size in enumerate(box.shape):
        mass = box.sum(axis=1 - axis) @ np.arange(size) / box.sum()
        corner.append(int(np.clip(np.rint(CENTRE - mass), 0, SIDE - size)))
    image = np.zeros((SIDE, SIDE), np.float32)
    top, left = corner
    image[top : top + box.shape[0], left : left + box.shape[1]] = box
    return image

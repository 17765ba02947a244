"""Rasterizes strokes to 28x28 images, by the method of MNIST.

MNIST scaled its digits, in their proportions, to fit a box of 20x20 pixels, and moved their centre of mass to the
middle of 28x28. Strokes are drawn at that size with a pen as wide as MNIST's, so neither the size of the drawing nor
the brush of the window matters. `normalize.py` does the same for pictures.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits". The constants below were
measured on its training images.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nn.deprecation import deprecated_names
from nn.digits.strokes import DOT, Stroke, as_strokes, bounds, transform
from nn.ops.segment_distance import squared_distance

#: Sides of the image and of the box that the digit fits, in pixels.
SIDE = 28
BOX = 20

#: Where the centre of mass lies, as a pixel's index: 14.0 in the mean, evenly distributed from 13.5 to 14.5.
CENTRE = 14.0

#: How far a digit may move from the middle: to where its box meets the edge.
MARGIN = (SIDE - BOX) / 2

#: Width of the pen, in pixels, and of its edge, over which coverage falls from 1 to 0, half of it outside.
#: In MNIST a line is 2.4 pixels wide, as twice the ink over the total variation, and 39 % of the inked pixels are
#: full; this pen gives 2.4 and 35 % on pen-drawn digits.
PEN_WIDTH = 2.4
PEN_EDGE = 1.2

#: Points closer than this along the stroke, in pixels, are dropped: the difference is not visible.
STEP = 0.5

#: Long scribbles are resampled to about this many steps.
MAX_STEPS = 800


def strokes_to_image(strokes: Iterable[ArrayLike]) -> np.ndarray:
    """Draw strokes as MNIST's digits are drawn.

    Args:
        strokes: arrays (n, 2) of points, n >= 1, x right and y down, any unit, any place. A tap is one point.

    Returns:
        (28, 28) float32 in [0, 1]; zeros where there are no strokes.

    Raises:
        ValueError: a stroke is empty or not pairs of finite numbers.

    >>> image = strokes_to_image([[(0, 0), (0, 50), (0, 100)]])
    >>> image.shape, image.dtype
    ((28, 28), dtype('float32'))
    """
    strokes = as_strokes(strokes)
    if not strokes:
        return np.zeros((SIDE, SIDE), np.float32)
    return _draw_centred(*_segments(_resample(_fit_to_box(strokes))))


def segments_to_image(segments: np.ndarray) -> np.ndarray:
    """Draw line segments, (S, 2, 2), as `strokes_to_image` draws strokes of two points."""
    if not len(segments):
        return np.zeros((SIDE, SIDE), np.float32)
    scale, offset = _placement(segments.min(axis=(0, 1)), segments.max(axis=(0, 1)))
    placed = (segments * scale + offset).astype(np.float32)
    return _draw_centred(np.ascontiguousarray(placed[:, 0]), np.ascontiguousarray(placed[:, 1]))


def _draw_centred(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The image of segments that fill the box, moved so that their centre of mass is in the middle."""
    # MNIST moved its digits by whole pixels, but networks trained on it read digits that are centred exactly better:
    # 93.75 % against 93.51 % of pen-drawn digits, the mean of four networks.
    shift = _shift_to_centre(_draw(starts, ends))
    return _draw(starts + shift, ends + shift)


def _fit_to_box(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes in pixels, scaled so that their ink fills the box in the middle of the image. A dot stays a dot."""
    return transform(strokes, *_placement(*bounds(strokes)))


def _placement(low: np.ndarray, high: np.ndarray) -> tuple[float, np.ndarray]:
    """The scale and the offset (x, y) that bring ink between these corners into the box."""
    extent = float((high - low).max())
    scale = (BOX - PEN_WIDTH - PEN_EDGE) / extent if extent > DOT else 1.0
    return scale, (SIDE - 1) / 2 - scale * (low + high) / 2


def _resample(strokes: list[Stroke]) -> list[Stroke]:
    """Strokes without the points that are less than a step beyond another; both ends stay."""
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
    """The starts and ends of all segments, each (S, 2) float32; a single point is a segment of length 0."""
    starts = np.concatenate([stroke[: max(len(stroke) - 1, 1)] for stroke in strokes])
    ends = np.concatenate([stroke[min(len(stroke) - 1, 1) :] for stroke in strokes])
    return starts.astype(np.float32), ends.astype(np.float32)


def _draw(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The image of segments: each pixel's coverage by a round pen, from its distance to the nearest segment."""
    square = np.empty((SIDE, SIDE), np.float32)
    squared_distance(starts, ends, (PEN_WIDTH + PEN_EDGE) / 2, square)
    coverage = (PEN_WIDTH / 2 - np.sqrt(square)) / PEN_EDGE + 0.5
    return np.clip(coverage, 0, 1).astype(np.float32)


def _shift_to_centre(image: np.ndarray) -> np.ndarray:
    """The shift (x, y), float32, that brings the centre of mass to the middle; the box stays inside."""
    positions = np.arange(SIDE)
    mass = np.array([image.sum(axis=0) @ positions, image.sum(axis=1) @ positions]) / image.sum()
    return np.clip(CENTRE - mass, -MARGIN, MARGIN).astype(np.float32)


__getattr__ = deprecated_names(__name__, {"picture_to_image": "nn.digits.normalize:picture_to_image"})

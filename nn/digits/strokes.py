"""Strokes and their geometry: checks, bounds, scaling and placing.

A stroke is the path of the pen from where it touches the paper to where it leaves it. Coordinates are in any unit,
x to the right and y down. A sample is a list of strokes.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nn import checks
from nn.deprecation import deprecated_names

CLASSES = 10

#: The largest valid coordinate: differences between larger numbers lose precision.
MAX_COORDINATE = 1e9

#: Strokes of a smaller extent are a dot: the differences between their points are rounding errors.
DOT = 1e-9

#: Points of one stroke in the order of drawing: (n, 2) float64, n >= 1; a tap is one point.
Stroke = np.ndarray

#: The strokes of one drawing, in the order of drawing.
Sample = list[Stroke]


def as_strokes(strokes: Iterable[ArrayLike]) -> list[Stroke]:
    """Check and convert strokes: arrays, lists or tuples of points.

    Returns:
        A list of (n, 2) float64 arrays, n >= 1.

    Raises:
        ValueError: a stroke is empty or not pairs of numbers, or a coordinate is NaN, infinite or beyond
            ``MAX_COORDINATE``.
    """
    result = []
    if not isinstance(strokes, Iterable):
        raise ValueError(f"strokes: expected a list of arrays (n, 2), got {checks.shown(strokes)}")
    for number, stroke in enumerate(strokes, start=1):
        try:
            if isinstance(stroke, np.ndarray) and stroke.dtype.kind == "c":
                raise TypeError
            points = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"stroke {number}: expected points (n, 2), found something else") from None
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(f"stroke {number}: expected points (n, 2) with n >= 1, found shape {points.shape}")
        if not within_limits(points):
            raise ValueError(f"stroke {number}: expected numbers within {MAX_COORDINATE:g}, found another")
        result.append(points)
    return result


def bounds(strokes: Sequence[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """The corners of the box around all points: least and greatest (x, y), each (2,).

    Raises:
        ValueError: there are no strokes.
    """
    strokes = checks.sequence("bounds: strokes", strokes, np.ndarray)
    points = np.concatenate(strokes)
    return points.min(axis=0), points.max(axis=0)


def transform(strokes: Sequence[Stroke], matrix: ArrayLike, offset: ArrayLike = (0.0, 0.0)) -> list[Stroke]:
    """Every point ``p`` as ``matrix @ p + offset``; ``matrix`` is (2, 2), or a number to scale by."""
    matrix = np.asarray(matrix, np.float64)
    linear = matrix if matrix.ndim else matrix * np.eye(2)
    return [stroke @ linear.T + np.asarray(offset, np.float64) for stroke in strokes]


def place(strokes: Sequence[Stroke], size: float, corner: ArrayLike) -> list[Stroke]:
    """Scale the longer side to ``size``, keeping proportions, and put the upper left at ``corner`` (x, y).

    A dot stays a dot.
    """
    size = checks.number("place: size", size, 0)
    low, high = bounds(strokes)
    extent = float((high - low).max())
    scale = size / extent if extent > DOT else 1.0
    return transform(strokes, scale, np.asarray(corner, np.float64) - scale * low)


def replay(sample: Iterable[ArrayLike], rng: np.random.Generator, canvas: float = 280.0) -> list[Stroke]:
    """Draw a sample again on a square canvas: 45 to 85 % of it large, anywhere on it.

    Args:
        sample: strokes in any unit.
        rng: draws the size and the place, both uniformly.
        canvas: side of the canvas.
    """
    strokes = place(as_strokes(sample), canvas * rng.uniform(0.45, 0.85), (0.0, 0.0))
    _, high = bounds(strokes)
    return transform(strokes, 1.0, rng.uniform(0.0, 1.0, 2) * (canvas - high))


def within_limits(points: np.ndarray) -> bool:
    """Whether all are finite and at most ``MAX_COORDINATE`` away; NaN compares false."""
    limit = np.float64(MAX_COORDINATE)  # more than a float16 can hold
    return bool(((points >= -limit) & (points <= limit)).all())


_FILES = ("Drawing", "read_drawing", "write_drawing", "read_stroke_set", "write_stroke_set")
__getattr__ = deprecated_names(
    __name__,
    {"StrokeSet": "nn.digits.stroke_set:StrokeSet"} | {name: f"nn.digits.stroke_files:{name}" for name in _FILES},
)

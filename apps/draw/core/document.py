"""The document: ink or a picture, immutable.

Ink is strokes, a stroke is points and a width, a point is ``(x, y)`` in canvas units, x to the right and y down.
Documents share their strokes. So an entry of the undo stack only adds its new points (16 bytes each), its new stroke
(about 300 bytes) and 8 bytes for each earlier stroke.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.draw.core.points import Points

#: Height of the canvas, and width of the square one, in canvas units: ten for each pixel of an MNIST image.
CANVAS = 280.0
#: Width of the canvas for a line of digits.
LINE_WIDTH = 4 * CANVAS

#: Widths of the brush, in canvas units; the middle one is two pixels of the network's 28.
BRUSHES = (6.0, 10.0, 14.0, 20.0, 28.0, 38.0, 50.0)
BRUSH = 20.0


class BrushStroke(NamedTuple):
    """The ink that the pen draws from the moment it comes down until it goes up."""

    points: Points  # at least one, in the order of drawing; a tap has one
    width: float = BRUSH


Strokes = tuple[BrushStroke, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that was opened, pasted or taken from MNIST."""

    gray: np.ndarray  # (H, W), as ``Recognizer.recognize_image`` takes it
    name: str  # where it comes from
    prepared: bool = False  # whether it has MNIST's format, so that the network takes it unchanged


class Document(NamedTuple):
    """What the canvas shows: strokes, or a picture instead."""

    strokes: Strokes = ()
    picture: Picture | None = None
    label: int | None = None  # the digit that it shows, if known

    @property
    def blank(self) -> bool:
        """Whether the canvas is empty."""
        return not self.strokes and self.picture is None


def count(strokes: Strokes) -> int:
    """The number of all points."""
    return sum(len(stroke.points) for stroke in strokes)


def beginning(strokes: Strokes, points: int) -> Strokes:
    """The first ``points`` points of the ink."""
    result: list[BrushStroke] = []
    for stroke in strokes:
        if points <= 0:
            break
        result.append(stroke if points >= len(stroke.points) else stroke._replace(points=stroke.points[:points]))
        points -= len(stroke.points)
    return tuple(result)


def fit_strokes(strokes: Sequence[np.ndarray], size: tuple[float, float], area: tuple[float, float]) -> Strokes:
    """Scale strokes to a canvas.

    Args:
        strokes: (n, 2) arrays.
        size: width and height of the canvas.
        area: width and height of the surface they were drawn on. Strokes that leave it are centred on the canvas.
    """
    if not strokes:
        return ()
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    within = (low >= 0).all() and (high <= area).all()
    if within:
        scale = min(size[0] / area[0], size[1] / area[1])
        offset = (np.array(size) - scale * np.array(area)) / 2
    else:
        extent = high - low
        scale = 0.8 * min(size[axis] / extent[axis] if extent[axis] > 1e-9 else math.inf for axis in (0, 1))
        scale = scale if math.isfinite(scale) else 1.0  # a dot
        offset = np.array(size) / 2 - scale * (low + high) / 2
    moved = [np.clip(stroke * scale + offset, 0.0, size) for stroke in strokes]
    return tuple(BrushStroke(Points(stroke)) for stroke in moved)

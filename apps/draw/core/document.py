"""The document: ink or a picture, immutable.

Ink is strokes, a stroke is points and a width, a point is ``(x, y)`` in canvas units, x to the right and y down.
Documents share their strokes, so that undo keeps each of them for what is new in it: 16 bytes a point, about 300 a
stroke, and 8 for each earlier stroke.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from apps.draw.core.points import Point, Points

#: Height of the canvas, and width of the square one, in canvas units: ten for each pixel of an MNIST image.
CANVAS = 280.0
#: Width of the canvas for a line of digits.
LINE_WIDTH = 4 * CANVAS

#: Widths of the brush, in canvas units; the middle one is two pixels of the network's 28.
BRUSHES = (6.0, 10.0, 14.0, 20.0, 28.0, 38.0, 50.0)
BRUSH = 20.0


class BrushStroke(NamedTuple):
    """Ink from where the pen came down to where it went up."""

    points: Points  # in the order of drawing, one or more; a tap is one
    width: float = BRUSH


Strokes = tuple[BrushStroke, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that was opened, pasted or taken from MNIST."""

    gray: np.ndarray  # (H, W), as ``Recognizer.recognize_image`` takes it
    name: str  # where it is from
    prepared: bool = False  # whether it has MNIST's form, and goes to the network as it is


class Document(NamedTuple):
    """What the canvas shows: strokes, or a picture in their place."""

    strokes: Strokes = ()
    picture: Picture | None = None
    label: int | None = None  # the digit that it shows, if that is known

    @property
    def blank(self) -> bool:
        """Whether it is empty."""
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
        area: width and height of what they were drawn on; if they go beyond it, they are centred on the canvas.
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


def clip_segment(start: Point, end: Point, size: Point = (CANVAS, CANVAS)) -> tuple[Point, Point] | None:
    """The part of a segment that lies on a canvas of that size, or None.

    An end that is on the canvas is returned exactly as it is.
    """
    interval = _in_box(start, end, (0.0, 0.0), size)
    if interval is None:
        return None

    def at(part: float) -> Point:
        x, y = (min(max(value, 0.0), limit) for value, limit in zip(_between(start, end, part), size, strict=True))
        return x, y

    enter, leave = interval
    return start if enter == 0.0 else at(enter), end if leave == 1.0 else at(leave)


def erase(strokes: Strokes, start: Point, end: Point, radius: float) -> Strokes:
    """The strokes without what an eraser of that radius touched on its way from ``start`` to ``end``.

    Strokes are cut where the eraser's edge meets their centre line. Untouched strokes are the same objects; if it
    touched none, the result is ``strokes`` itself.
    """
    result: list[BrushStroke] = []
    touched = False
    for stroke in strokes:
        pieces = _without(stroke, start, end, radius)
        touched |= pieces is not None
        result += [stroke] if pieces is None else pieces
    return tuple(result) if touched else strokes


def _without(stroke: BrushStroke, start: Point, end: Point, radius: float) -> list[BrushStroke] | None:
    """What is left of a stroke; None if the eraser did not touch it."""
    points = stroke.points
    if not _near(points, start, end, radius):
        return None
    if len(points) == 1:
        return [] if covered(points[0], points[0], start, end, radius) else None
    pieces: list[list[Point]] = [[points[0]]]
    touched = False
    for a, b in pairwise(points):
        gap = covered(a, b, start, end, radius)
        if gap is None:
            pieces[-1].append(b)
            continue
        touched = True
        first, last = gap
        if first > 0.0:
            pieces[-1].append(_between(a, b, first))
        elif len(pieces[-1]) == 1:
            pieces[-1].clear()  # everything before it is erased
        pieces.append([_between(a, b, last), b] if last < 1.0 else [b])
    if not touched:
        return None
    if pieces[-1] == [points[-1]]:
        pieces.pop()  # only the point that the eraser reached is left
    return [BrushStroke(Points(piece), stroke.width) for piece in pieces if len(piece) > 1]


def _near(points: Sequence[Point], start: Point, end: Point, radius: float) -> bool:
    """Whether the bounding boxes of a stroke and of the eraser's path meet: most don't."""
    for axis in (0, 1):
        low, high = sorted((start[axis], end[axis]))
        values = [point[axis] for point in points]
        if min(values) > high + radius or max(values) < low - radius:
            return False
    return True


def covered(a: Point, b: Point, start: Point, end: Point, radius: float) -> tuple[float, float] | None:
    """The part of the segment from ``a`` to ``b``, as two numbers from 0 to 1, within ``radius`` of another segment.

    A capsule is convex, so the part is one interval: from the first to the last intersection with the discs at the
    capsule's ends and the box between them. None without an intersection.
    """
    spans = [_in_disc(a, b, start, radius)]
    length = math.dist(start, end)
    if length > 0.0:
        spans.append(_in_disc(a, b, end, radius))
        ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length

        def turned(p: Point) -> Point:
            x, y = p[0] - start[0], p[1] - start[1]
            return x * ux + y * uy, y * ux - x * uy

        spans.append(_in_box(turned(a), turned(b), (0.0, -radius), (length, radius)))
    found = [span for span in spans if span is not None]
    return (min(span[0] for span in found), max(span[1] for span in found)) if found else None


def _in_disc(a: Point, b: Point, centre: Point, radius: float) -> tuple[float, float] | None:
    x, y = a[0] - centre[0], a[1] - centre[1]
    dx, dy = b[0] - a[0], b[1] - a[1]
    square, half = dx * dx + dy * dy, x * dx + y * dy
    excess = x * x + y * y - radius * radius
    if square == 0.0:
        return (0.0, 1.0) if excess <= 0.0 else None
    discriminant = half * half - square * excess
    if discriminant < 0.0:
        return None
    root = math.sqrt(discriminant)
    first, last = max((-half - root) / square, 0.0), min((-half + root) / square, 1.0)
    return (first, last) if first <= last else None


def _in_box(a: Point, b: Point, low: Point, high: Point) -> tuple[float, float] | None:
    """Liang and Barsky (1984)."""
    first, last = 0.0, 1.0
    for axis in (0, 1):
        step = b[axis] - a[axis]
        if step == 0.0:
            if not low[axis] <= a[axis] <= high[axis]:
                return None
            continue
        near, far = sorted(((low[axis] - a[axis]) / step, (high[axis] - a[axis]) / step))
        first, last = max(first, near), min(last, far)
    return (first, last) if first <= last else None


def _between(a: Point, b: Point, part: float) -> Point:
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])

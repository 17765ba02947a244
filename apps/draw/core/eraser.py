"""The eraser, and clipping at the edges of the canvas: both cut segments."""

import math
from collections.abc import Sequence
from itertools import pairwise

from apps.draw.core.document import CANVAS, BrushStroke, Strokes
from apps.draw.core.points import Point, Points


def clip_segment(start: Point, end: Point, size: Point = (CANVAS, CANVAS)) -> tuple[Point, Point] | None:
    """The part of a segment that lies on a canvas of this size, or None.

    An end on the canvas is returned unchanged.
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
    """Erase what an eraser of this radius touches on its way from ``start`` to ``end``.

    Strokes are cut where the eraser's edge meets their centre line. Untouched strokes stay the same objects. If the
    eraser touches none, the result is ``strokes`` itself.
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
    """Whether the bounding boxes of a stroke and of the eraser's path meet, which is rare."""
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

        def rotated(p: Point) -> Point:
            x, y = p[0] - start[0], p[1] - start[1]
            return x * ux + y * uy, y * ux - x * uy

        spans.append(_in_box(rotated(a), rotated(b), (0.0, -radius), (length, radius)))
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

"""Antialiased ink: strokes as smooth curves on an array of pixels, whose values are the pen's coverage.

Where pieces of ink overlap, the larger coverage counts. So caps and joins are round, and no seam is visible.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from apps.draw.core.document import Strokes
from apps.draw.core.points import Point

#: A sharper turn than this is a corner, which is not smoothed.
CORNER = math.cos(math.radians(60.0))

#: Curves are drawn as lines of about this many pixels.
PIECE = 4.0

#: Left, top, width and height, in pixels.
Area = tuple[int, int, int, int]


def ink_coverage(strokes: Strokes, size: tuple[float, float], scale: float) -> np.ndarray:
    """How far ink covers each pixel.

    Args:
        strokes: the ink.
        size: width and height, in canvas units.
        scale: pixels for each unit.

    Returns:
        (H, W) uint8.
    """
    coverage = np.zeros((round(size[1] * scale), round(size[0] * scale)), np.uint8)
    for stroke in strokes:
        for index in range(max(1, len(stroke.points) - 1)):
            draw_curve(coverage, stroke.points, index, stroke.width, scale)
    return coverage


def draw_curve(coverage: np.ndarray, points: Sequence[Point], index: int, width: float, scale: float) -> list[Area]:
    """Draw the curve from point ``index`` to the next; a stroke's only point is a dot.

    Returns:
        Boxes around what was drawn; they may go beyond the array.
    """
    radius = max(width / 2 * scale, 0.5)
    pieces = curve(points, index, PIECE / scale)
    return [_stamp(coverage, [value * scale for value in (*a, *b)], radius) for a, b in pieces]


def _stamp(coverage: np.ndarray, ends: list[float], radius: float) -> Area:
    """Draw one straight piece in short parts, so that their bounding boxes have few pixels without ink."""
    ax, ay, bx, by = ends
    parts = max(1, math.ceil(math.hypot(bx - ax, by - ay) / (4 * radius)))
    dx, dy = (bx - ax) / parts, (by - ay) / parts
    reach = radius + 1.0
    for i in range(parts):
        x, y = ax + i * dx, ay + i * dy
        left, right = max(math.floor(min(x, x + dx) - reach), 0), math.ceil(max(x, x + dx) + reach)
        top, bottom = max(math.floor(min(y, y + dy) - reach), 0), math.ceil(max(y, y + dy) + reach)
        box = coverage[top : max(bottom, 0), left : max(right, 0)]
        rows = np.arange(box.shape[0], dtype=np.float32)[:, np.newaxis] + np.float32(top + 0.5 - y)
        columns = np.arange(box.shape[1], dtype=np.float32)[np.newaxis, :] + np.float32(left + 0.5 - x)
        np.maximum(box, (255.0 * capsule(columns, rows, (dx, dy), radius)).astype(np.uint8), out=box)
    return (
        math.floor(min(ax, bx) - reach), math.floor(min(ay, by) - reach),
        math.ceil(abs(bx - ax) + 2 * reach) + 1, math.ceil(abs(by - ay) + 2 * reach) + 1,
    )  # fmt: skip


def capsule(x: np.ndarray, y: np.ndarray, end: tuple[float, float], radius: float) -> np.ndarray:
    """Coverage of a round-capped stroke from the origin to ``end``; a disc where ``end`` is the origin.

    Args:
        x: the centres of the pixels, shape (1, W), float32.
        y: the same, shape (H, 1).
        end: the other end of the stroke's centre line.
        radius: half the stroke's width, in pixels.

    Returns:
        (H, W) float32 in [0, 1].
    """
    dx, dy = end
    length_squared = dx * dx + dy * dy
    if length_squared > 0.0:
        along = (x * (dx / length_squared) + y * (dy / length_squared)).clip(0.0, 1.0)
        x, y = x - along * dx, y - along * dy
    return (radius + 0.5 - np.sqrt(x * x + y * y)).clip(0.0, 1.0)


def curve(points: Sequence[Point], index: int, step: float) -> Iterator[tuple[Point, Point]]:
    """Lines of about ``step`` that make the curve from point ``index`` to the next.

    It is a cubic Bézier curve. Its handles are a third of the distance long and parallel to the line from the previous
    to the next point, as in a Catmull-Rom spline, so the curve goes through every point. At ends and corners the
    handles lie on the straight line. A straight curve is one line.
    """
    if len(points) == 1:
        yield points[0], points[0]
        return
    a, b = points[index], points[index + 1]
    length = math.dist(a, b)
    if length == 0.0:
        yield a, b
        return
    chord = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
    first = _direction(points, index) or chord
    last = _direction(points, index + 1) or chord
    bend = min(first[0] * chord[0] + first[1] * chord[1], last[0] * chord[0] + last[1] * chord[1])
    pieces = 1 if bend > 0.9995 else min(24, max(2, math.ceil(length / step)))
    third = length / 3
    c = (a[0] + first[0] * third, a[1] + first[1] * third)
    d = (b[0] - last[0] * third, b[1] - last[1] * third)
    before = a
    for piece in range(1, pieces + 1):
        t = piece / pieces
        s = 1 - t
        weights = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        here = b if piece == pieces else _mixed(weights, (a, c, d, b))
        yield before, here
        before = here


def _mixed(weights: tuple[float, float, float, float], points: tuple[Point, Point, Point, Point]) -> Point:
    x, y = (sum(w * p[axis] for w, p in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _direction(points: Sequence[Point], index: int) -> Point | None:
    """The unit tangent at a point; None at the ends and at corners."""
    if not 0 < index < len(points) - 1:
        return None
    before, here, after = points[index - 1], points[index], points[index + 1]
    into, out, across = math.dist(before, here), math.dist(here, after), math.dist(before, after)
    if 0.0 in (into, out, across):
        return None
    turn = (here[0] - before[0]) * (after[0] - here[0]) + (here[1] - before[1]) * (after[1] - here[1])
    if turn < CORNER * into * out:
        return None
    return (after[0] - before[0]) / across, (after[1] - before[1]) / across

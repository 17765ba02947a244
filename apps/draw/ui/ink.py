"""The canvas: strokes as smooth, antialiased ink, at the pixels the window really has."""

import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pygame

from apps.draw.core.document import Strokes
from apps.draw.core.points import Point
from apps.draw.ui.shapes import capsule
from apps.draw.ui.theme import DARK, Colour

#: A sharper turn than this is a corner, and stays one.
CORNER = math.cos(math.radians(60.0))

#: Curves are drawn as lines of about so many pixels.
PIECE = 4.0


class Ink:
    """A surface that shows a drawing, and draws only what is new.

    The surface has eight bits a pixel: how far ink covers it. Its palette makes colours of that. Overlapping
    pieces of a stroke take the larger coverage, so that caps and joins are round and no seam shows.

    Points are joined by curves. The last piece of a stroke bends anew with each point that follows, so it is drawn
    over what is settled, and taken off again.

    Args:
        size: of the surface, in pixels.
        unit: pixels for one unit of the canvas.
        paper, ink: the colours.
    """

    def __init__(self, size: tuple[int, int], unit: float, paper: Colour = DARK.paper, ink: Colour = DARK.ink) -> None:
        self.surface = pygame.Surface(size, depth=8)
        self.surface.set_palette(ramp(paper, ink))
        self._settled = np.zeros(size[::-1], np.uint8)
        self._unit = unit
        self._drawn: Strokes = ()
        self._segments = 0  # of the last stroke that are settled
        self._tail = pygame.Rect(0, 0, 0, 0)

    def show(self, drawing: Strokes) -> pygame.Rect:
        """Make the surface show ``drawing``; returns what changed of it, in pixels."""
        surface = pygame.surfarray.pixels2d(self.surface).T
        if drawing is self._drawn:
            return pygame.Rect(0, 0, 0, 0)
        if self._grows_to(drawing):
            changed, stroke, segment = self._tail, max(0, len(self._drawn) - 1), self._segments
            _copy(self._settled, surface, self._tail)
        else:
            self._settled.fill(0)
            surface.fill(0)
            changed, stroke, segment = self.surface.get_rect(), 0, 0
        self._tail, self._segments = pygame.Rect(0, 0, 0, 0), segment
        for number in range(stroke, len(drawing)):
            width, points = drawing[number].width, drawing[number].points
            is_last = number == len(drawing) - 1
            for index in range(segment, max(1, len(points) - 1)):
                tail = is_last and index + 2 >= len(points) > 1
                target = surface if tail else self._settled
                touched = self._draw(target, points, index, width)
                if tail:
                    self._tail = touched
                else:
                    _copy(self._settled, surface, touched)
                    self._segments = index + 1 if len(points) > 1 else 0
                changed = _union(changed, touched)
            segment = 0
            if not is_last:
                self._segments = 0
        self._drawn = drawing
        return changed

    def _grows_to(self, new: Strokes) -> bool:
        """Whether ``new`` is what is drawn, and more."""
        old = self._drawn
        if not old:
            return True
        last = len(old) - 1
        if len(new) <= last or new[:last] != old[:last] or new[last].width != old[last].width:
            return False
        return new[last].points[: len(old[last].points)] == old[last].points

    def _draw(self, coverage: np.ndarray, points: Sequence[Point], index: int, width: float) -> pygame.Rect:
        """Draw the curve from point ``index`` to the next; a stroke's only point is a dot."""
        radius = max(width / 2 * self._unit, 0.5)
        changed = pygame.Rect(0, 0, 0, 0)
        for a, b in curve(points, index, PIECE / self._unit):
            ends = [value * self._unit for value in (*a, *b)]
            changed = _union(changed, _stamp(coverage, ends, radius))
        return changed


def _stamp(coverage: np.ndarray, ends: list[float], radius: float) -> pygame.Rect:
    """Draw one straight piece, in parts so short that the boxes around them hold little else."""
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
    whole = pygame.Rect(
        math.floor(min(ax, bx) - reach),
        math.floor(min(ay, by) - reach),
        math.ceil(abs(bx - ax) + 2 * reach) + 1,
        math.ceil(abs(by - ay) + 2 * reach) + 1,
    )
    return whole.clip(pygame.Rect((0, 0), coverage.shape[::-1]))


def curve(points: Sequence[Point], index: int, step: float) -> Iterator[tuple[Point, Point]]:
    """Lines of about ``step`` that make the curve from point ``index`` to the next.

    A cubic Bézier curve, its handles a third of the way long and along the line from the point before to the point
    after (as in a Catmull-Rom spline), so that the curve goes through every point and never beyond. Ends and corners
    have handles along the straight line, and where all is straight, one line does.
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


@functools.lru_cache(maxsize=32)
def ramp(*stops: Colour) -> list[Colour]:
    """256 colours, from the first through the others to the last."""
    at = np.linspace(0, 255, len(stops))
    bands = [np.interp(np.arange(256), at, band).round().astype(int) for band in zip(*stops, strict=True)]
    return [(int(r), int(g), int(b)) for r, g, b in zip(*bands, strict=True)]


def _copy(source: np.ndarray, target: np.ndarray, rect: pygame.Rect) -> None:
    part = slice(rect.top, rect.bottom), slice(rect.left, rect.right)
    target[part] = source[part]


def _union(a: pygame.Rect, b: pygame.Rect) -> pygame.Rect:
    """The box around both; an empty one takes no room."""
    if not a.size[0] or not a.size[1]:
        return b
    return a if not b.size[0] or not b.size[1] else a.union(b)

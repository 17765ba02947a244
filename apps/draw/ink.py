"""The canvas: strokes as antialiased ink, at the pixels the window really has."""

import math

import numpy as np
import pygame

from apps.draw.shapes import capsule
from apps.draw.state import CANVAS, Drawing, Point, Stroke
from apps.draw.theme import INK, PAPER

#: The brush's width, in canvas units: two pixels of the network's 28.
BRUSH = 20.0


class Ink:
    """A square surface that shows a drawing, and draws only what is new.

    The surface has eight bits a pixel: how far ink covers it. Its palette makes colours of that. Overlapping
    pieces of a stroke take the larger coverage, so that caps and joins are round and no seam shows.

    Args:
        side: of the surface, in pixels.
    """

    def __init__(self, side: int) -> None:
        self.surface = pygame.Surface((side, side), depth=8)
        self.surface.set_palette(_ramp())
        self._unit = side / CANVAS
        self._drawn: Drawing = ()

    def show(self, drawing: Drawing) -> pygame.Rect:
        """Make the surface show ``drawing``; returns what changed of it, in pixels."""
        changed = pygame.Rect(0, 0, 0, 0)
        start = _grown_from(self._drawn, drawing)
        if start is None:
            self.surface.fill(0)
            changed, start = self.surface.get_rect(), (0, 0)
        self._drawn = drawing

        stroke, point = start
        coverage = pygame.surfarray.pixels2d(self.surface).T
        for points in drawing[stroke:]:
            for a, b in _segments(points, point):
                touched = self._draw(coverage, a, b)
                changed = touched.union(changed) if changed else touched
            point = 0
        return changed

    def _draw(self, coverage: np.ndarray, a: Point, b: Point) -> pygame.Rect:
        """Draw one segment, in pieces so short that the boxes around them hold little else."""
        radius = BRUSH / 2 * self._unit
        ax, ay, bx, by = (value * self._unit for value in (*a, *b))
        pieces = max(1, math.ceil(math.hypot(bx - ax, by - ay) / (4 * radius)))
        dx, dy = (bx - ax) / pieces, (by - ay) / pieces
        reach = radius + 1.0
        for i in range(pieces):
            x, y = ax + i * dx, ay + i * dy
            left, right = math.floor(min(x, x + dx) - reach), math.ceil(max(x, x + dx) + reach)
            top, bottom = math.floor(min(y, y + dy) - reach), math.ceil(max(y, y + dy) + reach)
            box = coverage[max(top, 0) : bottom, max(left, 0) : right]
            rows = np.arange(box.shape[0], dtype=np.float32)[:, np.newaxis] + np.float32(max(top, 0) + 0.5 - y)
            columns = np.arange(box.shape[1], dtype=np.float32)[np.newaxis, :] + np.float32(max(left, 0) + 0.5 - x)
            np.maximum(box, (255.0 * capsule(columns, rows, (dx, dy), radius)).astype(np.uint8), out=box)
        whole = pygame.Rect(
            math.floor(min(ax, bx) - reach),
            math.floor(min(ay, by) - reach),
            math.ceil(abs(bx - ax) + 2 * reach) + 1,
            math.ceil(abs(by - ay) + 2 * reach) + 1,
        )
        return whole.clip(self.surface.get_rect())


def _grown_from(old: Drawing, new: Drawing) -> tuple[int, int] | None:
    """Where ``new`` goes on from ``old``, as (stroke, point); None if it isn't the same ink and more."""
    if not old:
        return (0, 0)
    last = len(old) - 1
    if len(new) <= last or new[:last] != old[:last] or new[last][: len(old[last])] != old[last]:
        return None
    return last, len(old[last])


def _segments(points: Stroke, start: int) -> list[tuple[Point, Point]]:
    """The segments that end at point ``start`` or later; a stroke's first point alone is a dot."""
    return [(points[max(i - 1, 0)], points[i]) for i in range(start, len(points)) if i > 0 or len(points) == 1]


def _ramp() -> list[tuple[int, int, int]]:
    """256 colours from paper to ink."""
    steps = np.linspace(PAPER, INK, 256).round().astype(int)
    return [(int(r), int(g), int(b)) for r, g, b in steps]

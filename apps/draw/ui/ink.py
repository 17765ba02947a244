"""Strokes as smooth, antialiased ink, at the resolution of the window."""

import functools
import sys
from collections.abc import Sequence

import numpy as np
import pygame

from apps.draw.core.antialiasing import draw_curve
from apps.draw.core.document import Strokes
from apps.draw.core.points import Point
from apps.draw.ui.theme import DARK, Colour


class Ink:
    """A surface that shows a drawing, and draws only what is new.

    The surface has eight bits a pixel, the coverage by ink; its palette turns coverage into colours. Overlapping
    pieces of a stroke take the larger coverage, so that caps and joins are round and no seam shows.

    Points are joined by curves. The last curve of a stroke changes with the next point, so it is drawn over the
    settled ones and removed again.

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
        self._stroke = 0  # the number of the last stroke that is begun
        self._segments = 0  # of that stroke that are settled
        self.unfinished = False
        self._tail = pygame.Rect(0, 0, 0, 0)

    def show(self, drawing: Strokes, limit: int = sys.maxsize) -> pygame.Rect:
        """Make the surface show ``drawing``; returns what changed of it, in pixels.

        Args:
            drawing: all of it.
            limit: of the curves to draw; the rest is left for the next call, and ``unfinished`` is True.
        """
        surface = pygame.surfarray.pixels2d(self.surface).T
        changed = pygame.Rect(0, 0, 0, 0)
        if drawing is self._drawn and not self.unfinished:
            return changed
        if self._grows_to(drawing):
            changed = self._tail
            _copy(self._settled, surface, self._tail)
        else:
            self._settled.fill(0)
            surface.fill(0)
            changed, self._stroke, self._segments = self.surface.get_rect(), 0, 0
        self._drawn, self.unfinished = drawing, True
        self._tail = pygame.Rect(0, 0, 0, 0)
        for number in range(self._stroke, len(drawing)):
            self._stroke = number
            width, points = drawing[number].width, drawing[number].points
            is_last = number == len(drawing) - 1
            for index in range(self._segments, max(1, len(points) - 1)):
                if limit == 0:
                    return changed
                limit -= 1
                tail = is_last and index + 2 >= len(points) > 1
                target = surface if tail else self._settled
                touched = self._draw(target, points, index, width)
                if tail:
                    self._tail = touched
                else:
                    _copy(self._settled, surface, touched)
                    self._segments = index + 1 if len(points) > 1 else 0
                changed = _union(changed, touched)
            if not is_last:
                self._segments = 0
        self.unfinished = False
        return changed

    def _grows_to(self, new: Strokes) -> bool:
        """Whether ``new`` extends what is drawn."""
        old = self._drawn
        if not old or new is old:
            return True
        last = len(old) - 1
        if len(new) <= last or new[:last] != old[:last] or new[last].width != old[last].width:
            return False
        return new[last].points[: len(old[last].points)] == old[last].points

    def _draw(self, coverage: np.ndarray, points: Sequence[Point], index: int, width: float) -> pygame.Rect:
        """Draw the curve from point ``index`` to the next; returns what changed."""
        changed = pygame.Rect(0, 0, 0, 0)
        for box in draw_curve(coverage, points, index, width, self._unit):
            changed = _union(changed, pygame.Rect(box).clip(self.surface.get_rect()))
        return changed


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

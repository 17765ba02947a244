"""Documents and pictures as small images."""

from __future__ import annotations

import functools

from pygame import Rect, Surface

from apps.draw.core.document import CANVAS, LINE_WIDTH, Document, Picture, Strokes
from apps.draw.ui.draw_context import DrawContext, indexed, scaled
from apps.draw.ui.ink import Ink, ramp
from apps.draw.ui.theme import Theme


def thumbnail(document: Document, side: int, ctx: DrawContext, *, line: bool = False) -> Surface:
    """A document as a small square, cached; a line of digits lies across its middle."""
    return _thumbnail(document.strokes, document.picture, side, ctx.colours, LINE_WIDTH if line else CANVAS)


@functools.lru_cache(maxsize=128)
def _thumbnail(strokes: Strokes, picture: Picture | None, side: int, colours: Theme, width: float) -> Surface:
    if picture is not None:
        return fitted(picture, (side, side), colours)
    ink = Ink((side, round(side * CANVAS / width)), side / width, colours.paper, colours.ink)
    ink.show(strokes)
    if width == CANVAS:
        return ink.surface
    square = Surface((side, side), depth=32)
    square.fill(colours.paper)
    square.blit(ink.surface, ink.surface.get_rect(center=square.get_rect().center))
    return square


def fitted(picture: Picture, size: tuple[int, int], colours: Theme) -> Surface:
    """A picture in a box of that size, in its proportions, on the canvas's paper."""
    levels = picture.gray * (255.0 / (65535.0 if picture.gray.dtype.itemsize > 1 else 255.0))
    box = Surface(size, depth=32)
    box.fill(colours.paper)
    # A picture keeps its own black and white; MNIST's own images are ink on the theme's paper.
    ends = (colours.paper, colours.ink) if picture.prepared else ((0, 0, 0), (255, 255, 255))
    image = indexed(levels, ramp(*ends))
    place = fitted_rect(picture.gray.shape, size)
    box.blit(scaled(image, place.size), place)
    return box


def fitted_rect(shape: tuple[int, ...], size: tuple[int, int]) -> Rect:
    """Where `fitted` puts a picture (H, W) in a box of that size."""
    share = min(size[0] / shape[1], size[1] / shape[0])
    wide, high = max(1, round(shape[1] * share)), max(1, round(shape[0] * share))
    return Rect((size[0] - wide) // 2, (size[1] - high) // 2, wide, high)

"""What several panels are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from pygame import Rect, Surface

from apps.draw.core.document import CANVAS, Document, Picture, Strokes
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext, indexed, scaled
from apps.draw.ui.ink import Ink, ramp
from apps.draw.ui.layout import Layout
from apps.draw.ui.theme import Theme


class Card:
    """The panel's card and title. Comes before what lies on it, and is drawn once."""

    def __init__(self, layout: Layout, ctx: DrawContext, title: str) -> None:
        self._rect, self._ctx, self._title = layout.panel, ctx, title

    def view_model(self, state: State) -> None:
        """Always the same."""

    def draw(self, surface: Surface, view: None) -> Rect:
        """Draw the card."""
        self._ctx.card(surface, self._rect)
        self._ctx.text(surface, self._title, title(self._rect, self._ctx), size=theme.NORMAL, bold=True)
        return self._rect


class Lines:
    """Some lines of text that depend on the state."""

    def __init__(
        self, rect: Rect, ctx: DrawContext, text: Callable[[State], tuple[str, ...]], size: float = theme.SMALL
    ) -> None:
        self._rect, self._ctx, self._text, self._size = rect, ctx, text, size

    def view_model(self, state: State) -> tuple[str, ...]:
        """The lines."""
        return self._text(state)

    def draw(self, surface: Surface, view: tuple[str, ...]) -> Rect:
        """Write them, from the top."""
        surface.fill(self._ctx.colours.card, self._rect)
        high = self._ctx.px(self._size * 1.5)
        for number, line in enumerate(view):
            rect = Rect(self._rect.x, self._rect.y + number * high, self._rect.width, high)
            if self._rect.contains(rect):
                self._ctx.text(surface, line, rect, self._ctx.colours.muted, self._size, cut=True)
        return self._rect


class Painted:
    """A rectangle of a card, whose view and painting are given as functions."""

    def __init__(
        self, rect: Rect, ctx: DrawContext, view: Callable[[State], Any], paint: Callable[[Surface, Rect, Any], None]
    ) -> None:
        self._rect, self._ctx, self._look, self._paint = rect, ctx, view, paint

    def view_model(self, state: State) -> Any:
        """What the function says."""
        return self._look(state)

    def draw(self, surface: Surface, view: Any) -> Rect:
        """Paint on the bare card."""
        surface.fill(self._ctx.colours.card, self._rect)
        surface.set_clip(self._rect)
        self._paint(surface, self._rect, view)
        surface.set_clip(None)
        return self._rect


def inner(layout: Layout, ctx: DrawContext) -> Rect:
    """The room below a panel's title."""
    pad = ctx.px(12)
    rect = layout.panel.inflate(-2 * pad, -2 * pad)
    top = ctx.px(22)
    return Rect(rect.x, rect.y + top, max(1, rect.width), max(1, rect.height - top))


def title(rect: Rect, ctx: DrawContext) -> Rect:
    """The line of the title."""
    pad = ctx.px(12)
    return Rect(rect.x + pad, rect.y + ctx.px(8), max(1, rect.width - 2 * pad), ctx.px(20))


def words(text: str, ctx: DrawContext, width: int, size: float = theme.SMALL) -> tuple[str, ...]:
    """Text broken into lines of that width."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and ctx.type.width(longer, ctx.px(size)) > width:
            lines.append(line)
            longer = word
        line = longer
    return (*lines, line)


def thumbnail(document: Document, side: int, ctx: DrawContext) -> Surface:
    """A document as a small square."""
    return _thumbnail(document.strokes, document.picture, side, ctx.colours)


@functools.lru_cache(maxsize=128)
def _thumbnail(strokes: Strokes, picture: Picture | None, side: int, colours: Theme) -> Surface:
    if picture is not None:
        return fitted(picture, (side, side), colours)
    ink = Ink((side, side), side / CANVAS, colours.paper, colours.ink)
    ink.show(strokes)
    return ink.surface


def fitted(picture: Picture, size: tuple[int, int], colours: Theme) -> Surface:
    """A picture in a box of that size, in its proportions, on the canvas's paper."""
    gray = picture.gray
    top = 65535.0 if gray.dtype.itemsize > 1 else 255.0
    values = gray / top
    box = Surface(size, depth=32)
    box.fill(colours.paper)
    # A picture keeps its own black and white; MNIST's own images are ink on the theme's paper.
    ends = (colours.paper, colours.ink) if picture.prepared else ((0, 0, 0), (255, 255, 255))
    image = indexed(values * 255.0, ramp(*ends))
    share = min(size[0] / image.get_width(), size[1] / image.get_height())
    wide, high = (max(1, round(side * share)) for side in image.get_size())
    box.blit(scaled(image, (wide, high)), ((size[0] - wide) // 2, (size[1] - high) // 2))
    return box

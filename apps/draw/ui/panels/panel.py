"""The base class of panels: a card with a title, sections that show parts of the state, and controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from pygame import Rect, Surface

from apps.draw.core.state import State, Value
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import Layout
from apps.draw.ui.part import Part, Section, card
from apps.draw.ui.theme import Colour


class PanelView:
    """A panel beside the canvas, laid out for one size of the window.

    A subclass sets ``title``, lays out its places in ``arrange``, and overrides ``sections`` and, where something can
    be clicked, ``controls``.

    Attributes:
        rect: the room below the title.
        ctx: what it is drawn with.
    """

    title: ClassVar[str]

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self.layout, self.ctx = layout, ctx
        pad, top = ctx.px(12), ctx.px(22)
        rect = layout.panel.inflate(-2 * pad, -2 * pad)
        self.rect = Rect(rect.x, rect.y + top, max(1, rect.width), max(1, rect.height - top))
        self.arrange()

    def arrange(self) -> None:
        """Lay out the places within ``rect``."""

    def controls(self, state: State) -> list[Control]:
        """What can be clicked in it."""
        return []

    def sections(self) -> list[Part]:
        """What it shows on its card."""
        raise NotImplementedError

    def parts(self, state: State) -> list[Part]:
        """The card and the sections on it."""
        ctx, rect = self.ctx, self.layout.panel
        title = Rect(rect.x + ctx.px(12), rect.y + ctx.px(8), max(1, rect.width - 2 * ctx.px(12)), ctx.px(20))
        background = card(ctx, rect, lambda surface: ctx.text(surface, self.title, title, bold=True))
        return [background, *self.sections()]

    def below(self, top: int) -> Rect:
        """The room from ``top`` down."""
        return Rect(self.rect.x, top, self.rect.width, max(1, self.rect.bottom - top))

    def row(self, top: int, height: float) -> Rect:
        """A row of the panel's width, from ``top``; its height at scale 1."""
        return Rect(self.rect.x, top, self.rect.width, self.ctx.px(height))

    def section(
        self, rect: Rect, view_model: Callable[[State], Any], paint: Callable[[Surface, Rect, Any], object]
    ) -> Section:
        """A section that is painted again when its view model changes."""
        return Section(self.ctx, rect, view_model, paint)

    def outlined(self, surface: Surface, places: list[Rect], hovered: Value, focused: Value, colour: Colour) -> None:
        """Outline the places that the pointer and the focus are on, by their numbers."""
        for number, place in enumerate(places):
            for chosen, shown in ((hovered, colour), (focused, self.ctx.colours.focus)):
                if chosen == number:
                    self.ctx.outline(surface, place, shown)

    def text(self, rect: Rect, text: Callable[[State], str], size: float = theme.SMALL) -> Section:
        """A section of text, wrapped, as many lines as there is room for."""
        return Section(self.ctx, rect, text, lambda surface, rect, text: self.write(surface, rect, text, size))

    def write(self, surface: Surface, rect: Rect, text: str, size: float = theme.SMALL) -> int:
        """Write text, wrapped at newlines and at the width of ``rect``; returns the height of it."""
        high, top = self.ctx.px(size * 1.5), rect.y
        for line in text.split("\n"):
            for part in self.ctx.wrap(line, rect.width, size):
                if top + high <= rect.bottom:
                    self.ctx.text(surface, part, Rect(rect.x, top, rect.width, high), self.ctx.colours.muted, size)
                    top += high
        return top - rect.y

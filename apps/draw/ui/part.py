"""The parts of the window: each shows some of the state in its own rectangle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pygame import Rect, Surface

from apps.draw.core.state import State
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.theme import Colour


class Part(Protocol):
    """A rectangle of the window."""

    def view_model(self, state: State) -> Any:
        """All that the part shows of the state: it is drawn again only when this changes."""

    def draw(self, surface: Surface, view: Any) -> Rect:
        """Draw over the previous content; returns the rectangle that changed."""


class Section:
    """A part whose view model and painting are given as functions.

    Args:
        ctx: what it is drawn with.
        rect: where it is.
        view_model: returns what it shows of a state.
        paint: paints that into the filled rectangle, to which drawing is clipped.
        ground: the colour of the rectangle; None is the card's.
    """

    def __init__(
        self,
        ctx: DrawContext,
        rect: Rect,
        view_model: Callable[[State], Any],
        paint: Callable[[Surface, Rect, Any], object],
        ground: Colour | None = None,
    ) -> None:
        self._rect, self.view_model, self._paint = rect, view_model, paint
        self._ground = ctx.colours.card if ground is None else ground

    def draw(self, surface: Surface, view: Any) -> Rect:
        """Fill the rectangle, and paint on it."""
        surface.fill(self._ground, self._rect)
        surface.set_clip(self._rect)
        self._paint(surface, self._rect, view)
        surface.set_clip(None)
        return self._rect


def card(ctx: DrawContext, rect: Rect, paint: Callable[[Surface], object] = lambda surface: None) -> Section:
    """A card, drawn once, before the parts on it."""

    def draw(surface: Surface, rect: Rect, view: None) -> None:
        ctx.card(surface, rect)
        paint(surface)

    return Section(ctx, rect, lambda state: None, draw)

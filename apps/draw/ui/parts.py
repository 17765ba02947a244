"""The parts around the panels: the canvas, buttons, recent drawings and the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pygame
from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.document import BRUSHES, Document, Picture
from apps.draw.core.state import Perform, RecentDocument, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.ink import Ink
from apps.draw.ui.layout import Layout
from apps.draw.ui.part import Section
from apps.draw.ui.shapes import dashed_rect, fill_rounded
from apps.draw.ui.thumbnails import fitted, fitted_rect, thumbnail

if TYPE_CHECKING:
    from nn.digits import Line, Page

HINTS = "Draw with the pointer     Ctrl+Z undo     C clear     I look inside     ? all keys     Tab to move around"

#: The curves of ink drawn in a frame, which takes some 15 ms. The rest of a long drawing follows in the next frames.
CURVES_A_FRAME = 120


class CanvasView(NamedTuple):
    """What the canvas shows: a document, the digits that were read in its picture, and boxes of what was ignored."""

    document: Document
    line: Line | Page | None
    ignored: tuple[tuple[int, int, int, int], ...] = ()


class Canvas:
    """The paper, its ink or picture, and a hint while there is none.

    Args:
        layout: where it is.
        ctx: what it is drawn with.
    """

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._ctx = layout.canvas, ctx
        self._ink = Ink(self._rect.size, layout.unit, ctx.colours.paper, ctx.colours.ink)
        text = "Draw a line of digits" if layout.shape.line_mode else "Draw a digit"
        self._hint = ctx.type.fit(text, ctx.px(theme.LARGE), max(1, self._rect.width - 8), ctx.colours.faint)
        self._unit = layout.unit
        self._before: CanvasView | None = None
        self.key = (self._rect.topleft, self._rect.size, ctx.colours, ctx.scale)

    @property
    def unfinished(self) -> bool:
        """Whether ``draw`` has left some of the ink for the next call."""
        return self._ink.unfinished

    def invalidate(self) -> None:
        """Make the next ``draw`` draw everything."""
        self._before = None

    def view_model(self, state: State) -> CanvasView:
        """The document on it."""
        shown = state.shown
        line = None if shown.picture is None or not state.line_mode else state.line
        is_read = shown.picture is not None and shown.picture is state.document.picture and not state.line_mode
        ignored = state.prediction.ignored if is_read and state.prediction is not None else ()
        return CanvasView(Document(shown.strokes, shown.picture), line, ignored)

    def draw(self, surface: Surface, view: CanvasView) -> Rect:
        """Draw what is new."""
        before, self._before = self._before, view
        document, line, ignored = view
        fresh = (
            before is None
            or before.document.blank != document.blank
            or before.document.picture is not document.picture
            or before.line is not line
            or before.ignored != ignored
        )
        changed = self._ink.show(document.strokes, CURVES_A_FRAME)
        if fresh:
            changed = self._ink.surface.get_rect()
            pygame.draw.rect(surface, self._ctx.colours.track, self._rect.inflate(2, 2), 1)
        place = changed.move(self._rect.topleft)
        surface.blit(self._ink.surface, place, changed)
        if document.picture is not None:
            surface.blit(fitted(document.picture, self._rect.size, self._ctx.colours), self._rect)
            for digit in () if line is None else line.digits:
                left, top, right, bottom = (round(side * self._unit) for side in digit.box)
                box = Rect(left, top, right - left, bottom - top).inflate(4, 4).move(self._rect.topleft)
                pygame.draw.rect(surface, self._ctx.colours.other, box.clip(self._rect), 1)
            self._draw_ignored(surface, document.picture, ignored)
        elif document.blank:
            surface.blit(self._hint, self._hint.get_rect(center=self._rect.center))
        return place.inflate(2, 2) if fresh else place

    def _draw_ignored(self, surface: Surface, picture: Picture, boxes: tuple[tuple[int, int, int, int], ...]) -> None:
        """Dashed boxes around what was left out of a picture."""
        place = fitted_rect(picture.gray.shape, self._rect.size).move(self._rect.topleft)
        scale = place.width / picture.gray.shape[1]
        for left, top, right, bottom in boxes:
            size = round(scale * (right - left)), round(scale * (bottom - top))
            box = Rect((place.left + round(scale * left), place.top + round(scale * top)), size).inflate(4, 4)
            dashed_rect(surface, box.clip(self._rect), self._ctx.colours.other, max(2, self._ctx.px(4)))


class Button:
    """A button with its key."""

    def __init__(self, ctx: DrawContext, control: Control) -> None:
        self._ctx, self._control = ctx, control

    def view_model(self, state: State) -> tuple[bool, bool, bool, bool]:
        """Whether it is enabled, hovered, pressed and focused."""
        message = self._control.message
        hovered = state.hover == message
        return message.action.enabled(state), hovered, hovered and state.pressed == message, state.focus == message

    def draw(self, surface: Surface, view: tuple[bool, bool, bool, bool]) -> Rect:
        """Draw the button."""
        enabled, hovered, down, focused = view
        ctx, colours, control = self._ctx, self._ctx.colours, self._control
        rect = control.rect
        surface.fill(colours.card if control.card else colours.background, rect)
        fill_rounded(surface, rect, ctx.px(theme.RADIUS), self._colour(enabled, hovered, down))
        if control.on and enabled:
            mark = Rect(rect.x + ctx.px(8), rect.bottom - ctx.px(5), max(1, rect.width - ctx.px(16)), ctx.px(3))
            fill_rounded(surface, mark, mark.height / 2, colours.answer)
        text, faint = (colours.text, colours.muted) if enabled else (colours.faint, colours.faint)
        sunk = ctx.px(1) if down else 0
        room = max(1, rect.width - ctx.px(8))
        bold = enabled and (control.on or control.strong)
        key_width = ctx.type.width(control.key, ctx.px(theme.SMALL - 1)) + ctx.px(5) if control.key else 0
        label_width = ctx.type.width(control.label, ctx.px(theme.NORMAL), bold)
        with_key = bool(key_width) and label_width + key_width <= room
        label = ctx.type.fit(control.label, ctx.px(theme.NORMAL), room, text, bold)
        at = label.get_rect(center=rect.center).move(-(key_width // 2) if with_key else 0, sunk)
        surface.blit(label, at)
        if with_key:
            key = ctx.type.render(control.key, ctx.px(theme.SMALL - 1), faint)
            base = at.y + ctx.type.ascent(ctx.px(theme.NORMAL), bold)  # both have the same baseline
            surface.blit(key, (at.right + ctx.px(5), base - ctx.type.ascent(ctx.px(theme.SMALL - 1))))
        if focused:
            ctx.outline(surface, rect)
        return rect

    def _colour(self, enabled: bool, hovered: bool, down: bool) -> theme.Colour:
        colours = self._ctx.colours
        if not enabled:
            return colours.background if self._control.card else colours.card
        if down:
            return colours.pressed
        return colours.hovered if hovered else colours.button


class Recent:
    """One of the session's drawings: the latest has place 0."""

    def __init__(self, ctx: DrawContext, rect: Rect, place: int) -> None:
        self._ctx, self._rect, self._place = ctx, rect, place

    def view_model(self, state: State) -> tuple[RecentDocument | None, bool, bool]:
        """The drawing, and whether it is hovered and focused."""
        number = len(state.recent) - 1 - self._place
        control = Perform(actions.RECENT, number)
        return state.recent[number] if number >= 0 else None, state.hover == control, state.focus == control

    def draw(self, surface: Surface, view: tuple[RecentDocument | None, bool, bool]) -> Rect:
        """The drawing, with its label or answer."""
        kept, hovered, focused = view
        ctx, rect = self._ctx, self._rect
        if kept is None:  # the hint is shown here
            return rect
        surface.fill(ctx.colours.background, rect)
        surface.blit(thumbnail(kept.document, rect.width, ctx, line=kept.line is not None), rect)
        label = kept.line or ("" if kept.label is None else str(kept.label))
        if label:
            width = min(rect.width, ctx.px(7 + 8 * len(label)))
            corner = Rect(rect.right - width, rect.bottom - ctx.px(16), width, ctx.px(16))
            fill_rounded(surface, corner, ctx.px(3), ctx.colours.button)
            ctx.text(surface, label, corner, ctx.colours.text, theme.SMALL, align="center")
        pygame.draw.rect(surface, ctx.colours.muted if hovered else ctx.colours.track, rect, 1)
        if focused:
            ctx.outline(surface, rect)
        return rect


def brush(rect: Rect, ctx: DrawContext) -> Section:
    """How wide the brush is, between the buttons that change it: a disc of its size, a ring for the eraser."""

    def paint(surface: Surface, rect: Rect, view: tuple[int, bool]) -> None:
        width, eraser = view
        most = max(4, min(rect.width - 4, rect.height - 2))
        wide = max(3, round(most * BRUSHES[width] / BRUSHES[-1]))
        disc = Rect(0, 0, wide, wide)
        disc.center = rect.center
        fill_rounded(surface, disc, wide / 2, ctx.colours.text)
        if eraser and wide > 6:
            fill_rounded(surface, disc.inflate(-ctx.px(4), -ctx.px(4)), wide / 2, ctx.colours.background)

    return Section(ctx, rect, lambda state: (state.brush, state.eraser), paint, ctx.colours.background)


def ruler(layout: Layout, ctx: DrawContext) -> Section:
    """Below a line: a bracket under each digit, with its answer. The lines of a page would lie across each other."""

    def paint(surface: Surface, rect: Rect, view: Line | Page | None) -> None:
        rect = layout.ruler
        for each in () if view is None or "\n" in view.text else view.digits:
            left, right = (rect.x + round(each.box[side] * layout.unit) for side in (0, 2))
            bracket = Rect(left, rect.y + ctx.px(3), max(2, right - left), max(1, ctx.px(2)))
            fill_rounded(surface, bracket, 1, ctx.colours.other)
            label = each.prediction.label
            wide = ctx.px(40)
            place = Rect(bracket.centerx - wide // 2, bracket.bottom, wide, max(1, rect.bottom - bracket.bottom))
            text = "–" if label is None else str(label)
            ctx.text(surface, text, place.clip(rect), ctx.colours.text, theme.SMALL, align="center", bold=True)

    def view_model(state: State) -> Line | Page | None:
        return None if state.shown.blank else state.line

    below_frame = layout.ruler.move(0, 1)  # of the canvas
    return Section(ctx, below_frame, view_model, paint, ctx.colours.background)


def strip_hint(layout: Layout, ctx: DrawContext) -> Section:
    """What the strip is for, while it is empty."""

    def paint(surface: Surface, rect: Rect, text: str) -> None:
        ctx.text(surface, text, rect, ctx.colours.faint, theme.SMALL, cut=True)

    text = "The drawings of this session appear here; click one to go back to it"
    return Section(ctx, layout.strip, lambda state: "" if state.recent else text, paint, ctx.colours.background)


def footer(layout: Layout, ctx: DrawContext) -> Section:
    """The status message, or the most important keys."""

    def view_model(state: State) -> tuple[str, bool]:
        if state.error is not None:
            return state.error, True
        return (state.status.text, state.status.error) if state.status.text else (HINTS, False)

    def paint(surface: Surface, rect: Rect, view: tuple[str, bool]) -> None:
        text, is_error = view
        text, colour = (f"! {text}", ctx.colours.error) if is_error else (text, ctx.colours.faint)
        ctx.text(surface, text, rect, colour, theme.SMALL, cut=True)

    return Section(ctx, layout.footer, view_model, paint, ctx.colours.background)

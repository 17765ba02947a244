"""All networks side by side: what each says of the drawing, how sure, how fast, and how large it is."""

from __future__ import annotations

import functools

from pygame import Rect, Surface

from apps.draw import theme
from apps.draw.control import Control
from apps.draw.kit import Kit, Part
from apps.draw.layout import Layout
from apps.draw.messages import Command, Comparison, Do
from apps.draw.panels.common import Card, Lines, Painted, inner
from apps.draw.shapes import fill_rounded
from apps.draw.state import State

ROWS = 12


def _row(layout: Layout, kit: Kit, number: int) -> Rect:
    rect = inner(layout, kit)
    high = kit.px(58)
    return Rect(rect.x, rect.y + kit.px(30) + number * (high + kit.px(8)), rect.width, high)


def _rows(state: State, layout: Layout, kit: Kit) -> list[tuple[int, Rect]]:
    bottom = inner(layout, kit).bottom
    rows = [(number, _row(layout, kit, number)) for number in range(min(len(state.models), ROWS))]
    return [(number, rect) for number, rect in rows if rect.bottom <= bottom]


def controls(state: State, layout: Layout, kit: Kit) -> list[Control]:
    """A row for each model."""
    return [
        Control(Do(Command.MODEL, number), rect, tip=f"Read with {state.models[number].name}", drawn=False)
        for number, rect in _rows(state, layout, kit)
    ]


def parts(layout: Layout, kit: Kit) -> list[Part]:
    """The card, a line of explanation, and the rows."""
    rect = inner(layout, kit)
    line = Rect(rect.x, rect.y, rect.width, kit.px(22))
    view = _View(layout, kit)
    rows = [
        Painted(_row(layout, kit, number), kit, functools.partial(view.look, number), view.paint)
        for number in range(ROWS)
        if _row(layout, kit, number).bottom <= rect.bottom
    ]
    hint = ("Click a network to read with it, or press N for the next",)
    return [Card(layout, kit, "Models side by side"), Lines(line, kit, lambda state: hint), *rows]


class _View:
    def __init__(self, layout: Layout, kit: Kit) -> None:
        self._kit = kit

    def look(self, number: int, state: State) -> tuple[object, ...] | None:
        """Name, size, comparison, whether it is in use, pointed at, or has the focus."""
        if number >= len(state.models):
            return None
        said = state.looks.get("models", {}).get(number, ...)
        do = Do(Command.MODEL, number)
        return *state.models[number], said, state.model == number, state.hover == do, state.focus == do

    def paint(self, surface: Surface, rect: Rect, look: tuple[object, ...] | None) -> None:
        """One model."""
        if look is None:
            return
        name, size, said, used, hovered, focused = look
        kit, colours = self._kit, self._kit.colours
        assert isinstance(size, int)
        fill_rounded(surface, rect, kit.px(theme.RADIUS), colours.hovered if hovered else colours.button)
        pad = kit.px(10)
        half = rect.height // 2
        left = Rect(rect.x + pad, rect.y + kit.px(4), round(rect.width * 0.52), half)
        kit.text(surface, f"{name}" + ("   in use" if used else ""), left, bold=bool(used), cut=not used)
        answer = Rect(rect.right - pad - kit.px(48), rect.y, kit.px(48), rect.height)
        middle = Rect(left.right + pad, left.y, max(1, answer.x - left.right - 2 * pad), half)
        low = Rect(left.x, rect.y + half, left.width, half - kit.px(4))
        kit.text(surface, f"{size / 1024:,.0f} KB", low, colours.muted, theme.SMALL)
        if isinstance(said, Comparison):
            kit.text(surface, f"{100 * said.confidence:.1f}%", middle, align="midright")
            kit.text(
                surface, f"{said.milliseconds:.1f} ms",
                Rect(middle.x, low.y, middle.width, low.height), colours.muted, theme.SMALL, align="midright",
            )  # fmt: skip
            text = "–" if said.label is None else str(said.label)
            kit.text(surface, text, answer, colours.winner, theme.LARGE * 1.8, align="center", bold=True)
            track = Rect(low.x + kit.px(70), low.centery - kit.px(3), max(1, low.width - kit.px(74)), kit.px(6))
            fill_rounded(surface, track, track.height / 2, colours.track)
            bar = Rect(track.topleft, (max(track.height, round(track.width * said.confidence)), track.height))
            fill_rounded(surface, bar, track.height / 2, colours.winner if used else colours.other)
        elif said is None:
            kit.text(surface, "can't be read", middle, colours.trouble, theme.SMALL, align="midright")
        if focused:
            kit.outline(surface, rect)

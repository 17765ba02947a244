"""All networks side by side: the answer, confidence, time and size of each."""

from __future__ import annotations

from types import EllipsisType
from typing import NamedTuple

from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.formatting import percent
from apps.draw.core.panel_data import ModelResult
from apps.draw.core.state import Perform, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.shapes import fill_rounded

#: Largest and smallest height of a row, at scale 1.
HIGH, LOW = 58.0, 38.0


class _Row(NamedTuple):
    """A model: its result (None: it can't be read), and how its row is emphasized."""

    name: str
    size: int
    result: ModelResult | EllipsisType | None
    used: bool
    hovered: bool
    focused: bool


class Models(PanelView):
    """A row for each network."""

    title = "Models side by side"

    def arrange(self) -> None:
        """A hint, and the rows below."""
        self.hint = self.row(self.rect.y, 22)
        self.list = self.below(self.rect.y + self.ctx.px(30))

    def _rows(self, count: int) -> list[Rect]:
        """As many rows as there is room for, with reduced height to show all."""
        room, gap = self.list, self.ctx.px(7)
        high = min(self.ctx.px(HIGH), max(self.ctx.px(LOW), (room.height + gap) // max(1, count) - gap))
        rows = [Rect(room.x, room.y + number * (high + gap), room.width, high) for number in range(count)]
        return [row for row in rows if row.bottom <= room.bottom]

    def controls(self, state: State) -> list[Control]:
        """A row for each model."""
        return [
            Control(Perform(actions.MODEL, number), rect, tip=f"Use {state.models[number].name}", drawn=False)
            for number, rect in enumerate(self._rows(len(state.models)))
        ]

    def sections(self) -> list[Part]:
        """A hint, and the rows."""
        return [
            self.text(self.hint, lambda state: "Click a network to use it, or press N for the next"),
            self.section(self.list, self._view_model, self._paint),
        ]

    def _view_model(self, state: State) -> tuple[_Row, ...]:
        """All of them."""
        results = state.panel_data.get("models", {})
        hovered, focused = actions.MODEL.value_of(state.hover), actions.MODEL.value_of(state.focus)
        return tuple(
            _Row(*model, results.get(number, ...), state.model == number, hovered == number, focused == number)
            for number, model in enumerate(state.models)
        )

    def _paint(self, surface: Surface, rect: Rect, view: tuple[_Row, ...]) -> None:
        """One below the other."""
        for row, place in zip(view, self._rows(len(view)), strict=False):
            self._paint_row(surface, place, row)

    def _paint_row(self, surface: Surface, rect: Rect, row: _Row) -> None:
        ctx, colours = self.ctx, self.ctx.colours
        fill_rounded(surface, rect, ctx.px(theme.RADIUS), colours.hovered if row.hovered else colours.button)
        pad, edge = ctx.px(10), ctx.px(3)
        half = (rect.height - 2 * edge) // 2
        wide = ctx.px(64)
        answer = Rect(rect.right - pad - wide, rect.y, wide, rect.height)
        left = Rect(rect.x + pad, rect.y + edge, round(rect.width * 0.5), half)
        middle = Rect(left.right + pad, left.y, max(1, answer.x - left.right - 2 * pad), half)
        low = left.move(0, half)
        ctx.text(surface, row.name + ("   in use" if row.used else ""), left, bold=row.used)
        ctx.text(surface, f"{row.size / 1024:,.0f} KB", low, colours.muted, theme.SMALL)
        if isinstance(row.result, ModelResult):
            self._paint_result(surface, row.result, row.used, (answer, middle, low))
        elif row.result is None:
            ctx.text(surface, "can't be read", middle, colours.error, theme.SMALL, align="midright")
        if row.focused:
            ctx.outline(surface, rect)

    def _paint_result(self, surface: Surface, result: ModelResult, used: bool, places: tuple[Rect, Rect, Rect]) -> None:
        """The answer, its confidence as text and bar, and the time."""
        ctx, colours = self.ctx, self.ctx.colours
        answer, middle, low = places
        ctx.text(surface, result.answer, answer, colours.answer, theme.LARGE * 1.8, align="center", bold=True)
        ctx.text(surface, percent(result.confidence), middle, align="midright")
        time = middle.move(0, middle.height)
        ctx.text(surface, f"{result.milliseconds:.1f} ms", time, colours.muted, theme.SMALL, align="midright")
        track = Rect(low.x + ctx.px(70), low.centery - ctx.px(3), max(1, low.width - ctx.px(74)), ctx.px(6))
        ctx.bar(surface, track, round(track.width * result.confidence), colours.answer if used else colours.other)

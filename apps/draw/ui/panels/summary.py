"""The architecture of the network: its layers, their output shapes, parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Sequence

from pygame import Rect, Surface

from apps.draw.core.panel_data import LayerRow
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.shapes import fill_rounded
from apps.draw.ui.theme import Colour

#: Height of a row at scale 1, at most.
HIGH = 26.0

#: The columns, and where each ends, as shares of the width. The two last show a bar beside their number.
COLUMNS = (("layer", 0.27), ("output", 0.46), ("parameters", 0.72), ("multiply-adds", 1.0))


class Summary(PanelView):
    """A table with a row for each layer, as ``model.summary()`` prints it."""

    title = "Layers of the network"

    def sections(self) -> list[Part]:
        """The table."""
        return [self.section(self.rect, self._view_model, self._paint)]

    def _view_model(self, state: State) -> tuple[str, tuple[LayerRow, ...]]:
        name = "" if state.model is None else state.models[state.model].name
        return name, state.panel_data.get("summary", ())

    def _paint(self, surface: Surface, rect: Rect, view: tuple[str, tuple[LayerRow, ...]]) -> None:
        name, layers = view
        colours = self.ctx.colours
        if not layers:
            self.write(surface, rect, "Loading the network...")
            return
        totals = [sum(column) for column in zip(*(layer[2:] for layer in layers), strict=True)]
        count = len(layers) + 2
        high = min(self.ctx.px(HIGH), rect.height // count)
        rows = [Rect(rect.x, rect.y + number * high, rect.width, high) for number in range(count)]
        self._paint_row(surface, rows[0], [title for title, _ in COLUMNS], (0.0, 0.0), colours.muted)
        for row, layer in zip(rows[1:], layers, strict=False):
            shares = [number / max(1, total) for number, total in zip(layer[2:], totals, strict=True)]
            shape = " x ".join(map(str, layer.shape))
            self._paint_row(surface, row, [layer.name, shape, *map(_number, layer[2:])], shares, colours.text)
        self._paint_row(surface, rows[-1], [name, "", *map(_number, totals)], (0.0, 0.0), colours.text, bold=True)

    def _paint_row(
        self, surface: Surface, row: Rect, texts: list[str], shares: Sequence[float], colour: Colour, bold: bool = False
    ) -> None:
        """Its cells, numbers to the right; beside a number a bar for its share of the column's sum."""
        ctx, left, gap = self.ctx, row.x, self.ctx.px(6)
        for column, (text, (_, end)) in enumerate(zip(texts, COLUMNS, strict=True)):
            right = row.x + round(end * row.width)
            cell = Rect(left, row.y, max(1, right - left - gap), row.height)
            if column >= 2 and shares[column - 2] > 0:
                wide, high = max(1, round(0.45 * cell.width * shares[column - 2])), min(ctx.px(6), cell.height)
                bar = Rect(round(cell.x + 0.45 * cell.width) - wide, cell.centery - high // 2, wide, high)
                fill_rounded(surface, bar, min(wide, high) / 2, ctx.colours.other)
            align = "midright" if column >= 2 else "midleft"
            ctx.text(surface, text, cell, colour, theme.SMALL, align=align, bold=bold)
            left = right


def _number(value: int) -> str:
    return f"{value:,}" if value else "–"

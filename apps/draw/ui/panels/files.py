"""Files: save and open, copy and paste, export the session, read a folder."""

from __future__ import annotations

from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.state import FileResult, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.layout import columns
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.thumbnails import thumbnail

_BUTTONS = (actions.SAVE, actions.OPEN, actions.COPY, actions.PASTE, actions.EXPORT, actions.FOLDER)

_HINT = (
    "Drop a drawing, a picture or a whole folder on the window, or paste a picture. Pictures may be photographs: "
    "dark ink on light paper or light on dark."
)


class Files(PanelView):
    """Six buttons, and the files of the folder that was read."""

    title = "Files"

    def arrange(self) -> None:
        """Three lines of buttons; the rest below."""
        line = self.row(self.rect.y, 34)
        self.lines = [line.move(0, number * (line.height + self.ctx.px(6))) for number in range(3)]
        self.rest = self.below(self.lines[-1].bottom + self.ctx.px(8))

    def controls(self, state: State) -> list[Control]:
        """Six buttons."""
        rects = [rect for line in self.lines for rect in columns(line, 2, self.ctx.px(6))]
        return [button(action, rect, card=True) for action, rect in zip(_BUTTONS, rects, strict=True)]

    def sections(self) -> list[Part]:
        """A hint, or what was read of a folder."""
        return [self.section(self.rest, lambda state: state.results, self._paint)]

    def _paint(self, surface: Surface, rect: Rect, view: tuple[FileResult, ...]) -> None:
        """A hint, or the files of the folder."""
        top = self.write(surface, rect, f"{len(view)} files:" if view else _HINT) + self.ctx.px(6)
        self._paint_results(surface, Rect(rect.x, rect.y + top, rect.width, max(1, rect.height - top)), view)

    def _paint_results(self, surface: Surface, rect: Rect, view: tuple[FileResult, ...]) -> None:
        """A line for each file, as many as there is room for."""
        ctx, colours = self.ctx, self.ctx.colours
        high = ctx.px(30)
        most = max(1, rect.height // high)
        shown = view if len(view) <= most else view[: most - 1]
        for number, result in enumerate(shown):
            row = Rect(rect.x, rect.y + number * high, rect.width, high)
            side = high - ctx.px(4)
            if result.document is not None:
                square = Rect(row.x, row.y + ctx.px(2), side, side)
                surface.blit(thumbnail(result.document, side, ctx), square)
                ctx.frame(surface, square)
            name = Rect(row.x + high + ctx.px(4), row.y, max(1, round(row.width * 0.42) - high), high)
            ctx.text(surface, result.name, name, colours.text, theme.SMALL, cut=True)
            answer = Rect(name.right + ctx.px(6), row.y, max(1, row.right - name.right - ctx.px(6)), high)
            colour = colours.error if result.document is None else colours.text
            text = result.answer if result.document is not None else f"! {result.answer}"
            ctx.text(surface, text, answer, colour, theme.SMALL, cut=True)
        if len(shown) < len(view):
            last = Rect(rect.x, rect.y + len(shown) * high, rect.width, high)
            ctx.text(surface, f"and {len(view) - len(shown)} more", last, colours.muted, theme.SMALL)

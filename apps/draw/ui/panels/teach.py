"""Teach: label drawings, fine-tune the network on them, see what changed, and undo it."""

from __future__ import annotations

from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.document import Document, Strokes
from apps.draw.core.state import Perform, State, Value
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.layout import cells, columns
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.thumbnails import thumbnail


def _hint(state: State) -> str:
    if not state.can_learn:
        return "This network can't be taught: its recognizer does not support fine-tuning."
    if not state.document.strokes:
        return "Draw a digit that it misreads, then label it: click the digit, or press its key."
    return "No, it is a ... (click, or press the digit's key)"


class Teach(PanelView):
    """The ten digits, buttons, the result of the last fine-tuning, and the collected samples."""

    title = "Teach"

    def arrange(self) -> None:
        """One below the other."""
        gap = self.ctx.px(8)
        self.hint = self.row(self.rect.y, 36)
        self.chips = self.row(self.hint.bottom + self.ctx.px(4), 36)
        self.buttons = self.row(self.chips.bottom + gap, 34)
        self.result = self.row(self.buttons.bottom + gap, 72)
        self.samples = self.below(self.result.bottom + gap)

    def _thumbs(self, count: int) -> list[Rect]:
        """The places of the samples."""
        return cells(self.samples, count, 0.74, self.ctx.px(6), self.ctx.px(96))

    def controls(self, state: State) -> list[Control]:
        """The ten digits, learn and undo, and the samples."""
        label = state.document.label
        learn, undo = columns(self.buttons, 2, self.ctx.px(6))
        return [
            *(
                button(actions.LABEL, rect, n, label=str(n), tip=f"Learn that it is a {n}", on=label == n, card=True)
                for n, rect in enumerate(columns(self.chips, 10, self.ctx.px(4)))
            ),
            button(actions.LEARN, learn, label=f"Learn from {len(state.samples)}", card=True, strong=True),
            button(actions.UNLEARN, undo, card=True),
            *(
                Control(Perform(actions.DROP_SAMPLE, number), rect, tip=actions.DROP_SAMPLE.tip, drawn=False)
                for number, rect in enumerate(self._thumbs(len(state.samples)))
            ),
        ]

    def sections(self) -> list[Part]:
        """The hint, the result, and the samples."""
        return [
            self.text(self.hint, _hint),
            self.section(self.result, self._result_model, self._paint_result),
            self.section(self.samples, self._samples_model, self._paint_samples),
        ]

    def _result_model(self, state: State) -> tuple[bool, tuple[float, float, float] | None]:
        """Whether it is learning, and the result of the last fine-tuning."""
        result = state.fine_tuned
        return state.fine_tuning, None if result is None else (result.before, result.after, result.seconds)

    def _paint_result(self, surface: Surface, rect: Rect, view: tuple[bool, tuple[float, float, float] | None]) -> None:
        """Two bars: the accuracy on the samples before and after."""
        learning, result = view
        ctx, colours = self.ctx, self.ctx.colours
        line = ctx.px(22)
        first = Rect(rect.x, rect.y, rect.width, line)
        if learning:
            ctx.text(surface, "Learning...", first, bold=True)
        if learning or result is None:
            return
        before, after, seconds = result
        for number, (name, share) in enumerate((("before", before), ("after", after))):
            row = first.move(0, number * line)
            ctx.text(surface, name, Rect(row.x, row.y, ctx.px(54), line), colours.muted, theme.SMALL)
            track = Rect(row.x + ctx.px(58), row.centery - ctx.px(4), max(1, row.width - ctx.px(148)), ctx.px(8))
            ctx.bar(surface, track, round(track.width * share), colours.answer if number else colours.other)
            right = Rect(track.right + ctx.px(4), row.y, row.right - track.right - ctx.px(4), line)
            ctx.text(surface, f"{share:.0%} right", right, size=theme.SMALL, align="midright")
        ctx.text(surface, f"learned in {seconds:.1f} s", first.move(0, 2 * line), colours.muted, theme.SMALL)

    def _samples_model(self, state: State) -> tuple[tuple[tuple[Strokes, int], ...], Value, Value]:
        """The samples, and which of them the pointer and the focus are on."""
        return state.samples, actions.DROP_SAMPLE.value_of(state.hover), actions.DROP_SAMPLE.value_of(state.focus)

    def _paint_samples(
        self, surface: Surface, rect: Rect, view: tuple[tuple[tuple[Strokes, int], ...], Value, Value]
    ) -> None:
        samples, hovered, focused = view
        ctx, places = self.ctx, self._thumbs(len(samples))
        for (strokes, label), place in zip(samples, places, strict=True):
            image = thumbnail(Document(strokes), place.width, ctx)
            ctx.captioned(surface, place, image, f"is a {label}", ctx.colours.text)
        self.outlined(surface, places, hovered, focused, ctx.colours.error)

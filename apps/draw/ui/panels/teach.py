"""Teach: say what a drawing is, let the network learn from it, see what changed, and take it back."""

from __future__ import annotations

from pygame import Rect, Surface

from apps.draw.core.document import Document, Strokes
from apps.draw.core.messages import Command, Do
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext, Part
from apps.draw.ui.layout import Layout, cells, columns
from apps.draw.ui.panels.common import Card, Painted, inner, thumbnail, words
from apps.draw.ui.shapes import fill_rounded


class Places:
    """Where the parts of the panel are."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        rect, gap = inner(layout, ctx), ctx.px(8)
        self.words = Rect(rect.x, rect.y, rect.width, ctx.px(36))
        self.chips = Rect(rect.x, self.words.bottom + ctx.px(4), rect.width, ctx.px(36))
        self.buttons = Rect(rect.x, self.chips.bottom + gap, rect.width, ctx.px(34))
        self.result = Rect(rect.x, self.buttons.bottom + gap, rect.width, ctx.px(72))
        top = self.result.bottom + gap
        self.samples = Rect(rect.x, top, rect.width, max(1, rect.bottom - top))

    def thumbs(self, count: int, ctx: DrawContext) -> list[Rect]:
        """The cells of so many samples."""
        return cells(self.samples, count, 0.74, ctx.px(6), ctx.px(96))


def controls(state: State, layout: Layout, ctx: DrawContext) -> list[Control]:
    """The ten digits, learn and take back, and the samples."""
    places = Places(layout, ctx)
    label = state.document.label
    found = [
        Control(
            Do(Command.DIGIT, digit),
            rect,
            str(digit),
            "",
            f"It is a {digit}: keep it to learn from",
            label == digit,
            card=True,
        )
        for digit, rect in enumerate(columns(places.chips, 10, ctx.px(4)))
    ]
    learn, back = columns(places.buttons, 2, ctx.px(6))
    found += [
        Control(
            Do(Command.LEARN),
            learn,
            f"Learn from {len(state.samples)}",
            "Shift+L",
            "A few seconds of training on them",
            card=True,
            strong=True,
        ),
        Control(Do(Command.UNLEARN), back, "Take back", "", "As it was before the lesson", card=True),
    ]
    for number, rect in enumerate(places.thumbs(len(state.samples), ctx)):
        found.append(Control(Do(Command.DROP_SAMPLE, number), rect, tip="Leave this one out", drawn=False))
    return found


def parts(layout: Layout, ctx: DrawContext) -> list[Part]:
    """The card, the words, the lesson, and the samples."""
    places = Places(layout, ctx)
    view = _View(places, ctx)
    return [
        Card(layout, ctx, "Teach"),
        Painted(places.words, ctx, _hint, view.paint_words),
        Painted(places.result, ctx, view.look_result, view.paint_result),
        Painted(places.samples, ctx, view.look_samples, view.paint_samples),
    ]


def _hint(state: State) -> str:
    if not state.can_learn:
        return "This network can't be taught: its recognizer has no way to learn."
    if not state.document.strokes:
        return "Draw a digit that it misreads, then say what it is: click, or press its key."
    return "No, it is a ... (click, or press the digit's key)"


class _View:
    def __init__(self, places: Places, ctx: DrawContext) -> None:
        self._places, self._ctx = places, ctx

    def paint_words(self, surface: Surface, rect: Rect, view: str) -> None:
        """Up to two lines."""
        high = self._ctx.px(17)
        for number, line in enumerate(words(view, self._ctx, rect.width)[:2]):
            place = Rect(rect.x, rect.y + number * high, rect.width, high)
            self._ctx.text(surface, line, place, self._ctx.colours.muted, theme.SMALL)

    def look_result(self, state: State) -> tuple[bool, tuple[float, float, float] | None]:
        """Whether it is learning, and what the last lesson did."""
        lesson = state.fine_tuned
        return state.fine_tuning, None if lesson is None else (lesson.before, lesson.after, lesson.seconds)

    def paint_result(self, surface: Surface, rect: Rect, view: tuple[bool, tuple[float, float, float] | None]) -> None:
        """Two bars: how many of the samples were read right before, and after."""
        learning, lesson = view
        ctx, colours = self._ctx, self._ctx.colours
        line = ctx.px(22)
        if learning:
            ctx.text(surface, "Learning...", Rect(rect.x, rect.y, rect.width, line), bold=True)
            return
        if lesson is None:
            return
        for number, (name, share) in enumerate((("before", lesson[0]), ("after", lesson[1]))):
            row = Rect(rect.x, rect.y + number * line, rect.width, line)
            ctx.text(surface, name, Rect(row.x, row.y, ctx.px(54), line), colours.muted, theme.SMALL)
            track = Rect(row.x + ctx.px(58), row.centery - ctx.px(4), max(1, row.width - ctx.px(148)), ctx.px(8))
            fill_rounded(surface, track, track.height / 2, colours.track)
            if share > 0:
                bar = Rect(track.topleft, (max(track.height, round(track.width * share)), track.height))
                fill_rounded(surface, bar, track.height / 2, colours.winner if number else colours.other)
            ctx.text(
                surface,
                f"{share:.0%} right",
                Rect(track.right + ctx.px(4), row.y, row.right - track.right - ctx.px(4), line),
                size=theme.SMALL,
                align="midright",
            )
        last = Rect(rect.x, rect.y + 2 * line, rect.width, line)
        ctx.text(surface, f"learned in {lesson[2]:.1f} s", last, colours.muted, theme.SMALL)

    def look_samples(self, state: State) -> tuple[tuple[tuple[Strokes, int], ...], Do | None, Do | None]:
        """The samples, and which of them are pointed at or have the focus."""
        mine = [
            do if do is not None and do.command is Command.DROP_SAMPLE else None for do in (state.hover, state.focus)
        ]
        return state.samples, mine[0], mine[1]

    def paint_samples(
        self, surface: Surface, rect: Rect, view: tuple[tuple[tuple[Strokes, int], ...], Do | None, Do | None]
    ) -> None:
        """A small drawing each, and what it is."""
        samples, hovered, focused = view
        ctx, colours = self._ctx, self._ctx.colours
        for number, ((strokes, label), place) in enumerate(
            zip(samples, self._places.thumbs(len(samples), ctx), strict=True)
        ):
            square = Rect(place.x, place.y, place.width, place.width)
            surface.blit(thumbnail(Document(strokes), square.width, ctx), square)
            ctx.frame(surface, square)
            below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
            ctx.text(surface, f"is a {label}", below, colours.text, theme.SMALL, align="center")
            for do, colour in ((hovered, colours.error), (focused, colours.focus)):
                if do is not None and do.value == number:
                    ctx.outline(surface, place, colour)

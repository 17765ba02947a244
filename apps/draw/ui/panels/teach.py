"""Teach: say what a drawing is, let the network learn from it, see what changed, and take it back."""

from __future__ import annotations

from pygame import Rect, Surface

from apps.draw.core.document import Drawing, Page
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

    def __init__(self, layout: Layout, context: DrawContext) -> None:
        rect, gap = inner(layout, context), context.px(8)
        self.words = Rect(rect.x, rect.y, rect.width, context.px(36))
        self.chips = Rect(rect.x, self.words.bottom + context.px(4), rect.width, context.px(36))
        self.buttons = Rect(rect.x, self.chips.bottom + gap, rect.width, context.px(34))
        self.result = Rect(rect.x, self.buttons.bottom + gap, rect.width, context.px(72))
        top = self.result.bottom + gap
        self.samples = Rect(rect.x, top, rect.width, max(1, rect.bottom - top))

    def thumbs(self, count: int, context: DrawContext) -> list[Rect]:
        """The cells of so many samples."""
        return cells(self.samples, count, 0.74, context.px(6), context.px(96))


def controls(state: State, layout: Layout, context: DrawContext) -> list[Control]:
    """The ten digits, learn and take back, and the samples."""
    places = Places(layout, context)
    label = state.page.label
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
        for digit, rect in enumerate(columns(places.chips, 10, context.px(4)))
    ]
    learn, back = columns(places.buttons, 2, context.px(6))
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
    for number, rect in enumerate(places.thumbs(len(state.samples), context)):
        found.append(Control(Do(Command.DROP_SAMPLE, number), rect, tip="Leave this one out", drawn=False))
    return found


def parts(layout: Layout, context: DrawContext) -> list[Part]:
    """The card, the words, the lesson, and the samples."""
    places = Places(layout, context)
    view = _View(places, context)
    return [
        Card(layout, context, "Teach"),
        Painted(places.words, context, _hint, view.paint_words),
        Painted(places.result, context, view.look_result, view.paint_result),
        Painted(places.samples, context, view.look_samples, view.paint_samples),
    ]


def _hint(state: State) -> str:
    if not state.learns:
        return "This network can't be taught: its recognizer has no way to learn."
    if not state.page.strokes:
        return "Draw a digit that it misreads, then say what it is: click, or press its key."
    return "No, it is a ... (click, or press the digit's key)"


class _View:
    def __init__(self, places: Places, context: DrawContext) -> None:
        self._places, self._context = places, context

    def paint_words(self, surface: Surface, rect: Rect, view: str) -> None:
        """Up to two lines."""
        high = self._context.px(17)
        for number, line in enumerate(words(view, self._context, rect.width)[:2]):
            place = Rect(rect.x, rect.y + number * high, rect.width, high)
            self._context.text(surface, line, place, self._context.colours.muted, theme.SMALL)

    def look_result(self, state: State) -> tuple[bool, tuple[float, float, float] | None]:
        """Whether it is learning, and what the last lesson did."""
        lesson = state.lesson
        return state.learning, None if lesson is None else (lesson.before, lesson.after, lesson.seconds)

    def paint_result(self, surface: Surface, rect: Rect, view: tuple[bool, tuple[float, float, float] | None]) -> None:
        """Two bars: how many of the samples were read right before, and after."""
        learning, lesson = view
        context, colours = self._context, self._context.colours
        line = context.px(22)
        if learning:
            context.text(surface, "Learning...", Rect(rect.x, rect.y, rect.width, line), bold=True)
            return
        if lesson is None:
            return
        for number, (name, share) in enumerate((("before", lesson[0]), ("after", lesson[1]))):
            row = Rect(rect.x, rect.y + number * line, rect.width, line)
            context.text(surface, name, Rect(row.x, row.y, context.px(54), line), colours.muted, theme.SMALL)
            track = Rect(
                row.x + context.px(58), row.centery - context.px(4), max(1, row.width - context.px(148)), context.px(8)
            )
            fill_rounded(surface, track, track.height / 2, colours.track)
            if share > 0:
                bar = Rect(track.topleft, (max(track.height, round(track.width * share)), track.height))
                fill_rounded(surface, bar, track.height / 2, colours.winner if number else colours.other)
            context.text(
                surface,
                f"{share:.0%} right",
                Rect(track.right + context.px(4), row.y, row.right - track.right - context.px(4), line),
                size=theme.SMALL,
                align="midright",
            )
        last = Rect(rect.x, rect.y + 2 * line, rect.width, line)
        context.text(surface, f"learned in {lesson[2]:.1f} s", last, colours.muted, theme.SMALL)

    def look_samples(self, state: State) -> tuple[tuple[tuple[Drawing, int], ...], Do | None, Do | None]:
        """The samples, and which of them are pointed at or have the focus."""
        mine = [
            do if do is not None and do.command is Command.DROP_SAMPLE else None for do in (state.hover, state.focus)
        ]
        return state.samples, mine[0], mine[1]

    def paint_samples(
        self, surface: Surface, rect: Rect, view: tuple[tuple[tuple[Drawing, int], ...], Do | None, Do | None]
    ) -> None:
        """A small drawing each, and what it is."""
        samples, hovered, focused = view
        context, colours = self._context, self._context.colours
        for number, ((strokes, label), place) in enumerate(
            zip(samples, self._places.thumbs(len(samples), context), strict=True)
        ):
            square = Rect(place.x, place.y, place.width, place.width)
            surface.blit(thumbnail(Page(strokes), square.width, context), square)
            context.frame(surface, square)
            below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
            context.text(surface, f"is a {label}", below, colours.text, theme.SMALL, align="center")
            for do, colour in ((hovered, colours.trouble), (focused, colours.focus)):
                if do is not None and do.value == number:
                    context.outline(surface, place, colour)

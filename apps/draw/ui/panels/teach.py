"""Teach: say what a drawing is, let the network learn from it, see what changed, and take it back."""

from __future__ import annotations

from pygame import Rect, Surface

from apps.draw.core.document import Drawing, Page
from apps.draw.core.messages import Command, Do
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import Kit, Part
from apps.draw.ui.layout import Layout, cells, columns
from apps.draw.ui.panels.common import Card, Painted, inner, thumbnail, words
from apps.draw.ui.shapes import fill_rounded


class Places:
    """Where the parts of the panel are."""

    def __init__(self, layout: Layout, kit: Kit) -> None:
        rect, gap = inner(layout, kit), kit.px(8)
        self.words = Rect(rect.x, rect.y, rect.width, kit.px(36))
        self.chips = Rect(rect.x, self.words.bottom + kit.px(4), rect.width, kit.px(36))
        self.buttons = Rect(rect.x, self.chips.bottom + gap, rect.width, kit.px(34))
        self.result = Rect(rect.x, self.buttons.bottom + gap, rect.width, kit.px(72))
        top = self.result.bottom + gap
        self.samples = Rect(rect.x, top, rect.width, max(1, rect.bottom - top))

    def thumbs(self, count: int, kit: Kit) -> list[Rect]:
        """The cells of so many samples."""
        return cells(self.samples, count, 0.74, kit.px(6), kit.px(96))


def controls(state: State, layout: Layout, kit: Kit) -> list[Control]:
    """The ten digits, learn and take back, and the samples."""
    places = Places(layout, kit)
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
        for digit, rect in enumerate(columns(places.chips, 10, kit.px(4)))
    ]
    learn, back = columns(places.buttons, 2, kit.px(6))
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
    for number, rect in enumerate(places.thumbs(len(state.samples), kit)):
        found.append(Control(Do(Command.DROP_SAMPLE, number), rect, tip="Leave this one out", drawn=False))
    return found


def parts(layout: Layout, kit: Kit) -> list[Part]:
    """The card, the words, the lesson, and the samples."""
    places = Places(layout, kit)
    view = _View(places, kit)
    return [
        Card(layout, kit, "Teach"),
        Painted(places.words, kit, _hint, view.paint_words),
        Painted(places.result, kit, view.look_result, view.paint_result),
        Painted(places.samples, kit, view.look_samples, view.paint_samples),
    ]


def _hint(state: State) -> str:
    if not state.learns:
        return "This network can't be taught: its recognizer has no way to learn."
    if not state.page.strokes:
        return "Draw a digit that it misreads, then say what it is: click, or press its key."
    return "No, it is a ... (click, or press the digit's key)"


class _View:
    def __init__(self, places: Places, kit: Kit) -> None:
        self._places, self._kit = places, kit

    def paint_words(self, surface: Surface, rect: Rect, look: str) -> None:
        """Up to two lines."""
        high = self._kit.px(17)
        for number, line in enumerate(words(look, self._kit, rect.width)[:2]):
            place = Rect(rect.x, rect.y + number * high, rect.width, high)
            self._kit.text(surface, line, place, self._kit.colours.muted, theme.SMALL)

    def look_result(self, state: State) -> tuple[bool, tuple[float, float, float] | None]:
        """Whether it is learning, and what the last lesson did."""
        lesson = state.lesson
        return state.learning, None if lesson is None else (lesson.before, lesson.after, lesson.seconds)

    def paint_result(self, surface: Surface, rect: Rect, look: tuple[bool, tuple[float, float, float] | None]) -> None:
        """Two bars: how many of the samples were read right before, and after."""
        learning, lesson = look
        kit, colours = self._kit, self._kit.colours
        line = kit.px(22)
        if learning:
            kit.text(surface, "Learning...", Rect(rect.x, rect.y, rect.width, line), bold=True)
            return
        if lesson is None:
            return
        for number, (name, share) in enumerate((("before", lesson[0]), ("after", lesson[1]))):
            row = Rect(rect.x, rect.y + number * line, rect.width, line)
            kit.text(surface, name, Rect(row.x, row.y, kit.px(54), line), colours.muted, theme.SMALL)
            track = Rect(row.x + kit.px(58), row.centery - kit.px(4), max(1, row.width - kit.px(148)), kit.px(8))
            fill_rounded(surface, track, track.height / 2, colours.track)
            if share > 0:
                bar = Rect(track.topleft, (max(track.height, round(track.width * share)), track.height))
                fill_rounded(surface, bar, track.height / 2, colours.winner if number else colours.other)
            kit.text(
                surface,
                f"{share:.0%} right",
                Rect(track.right + kit.px(4), row.y, row.right - track.right - kit.px(4), line),
                size=theme.SMALL,
                align="midright",
            )
        last = Rect(rect.x, rect.y + 2 * line, rect.width, line)
        kit.text(surface, f"learned in {lesson[2]:.1f} s", last, colours.muted, theme.SMALL)

    def look_samples(self, state: State) -> tuple[tuple[tuple[Drawing, int], ...], Do | None, Do | None]:
        """The samples, and which of them are pointed at or have the focus."""
        mine = [
            do if do is not None and do.command is Command.DROP_SAMPLE else None for do in (state.hover, state.focus)
        ]
        return state.samples, mine[0], mine[1]

    def paint_samples(
        self, surface: Surface, rect: Rect, look: tuple[tuple[tuple[Drawing, int], ...], Do | None, Do | None]
    ) -> None:
        """A small drawing each, and what it is."""
        samples, hovered, focused = look
        kit, colours = self._kit, self._kit.colours
        for number, ((strokes, label), place) in enumerate(
            zip(samples, self._places.thumbs(len(samples), kit), strict=True)
        ):
            square = Rect(place.x, place.y, place.width, place.width)
            surface.blit(thumbnail(Page(strokes), square.width, kit), square)
            kit.frame(surface, square)
            below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
            kit.text(surface, f"is a {label}", below, colours.text, theme.SMALL, align="center")
            for do, colour in ((hovered, colours.trouble), (focused, colours.focus)):
                if do is not None and do.value == number:
                    kit.outline(surface, place, colour)

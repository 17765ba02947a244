"""Try me: digits of MNIST, the surest mistakes, and a game against the clock."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from apps.draw.core.messages import Command, Do, Mistakes
from apps.draw.core.state import Game, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext, Part
from apps.draw.ui.layout import Layout, cells, columns
from apps.draw.ui.panels.common import Card, Painted, inner, thumbnail, words


class Places:
    """Where the parts of the panel are."""

    def __init__(self, layout: Layout, context: DrawContext) -> None:
        rect, gap = inner(layout, context), context.px(8)
        self.buttons = Rect(rect.x, rect.y, rect.width, context.px(34))
        self.game = Rect(rect.x, self.buttons.bottom + gap, rect.width, context.px(96))
        self.note = Rect(rect.x, self.game.bottom + gap, rect.width, context.px(36))
        top = self.note.bottom + context.px(4)
        self.mistakes = Rect(rect.x, top, rect.width, max(1, rect.bottom - top))

    def thumbs(self, count: int, context: DrawContext) -> list[Rect]:
        """The cells of so many mistakes."""
        return cells(self.mistakes, count, 0.72, context.px(5), context.px(110))


def controls(state: State, layout: Layout, context: DrawContext) -> list[Control]:
    """Three buttons, and the mistakes."""
    places = Places(layout, context)
    random, mistakes, game = columns(places.buttons, 3, context.px(6))
    found = [
        Control(Do(Command.RANDOM), random, "Random digit", "X", "One of MNIST's test images", card=True),
        Control(
            Do(Command.MISTAKES),
            mistakes,
            "Mistakes",
            "K",
            "The test images it misreads, the surest first",
            state.mistakes,
            card=True,
        ),
        Control(
            Do(Command.GAME),
            game,
            "Stop" if state.playing else "Game",
            "G",
            "Draw what you are asked for, for a minute",
            card=True,
            strong=True,
        ),
    ]
    shown: Mistakes | None = state.looks.get("mistakes") if state.mistakes else None
    if shown is not None:
        for number, rect in enumerate(places.thumbs(len(shown.pages), context)):
            tip = f"It is a {shown.pages[number].label}; the network says {shown.answers[number]}"
            found.append(Control(Do(Command.MISTAKE, number), rect, tip=tip, drawn=False))
    return found


def parts(layout: Layout, context: DrawContext) -> list[Part]:
    """The card, the game, and the mistakes."""
    places = Places(layout, context)
    view = _View(places, context)
    return [
        Card(layout, context, "Try me"),
        Painted(places.game, context, view.look_game, view.paint_game),
        Painted(places.note, context, view.look_note, view.paint_note),
        Painted(places.mistakes, context, view.look_mistakes, view.paint_mistakes),
    ]


class _View:
    def __init__(self, places: Places, context: DrawContext) -> None:
        self._places, self._context = places, context

    def look_game(self, state: State) -> tuple[Game | None, int, int]:
        """The game to whole seconds, and the best score."""
        game = state.game
        return (
            None if game is None else game._replace(left=0.0),
            0 if game is None else -int(-game.left // 1),
            state.best,
        )

    def paint_game(self, surface: Surface, rect: Rect, view: tuple[Game | None, int, int]) -> None:
        """What to draw, the time that is left, and the score."""
        game, left, best = view
        context, colours = self._context, self._context.colours
        pygame.draw.rect(surface, colours.track, rect, 1, border_radius=context.px(theme.RADIUS))
        pad = context.px(12)
        room = rect.inflate(-2 * pad, -2 * context.px(8))
        line = context.px(22)
        if game is None:
            text = "A minute, and as many digits as you can write: each counts when it is read as it was asked for."
            for number, each in enumerate(words(text, context, room.width, theme.NORMAL)[:3]):
                context.text(surface, each, Rect(room.x, room.y + number * line, room.width, line), colours.muted)
            return
        target = Rect(room.x, room.y, room.height, room.height)
        side = Rect(target.right + pad, room.y, max(1, room.right - target.right - pad), line)
        if left:
            context.text(surface, str(game.target), target, colours.winner, 60, align="center", bold=True)
            context.text(surface, f"Draw a {game.target}", side, bold=True)
            context.text(surface, f"{left} s left", side.move(0, line), colours.muted)
        else:
            context.text(surface, str(game.score), target, colours.winner, 60, align="center", bold=True)
            context.text(surface, "Time is up", side, bold=True)
            context.text(surface, f"{game.score} digits in a minute", side.move(0, line), colours.muted)
        context.text(surface, f"score {game.score}, best {best}", side.move(0, 2 * line), colours.muted)

    def look_note(self, state: State) -> str:
        """How far the search for mistakes is, and what the page on the canvas is."""
        page = state.page
        if page.picture is not None and page.label is not None:
            return f"{page.picture.name}: labelled {page.label}"
        found: Mistakes | None = state.looks.get("mistakes") if state.mistakes else None
        return found.note if found is not None else ("Reading the test images..." if state.mistakes else "")

    def paint_note(self, surface: Surface, rect: Rect, view: str) -> None:
        """One or two lines."""
        high = self._context.px(17)
        for number, line in enumerate(words(view, self._context, rect.width)[:2]):
            place = Rect(rect.x, rect.y + number * high, rect.width, high)
            self._context.text(surface, line, place, self._context.colours.muted, theme.SMALL)

    def look_mistakes(self, state: State) -> tuple[Mistakes | None, Do | None, Do | None]:
        """The mistakes, and which of them are pointed at or have the focus."""
        shown = state.looks.get("mistakes") if state.mistakes else None
        mine = [do if do is not None and do.command is Command.MISTAKE else None for do in (state.hover, state.focus)]
        return shown, mine[0], mine[1]

    def paint_mistakes(self, surface: Surface, rect: Rect, view: tuple[Mistakes | None, Do | None, Do | None]) -> None:
        """A picture each, what it is and what the network says."""
        shown, hovered, focused = view
        if shown is None:
            return
        context, colours = self._context, self._context.colours
        places = self._places.thumbs(len(shown.pages), context)
        for number, (page, answer, place) in enumerate(zip(shown.pages, shown.answers, places, strict=True)):
            square = Rect(place.x, place.y, place.width, place.width)
            surface.blit(thumbnail(page, square.width, context), square)
            context.frame(surface, square)
            below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
            context.text(surface, f"{page.label} not {answer}", below, colours.muted, theme.SMALL, align="center")
            for do, colour in ((hovered, colours.muted), (focused, colours.focus)):
                if do is not None and do.value == number:
                    context.outline(surface, place, colour)

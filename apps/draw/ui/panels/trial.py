"""Try me: digits of MNIST, the surest mistakes, and a game against the clock."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from apps.draw.core.messages import Command, Do, Misclassified
from apps.draw.core.state import Game, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext, Part
from apps.draw.ui.layout import Layout, cells, columns
from apps.draw.ui.panels.common import Card, Painted, inner, thumbnail, words


class Places:
    """Where the parts of the panel are."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        rect, gap = inner(layout, ctx), ctx.px(8)
        self.buttons = Rect(rect.x, rect.y, rect.width, ctx.px(34))
        self.game = Rect(rect.x, self.buttons.bottom + gap, rect.width, ctx.px(96))
        self.note = Rect(rect.x, self.game.bottom + gap, rect.width, ctx.px(36))
        top = self.note.bottom + ctx.px(4)
        self.mistakes = Rect(rect.x, top, rect.width, max(1, rect.bottom - top))

    def thumbs(self, count: int, ctx: DrawContext) -> list[Rect]:
        """The cells of so many mistakes."""
        return cells(self.mistakes, count, 0.72, ctx.px(5), ctx.px(110))


def controls(state: State, layout: Layout, ctx: DrawContext) -> list[Control]:
    """Three buttons, and the mistakes."""
    places = Places(layout, ctx)
    random, mistakes, game = columns(places.buttons, 3, ctx.px(6))
    found = [
        Control(Do(Command.RANDOM), random, "Random digit", "X", "One of MNIST's test images", card=True),
        Control(
            Do(Command.MISTAKES),
            mistakes,
            "Errors",
            "K",
            "The test images it misreads, the surest first",
            state.show_errors,
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
    shown: Misclassified | None = state.panel_data.get("errors") if state.show_errors else None
    if shown is not None:
        for number, rect in enumerate(places.thumbs(len(shown.documents), ctx)):
            tip = f"It is a {shown.documents[number].label}; the network says {shown.answers[number]}"
            found.append(Control(Do(Command.MISTAKE, number), rect, tip=tip, drawn=False))
    return found


def parts(layout: Layout, ctx: DrawContext) -> list[Part]:
    """The card, the game, and the mistakes."""
    places = Places(layout, ctx)
    view = _View(places, ctx)
    return [
        Card(layout, ctx, "Try me"),
        Painted(places.game, ctx, view.look_game, view.paint_game),
        Painted(places.note, ctx, view.look_note, view.paint_note),
        Painted(places.mistakes, ctx, view.look_mistakes, view.paint_mistakes),
    ]


class _View:
    def __init__(self, places: Places, ctx: DrawContext) -> None:
        self._places, self._ctx = places, ctx

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
        ctx, colours = self._ctx, self._ctx.colours
        pygame.draw.rect(surface, colours.track, rect, 1, border_radius=ctx.px(theme.RADIUS))
        pad = ctx.px(12)
        room = rect.inflate(-2 * pad, -2 * ctx.px(8))
        line = ctx.px(22)
        if game is None:
            text = "A minute, and as many digits as you can write: each counts when it is read as it was asked for."
            for number, each in enumerate(words(text, ctx, room.width, theme.NORMAL)[:3]):
                ctx.text(surface, each, Rect(room.x, room.y + number * line, room.width, line), colours.muted)
            return
        target = Rect(room.x, room.y, room.height, room.height)
        side = Rect(target.right + pad, room.y, max(1, room.right - target.right - pad), line)
        if left:
            ctx.text(surface, str(game.target), target, colours.winner, 60, align="center", bold=True)
            ctx.text(surface, f"Draw a {game.target}", side, bold=True)
            ctx.text(surface, f"{left} s left", side.move(0, line), colours.muted)
        else:
            ctx.text(surface, str(game.score), target, colours.winner, 60, align="center", bold=True)
            ctx.text(surface, "Time is up", side, bold=True)
            ctx.text(surface, f"{game.score} digits in a minute", side.move(0, line), colours.muted)
        ctx.text(surface, f"score {game.score}, best {best}", side.move(0, 2 * line), colours.muted)

    def look_note(self, state: State) -> str:
        """How far the search for mistakes is, and what the document on the canvas is."""
        document = state.document
        if document.picture is not None and document.label is not None:
            return f"{document.picture.name}: labelled {document.label}"
        found: Misclassified | None = state.panel_data.get("errors") if state.show_errors else None
        return found.note if found is not None else ("Reading the test images..." if state.show_errors else "")

    def paint_note(self, surface: Surface, rect: Rect, view: str) -> None:
        """One or two lines."""
        high = self._ctx.px(17)
        for number, line in enumerate(words(view, self._ctx, rect.width)[:2]):
            place = Rect(rect.x, rect.y + number * high, rect.width, high)
            self._ctx.text(surface, line, place, self._ctx.colours.muted, theme.SMALL)

    def look_mistakes(self, state: State) -> tuple[Misclassified | None, Do | None, Do | None]:
        """The mistakes, and which of them are pointed at or have the focus."""
        shown = state.panel_data.get("errors") if state.show_errors else None
        mine = [do if do is not None and do.command is Command.MISTAKE else None for do in (state.hover, state.focus)]
        return shown, mine[0], mine[1]

    def paint_mistakes(
        self, surface: Surface, rect: Rect, view: tuple[Misclassified | None, Do | None, Do | None]
    ) -> None:
        """A picture each, what it is and what the network says."""
        shown, hovered, focused = view
        if shown is None:
            return
        ctx, colours = self._ctx, self._ctx.colours
        places = self._places.thumbs(len(shown.documents), ctx)
        for number, (document, answer, place) in enumerate(zip(shown.documents, shown.answers, places, strict=True)):
            square = Rect(place.x, place.y, place.width, place.width)
            surface.blit(thumbnail(document, square.width, ctx), square)
            ctx.frame(surface, square)
            below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
            ctx.text(surface, f"{document.label} not {answer}", below, colours.muted, theme.SMALL, align="center")
            for do, colour in ((hovered, colours.muted), (focused, colours.focus)):
                if do is not None and do.value == number:
                    ctx.outline(surface, place, colour)

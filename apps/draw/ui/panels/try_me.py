"""Try me: digits of MNIST, the highest-confidence errors, and a game against the clock."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.panel_data import Misclassified
from apps.draw.core.state import Game, Perform, State, Value
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.layout import cells, columns
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.thumbnails import thumbnail


def _errors(state: State) -> Misclassified | None:
    """The network's errors, where they are shown."""
    return state.panel_data.get("errors") if state.show_errors else None


class TryMe(PanelView):
    """Three buttons, the game, and the network's errors."""

    title = "Try me"

    def arrange(self) -> None:
        """One below the other."""
        gap = self.ctx.px(8)
        self.buttons = self.row(self.rect.y, 34)
        self.game = self.row(self.buttons.bottom + gap, 96)
        self.note = self.row(self.game.bottom + gap, 36)
        self.errors = self.below(self.note.bottom + self.ctx.px(4))

    def _thumbs(self, count: int) -> list[Rect]:
        """The places of the errors."""
        return cells(self.errors, count, 0.72, self.ctx.px(5), self.ctx.px(110))

    def controls(self, state: State) -> list[Control]:
        """Three buttons, and the errors."""
        random, errors, game = columns(self.buttons, 3, self.ctx.px(6))
        found = [
            button(actions.RANDOM, random, card=True),
            button(actions.ERRORS, errors, on=state.show_errors, card=True),
            button(actions.GAME, game, label="Stop" if state.playing else "", card=True, strong=True),
        ]
        shown = _errors(state)
        if shown is not None:
            for number, rect in enumerate(self._thumbs(len(shown.documents))):
                tip = f"It is a {shown.documents[number].label}; the network says {shown.answers[number]}"
                found.append(Control(Perform(actions.ERROR, number), rect, tip=tip, drawn=False))
        return found

    def sections(self) -> list[Part]:
        """The game, a note, and the errors."""
        return [
            self.section(self.game, self._game_model, self._paint_game),
            self.text(self.note, self._note),
            self.section(self.errors, self._errors_model, self._paint_errors),
        ]

    def _game_model(self, state: State) -> tuple[Game | None, int, int]:
        """The game to whole seconds, and the best score."""
        game = state.game
        return (
            None if game is None else game._replace(left=0.0),
            0 if game is None else -int(-game.left // 1),
            state.best,
        )

    def _paint_game(self, surface: Surface, rect: Rect, view: tuple[Game | None, int, int]) -> None:
        """What to draw, the time that is left, and the score."""
        game, left, best = view
        ctx, colours = self.ctx, self.ctx.colours
        pygame.draw.rect(surface, colours.track, rect, 1, border_radius=ctx.px(theme.RADIUS))
        pad = ctx.px(12)
        room = rect.inflate(-2 * pad, -2 * ctx.px(8))
        line = ctx.px(22)
        if game is None:
            text = "Write as many of the digits asked for as you can in a minute. Each counts when it is recognized."
            self.write(surface, room, text, theme.NORMAL)
            return
        target = Rect(room.x, room.y, room.height, room.height)
        side = Rect(target.right + pad, room.y, max(1, room.right - target.right - pad), line)
        if left:
            ctx.text(surface, str(game.target), target, colours.answer, 60, align="center", bold=True)
            ctx.text(surface, f"Draw a {game.target}", side, bold=True)
            ctx.text(surface, f"{left} s left", side.move(0, line), colours.muted)
        else:
            ctx.text(surface, str(game.score), target, colours.answer, 60, align="center", bold=True)
            ctx.text(surface, "Time is up", side, bold=True)
            ctx.text(surface, f"{game.score} digits in a minute", side.move(0, line), colours.muted)
        ctx.text(surface, f"score {game.score}, best {best}", side.move(0, 2 * line), colours.muted)

    def _note(self, state: State) -> str:
        """How far the search for errors is; or what is on the canvas."""
        document = state.document
        if document.picture is not None and document.label is not None:
            return f"{document.picture.name}: labelled {document.label}"
        errors = _errors(state)
        return errors.note if errors is not None else ("Reading the test images..." if state.show_errors else "")

    def _errors_model(self, state: State) -> tuple[Misclassified | None, Value, Value]:
        """The errors, and which of them the pointer and the focus are on."""
        return _errors(state), actions.ERROR.value_of(state.hover), actions.ERROR.value_of(state.focus)

    def _paint_errors(self, surface: Surface, rect: Rect, view: tuple[Misclassified | None, Value, Value]) -> None:
        """An image each, with its label and the network's answer."""
        errors, hovered, focused = view
        if errors is None:
            return
        ctx, colour, places = self.ctx, self.ctx.colours.muted, self._thumbs(len(errors.documents))
        for document, answer, place in zip(errors.documents, errors.answers, places, strict=True):
            image = thumbnail(document, place.width, ctx)
            ctx.captioned(surface, place, image, f"{document.label} not {answer}", colour)
        self.outlined(surface, places, hovered, focused, colour)

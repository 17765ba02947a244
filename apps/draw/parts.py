"""The parts of the window: each has its place, says what its look depends on, and draws itself."""

from typing import Protocol

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw import theme
from apps.draw.ink import Ink
from apps.draw.layout import Layout
from apps.draw.shapes import fill_rounded
from apps.draw.state import Command, State
from apps.draw.theme import Colour, Type

KEYS = {Command.PREDICT: "P", Command.UNDO: "U", Command.CLEAR: "C"}
HINTS = "Enter  predict      Ctrl+Z  undo      Ctrl+Y  redo      Delete  clear      Esc  quit"

SMALL, NORMAL = 11.0, 13.0
"""Sizes of type, at scale 1."""

RADIUS = 9.0
"""Of round corners, at scale 1."""


class Part(Protocol):
    """A rectangle of the window."""

    def shows(self, state: State) -> object:
        """Everything of the state that the part's look depends on: while it stays equal, so does the look."""

    def draw(self, surface: Surface, state: State) -> Rect:
        """Draw over whatever was there; returns the rectangle that changed."""


class Canvas:
    """The paper, its ink, and a hint while there is none."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._rect = layout.canvas
        self._ink = Ink(layout.canvas.width)
        self._hint = type_.render("Draw a digit", layout.px(17), theme.FAINT)
        self._blank: bool | None = None

    def shows(self, state: State) -> object:
        """The ink."""
        return state.drawing

    def draw(self, surface: Surface, state: State) -> Rect:
        """Draw the ink that is new."""
        changed = self._ink.show(state.drawing)
        if self._blank is None or self._blank == bool(state.drawing):
            changed = self._ink.surface.get_rect()
            pygame.draw.rect(surface, theme.TRACK, self._rect.inflate(2, 2), 1)
        self._blank = not state.drawing
        place = changed.move(self._rect.topleft)
        surface.blit(self._ink.surface, place, changed)
        if self._blank:
            surface.blit(self._hint, self._hint.get_rect(center=self._rect.center))
        return place


class Answer:
    """The digit, how sure the network is of it, and the image it was shown."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._layout = layout
        self._type = type_

    def shows(self, state: State) -> object:
        """Which answer it is, or why there is none."""
        return state.answered, state.prediction is None, bool(state.drawing), state.ready, state.error

    def draw(self, surface: Surface, state: State) -> Rect:
        """Draw the card."""
        layout, rect = self._layout, self._layout.answer
        _fill_card(surface, rect, layout.px(RADIUS), theme.CARD)
        surface.fill(theme.PAPER, layout.image)
        caption = "Answer"
        prediction = state.prediction
        if prediction is not None:
            surface.blit(enlarged(prediction.image, layout.image.width), layout.image)
        if prediction is not None and prediction.label is not None:
            caption = f"Answer, {percent(prediction.probabilities[prediction.label])} sure"
            self._draw_digit(surface, str(prediction.label))
        else:
            line = self._type.fit(_reason(state), layout.px(NORMAL), layout.digit.width, theme.FAINT)
            surface.blit(line, line.get_rect(midleft=layout.digit.midleft))
        self._draw_caption(surface, caption, layout.digit)
        self._draw_caption(surface, "Network input", layout.image)
        return rect

    def _draw_caption(self, surface: Surface, text: str, above: Rect) -> None:
        layout = self._layout
        caption = self._type.fit(text, layout.px(SMALL), above.width, theme.MUTED)
        surface.blit(caption, (above.x, layout.answer.y + layout.px(10)))

    def _draw_digit(self, surface: Surface, digit: str) -> None:
        """Draw the digit as large as it fits."""
        area = self._layout.digit
        text = _trimmed(self._type.fit(digit, round(area.height * 1.2), area.width, theme.ORANGE, bold=True))
        surface.blit(text, text.get_rect(center=area.center))


class Bars:
    """The ten probabilities. The winner has a badge and bold type, not only another colour."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._layout = layout
        self._type = type_

    def shows(self, state: State) -> object:
        """Which answer it is."""
        return state.answered, state.prediction is None

    def draw(self, surface: Surface, state: State) -> Rect:
        """Draw the card."""
        layout, rect = self._layout, self._layout.bars
        _fill_card(surface, rect, layout.px(RADIUS), theme.CARD)
        inner = rect.inflate(-2 * layout.px(10), -2 * layout.px(8))
        prediction = state.prediction
        answered = prediction is not None and prediction.label is not None
        for digit in range(10):
            top, bottom = (inner.y + round(i * inner.height / 10) for i in (digit, digit + 1))
            row = Rect(inner.x, top, inner.width, bottom - top)
            probability = float(prediction.probabilities[digit]) if prediction and answered else None
            self._draw_row(surface, row, digit, probability, bool(prediction and prediction.label == digit))
        return rect

    def _draw_row(
        self, surface: Surface, row: Rect, digit: int, probability: float | None, wins: bool
    ) -> None:
        layout = self._layout
        size = min(layout.px(NORMAL), layout.bars.height // 12)  # the same in each row
        badge = Rect(0, 0, layout.px(20), min(layout.px(20), row.height))
        badge.midleft = row.midleft
        if wins:
            fill_rounded(surface, badge, layout.px(5), theme.ORANGE)
        colour = theme.CARD if wins else theme.MUTED
        label = self._type.render(str(digit), size, colour, wins)
        surface.blit(label, label.get_rect(center=badge.center))

        track = Rect(0, 0, row.width - layout.px(20 + 10 + 56), layout.px(9))
        track.midleft = (badge.right + layout.px(10), row.centery)
        fill_rounded(surface, track, track.height / 2, theme.TRACK)
        if probability is None:
            return
        self._draw_bar(surface, track, probability, theme.ORANGE if wins else theme.SKY_BLUE)
        value = self._type.render(percent(probability), size, theme.TEXT if wins else theme.MUTED, wins)
        surface.blit(value, value.get_rect(midright=row.midright))

    @staticmethod
    def _draw_bar(surface: Surface, track: Rect, probability: float, colour: Colour) -> None:
        """Fill the track from the left; a bar shorter than it is high is a piece of its round end."""
        length = round(track.width * probability)
        surface.set_clip(Rect(track.topleft, (length, track.height)))
        bar = Rect(track.topleft, (max(length, track.height), track.height))
        fill_rounded(surface, bar, track.height / 2, colour)
        surface.set_clip(None)


class Button:
    """A button with its key."""

    def __init__(self, layout: Layout, type_: Type, command: Command) -> None:
        self._layout = layout
        self._type = type_
        self._command = command

    def shows(self, state: State) -> object:
        """Whether it can be used, and what the pointer does on it."""
        return state.allows(self._command), state.hover is self._command, state.pressed is self._command

    def draw(self, surface: Surface, state: State) -> Rect:
        """Draw the button."""
        layout, rect = self._layout, self._layout.buttons[self._command]
        enabled, hovered = state.allows(self._command), state.hover is self._command
        down = hovered and state.pressed is self._command
        _fill_card(surface, rect, layout.px(RADIUS), _button_colour(enabled, hovered, down))
        name, hint = (theme.TEXT, theme.MUTED) if enabled else (theme.FAINT, theme.FAINT)
        label = self._type.fit(self._command.value, layout.px(NORMAL), rect.width * 2 // 3, name)
        key = self._type.fit(KEYS[self._command], layout.px(SMALL), rect.width // 7, hint)
        gap = layout.px(7)
        at = label.get_rect(center=rect.center).move(
            -(gap + key.get_width()) // 2, layout.px(1) if down else 0
        )
        surface.blit(label, at)
        surface.blit(key, key.get_rect(midleft=(at.right + gap, at.centery)))
        return rect


class Footer:
    """The keys; or what is wrong."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._layout = layout
        self._type = type_

    def shows(self, state: State) -> object:
        """The error."""
        return state.error

    def draw(self, surface: Surface, state: State) -> Rect:
        """Draw the line."""
        rect = self._layout.footer
        surface.fill(theme.BACKGROUND, rect)
        text, colour = (HINTS, theme.FAINT) if state.error is None else (f"! {state.error}", theme.VERMILION)
        line = self._type.fit(text, self._layout.px(SMALL), rect.width, colour)
        surface.blit(line, line.get_rect(midleft=rect.midleft))
        return rect


def percent(probability: float | np.floating) -> str:
    """A probability as text: ``98.7%``."""
    return f"{100 * probability:.1f}%"


def enlarged(image: np.ndarray, side: int) -> Surface:
    """A (28, 28) float image in [0, 1] as a grey square of ``side`` pixels, its pixels kept sharp."""
    grey = np.rint(image * 255).clip(0, 255).astype(np.uint8)
    small = pygame.surfarray.make_surface(np.repeat(grey.T[:, :, np.newaxis], 3, axis=2))
    return pygame.transform.scale(small, (side, side))


def _fill_card(surface: Surface, rect: Rect, radius: int, colour: Colour) -> None:
    """Fill a round-cornered area anew; without the background its corners would thicken each time."""
    surface.fill(theme.BACKGROUND, rect)
    fill_rounded(surface, rect, radius, colour)


def _reason(state: State) -> str:
    """Why there is no digit to show."""
    if not state.drawing:
        return "Nothing drawn yet"
    if state.error is not None:
        return "No answer"
    if state.prediction is not None:
        return (state.prediction.reason or "No answer").capitalize()
    return "Reading..." if state.ready else "Getting ready..."


def _button_colour(enabled: bool, hovered: bool, down: bool) -> Colour:
    if not enabled:
        return theme.CARD
    if down:
        return theme.BUTTON_PRESSED
    return theme.BUTTON_HOVER if hovered else theme.BUTTON


def _trimmed(surface: Surface) -> Surface:
    """The part of a text that has ink: to place a digit by what is seen of it."""
    return surface.subsurface(surface.get_bounding_rect())

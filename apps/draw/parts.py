"""The parts of the window: each has its place, says how it is to look, and draws that."""

from typing import Any, Protocol

import pygame
from pygame import Rect, Surface

from apps.draw import theme
from apps.draw.ink import Ink
from apps.draw.layout import Layout
from apps.draw.shapes import fill_rounded
from apps.draw.state import Command, Drawing, State
from apps.draw.theme import Colour, Type

KEYS = {Command.PREDICT: "P", Command.UNDO: "U", Command.CLEAR: "C"}
HINTS = "Enter  predict      Ctrl+Z  undo      Ctrl+Y  redo      Delete  clear      Esc  quit"


class Part(Protocol):
    """A rectangle of the window."""

    def look(self, state: State) -> Any:
        """All that the part shows of the state: it is drawn anew only when this is no longer equal."""

    def draw(self, surface: Surface, look: Any) -> Rect:
        """Draw over whatever was there; returns the rectangle that changed."""


class Canvas:
    """The paper, its ink, and a hint while there is none."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._rect = layout.canvas
        self._ink = Ink(layout.canvas.width)
        self._hint = type_.render("Draw a digit", layout.px(theme.LARGE), theme.FAINT)
        self._blank: bool | None = None

    def look(self, state: State) -> Drawing:
        """The ink."""
        return state.drawing

    def draw(self, surface: Surface, look: Drawing) -> Rect:
        """Draw the ink that is new."""
        changed = self._ink.show(look)
        if self._blank is None or self._blank == bool(look):
            changed = self._ink.surface.get_rect()
            pygame.draw.rect(surface, theme.TRACK, self._rect.inflate(2, 2), 1)
        self._blank = not look
        place = changed.move(self._rect.topleft)
        surface.blit(self._ink.surface, place, changed)
        if self._blank:
            surface.blit(self._hint, self._hint.get_rect(center=self._rect.center))
        return place


class Button:
    """A button with its key."""

    def __init__(self, layout: Layout, type_: Type, command: Command) -> None:
        self._rect = layout.buttons[command]
        self._px = layout.px
        self._type = type_
        self._command = command

    def look(self, state: State) -> tuple[bool, bool, bool]:
        """Whether it can be used, whether the pointer is on it, and whether it is down."""
        hovered = state.hover is self._command
        return state.allows(self._command), hovered, hovered and state.pressed is self._command

    def draw(self, surface: Surface, look: tuple[bool, bool, bool]) -> Rect:
        """Draw the button."""
        enabled, _, down = look
        surface.fill(theme.BACKGROUND, self._rect)
        fill_rounded(surface, self._rect, self._px(theme.RADIUS), _button_colour(*look))
        name, hint = (theme.TEXT, theme.MUTED) if enabled else (theme.FAINT, theme.FAINT)
        label = self._type.fit(self._command.value, self._px(theme.NORMAL), self._rect.width * 2 // 3, name)
        key = self._type.fit(KEYS[self._command], self._px(theme.SMALL), self._rect.width // 7, hint)
        gap, sunk = self._px(7), self._px(1) if down else 0
        at = label.get_rect(center=self._rect.center).move(-(gap + key.get_width()) // 2, sunk)
        surface.blit(label, at)
        surface.blit(key, key.get_rect(midleft=(at.right + gap, at.centery)))
        return self._rect


class Footer:
    """The keys; or what is wrong."""

    def __init__(self, layout: Layout, type_: Type) -> None:
        self._rect = layout.footer
        self._size = layout.px(theme.SMALL)
        self._type = type_

    def look(self, state: State) -> str | None:
        """The error."""
        return state.error

    def draw(self, surface: Surface, look: str | None) -> Rect:
        """Draw the line."""
        surface.fill(theme.BACKGROUND, self._rect)
        text, colour = (HINTS, theme.FAINT) if look is None else (f"! {look}", theme.VERMILION)
        line = self._type.fit(text, self._size, self._rect.width, colour)
        surface.blit(line, line.get_rect(midleft=self._rect.midleft))
        return self._rect


def _button_colour(enabled: bool, hovered: bool, down: bool) -> Colour:
    if not enabled:
        return theme.CARD
    if down:
        return theme.BUTTON_PRESSED
    return theme.BUTTON_HOVER if hovered else theme.BUTTON

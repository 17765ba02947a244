"""Draws the state: keeps the parts of the window, and draws those anew whose look has changed."""

import pygame

from apps.draw import theme
from apps.draw.layout import Layout
from apps.draw.parts import Answer, Bars, Button, Canvas, Footer, Part
from apps.draw.state import State


class View:
    """Draws states into a surface, at the size that surface has, whatever it is."""

    def __init__(self) -> None:
        self._type = theme.Type()
        self.fit((1, 1))

    def fit(self, size: tuple[int, int]) -> None:
        """Lay out for a surface of ``size`` pixels; the next ``draw`` draws everything."""
        self.layout = layout = Layout(size)
        self._parts: list[Part] = [
            Canvas(layout, self._type),
            Answer(layout, self._type),
            Bars(layout, self._type),
            Footer(layout, self._type),
            *(Button(layout, self._type, command) for command in layout.buttons),
        ]
        self._shown: list[object] = []

    def draw(self, surface: pygame.Surface, state: State) -> list[pygame.Rect]:
        """Bring ``surface`` from the state drawn before to this one; returns the rectangles that changed."""
        if surface.get_size() != self.layout.size:
            self.fit(surface.get_size())
        shows = [part.shows(state) for part in self._parts]
        if not self._shown:
            surface.fill(theme.BACKGROUND)
            for part in self._parts:
                part.draw(surface, state)
            changed = [surface.get_rect()]
        else:
            changed = [
                part.draw(surface, state)
                for part, before, now in zip(self._parts, self._shown, shows, strict=True)
                if now != before
            ]
        self._shown = shows
        return changed

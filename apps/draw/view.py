"""Draws the state: keeps the parts of the window, and draws those anew whose look has changed."""

import pygame

from apps.draw import theme
from apps.draw.layout import Layout
from apps.draw.panel import Bar, Caption, Cards, Digit, NetworkInput
from apps.draw.parts import Button, Canvas, Footer, Part
from apps.draw.state import State


class View:
    """Draws states into a surface, at the size that surface has, whatever it is.

    Attributes:
        layout: where everything is.
    """

    def __init__(self) -> None:
        self._type = theme.Type()
        self.fit((1, 1))

    def fit(self, size: tuple[int, int]) -> None:
        """Lay out for a surface of ``size`` pixels; the next ``draw`` draws everything."""
        self.layout = layout = Layout(size)
        self._parts: list[Part] = [
            Canvas(layout, self._type),
            Cards(layout, self._type),
            Caption(layout, self._type),
            Digit(layout, self._type),
            NetworkInput(layout),
            *(Bar(layout, self._type, digit) for digit in range(len(layout.rows))),
            *(Button(layout, self._type, command) for command in layout.buttons),
            Footer(layout, self._type),
        ]
        self._looks: list[object] = []

    def draw(self, surface: pygame.Surface, state: State) -> list[pygame.Rect]:
        """Bring ``surface`` from the state drawn before to this one; returns the rectangles that changed."""
        if surface.get_size() != self.layout.size:
            self.fit(surface.get_size())
        looks = [part.look(state) for part in self._parts]
        if self._looks:
            changes = zip(self._parts, looks, self._looks, strict=True)
            changed = [part.draw(surface, look) for part, look, before in changes if look != before]
        else:
            changed = [surface.fill(theme.BACKGROUND)]
            for part, look in zip(self._parts, looks, strict=True):
                part.draw(surface, look)
        self._looks = looks
        return changed

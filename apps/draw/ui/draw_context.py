"""Fonts, colours and the scale of lengths, which every part draws with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.ui import theme
from apps.draw.ui.ink import ramp
from apps.draw.ui.shapes import fill_rounded, ring
from apps.draw.ui.theme import Colour, Theme, Type


@dataclass(frozen=True)
class DrawContext:
    """Type, colours and scale.

    Attributes:
        type: the fonts.
        colours: the theme.
        scale: of text and margins.
    """

    type: Type
    colours: Theme
    scale: float

    def px(self, length: float) -> int:
        """A base length in pixels, at least one."""
        return max(1, round(length * self.scale))

    def text(
        self,
        surface: Surface,
        text: str,
        rect: Rect,
        colour: Colour | None = None,
        size: float = theme.NORMAL,
        *,
        align: str = "midleft",
        bold: bool = False,
        cut: bool = False,
    ) -> Rect:
        """Write one line into a rectangle, reduced or cut to its width; returns its place."""
        colour = self.colours.text if colour is None else colour
        if rect.width < 2:
            return Rect(rect.topleft, (0, 0))
        pixels = self.px(size)
        line = (
            self.type.cut(text, pixels, rect.width, colour)
            if cut
            else self.type.fit(text, pixels, rect.width, colour, bold)
        )
        place = line.get_rect(**{align: getattr(rect, align)})
        surface.blit(line, place)
        return place

    def wrap(self, text: str, width: int, size: float = theme.SMALL) -> tuple[str, ...]:
        """Text broken into lines of that width."""
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and self.type.width(longer, self.px(size)) > width:
                lines.append(line)
                longer = word
            line = longer
        return (*lines, line)

    def card(self, surface: Surface, rect: Rect) -> Rect:
        """Draw a card."""
        surface.fill(self.colours.background, rect)
        fill_rounded(surface, rect, self.px(theme.RADIUS), self.colours.card)
        return rect

    def frame(self, surface: Surface, rect: Rect) -> Rect:
        """A thin line along the edge of an image, which may have the colour of the card."""
        return pygame.draw.rect(surface, self.colours.track, rect, 1)

    def bar(self, surface: Surface, track: Rect, length: int, colour: Colour, vertical: bool = False) -> None:
        """A track filled for ``length`` pixels; a bar shorter than it is thick is a piece of its round end."""
        thick = min(track.size)
        fill_rounded(surface, track, thick / 2, self.colours.track)
        long = max(length, thick)
        if vertical:
            shown = Rect(track.x, track.bottom - length, track.width, length)
            bar = Rect(track.x, track.bottom - long, thick, long)
        else:
            shown, bar = Rect(track.topleft, (length, track.height)), Rect(track.topleft, (long, thick))
        clip = surface.get_clip()
        surface.set_clip(shown.clip(clip))
        fill_rounded(surface, bar, thick / 2, colour)
        surface.set_clip(clip)

    def captioned(self, surface: Surface, place: Rect, image: Surface, caption: str, colour: Colour) -> None:
        """A square image with a frame, and a line of text below."""
        square = Rect(place.topleft, image.get_size())
        surface.blit(image, square)
        self.frame(surface, square)
        below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
        self.text(surface, caption, below, colour, theme.SMALL, align="center")

    def outline(self, surface: Surface, rect: Rect, colour: Colour | None = None) -> None:
        """The ring that shows the focus."""
        ring(surface, rect, self.px(theme.RADIUS) * 0.7, colour or self.colours.focus, max(2, self.px(2)))

    def grey(self, values: np.ndarray) -> Surface:
        """(H, W) in [0, 1] as paper to ink."""
        return indexed(values * 255.0, ramp(self.colours.paper, self.colours.ink))

    def heat(self, values: np.ndarray) -> Surface:
        """(H, W) in [0, 1]: from the paper's colour through blue to the brightest one."""
        paper = self.colours.paper
        if self.colours is theme.LIGHT:
            return indexed(values * 255.0, ramp(paper, theme.SKY_BLUE, theme.BLUE, (0, 22, 40)))
        return indexed(values * 255.0, ramp(paper, theme.BLUE, theme.SKY_BLUE, theme.YELLOW))

    def signed(self, values: np.ndarray) -> Surface:
        """(H, W) in [-1, 1]: contradicting, neutral, supporting."""
        return indexed(127.5 + values * 127.5, ramp(self.colours.contra, self.colours.paper, self.colours.pro))


def indexed(levels: np.ndarray, palette: list[Colour]) -> Surface:
    """(H, W) numbers from 0 to 255 as colours of a palette."""
    surface = Surface(levels.shape[::-1], depth=8)
    surface.set_palette(palette)
    pixels = pygame.surfarray.pixels2d(surface)
    pixels[...] = np.rint(np.nan_to_num(levels)).clip(0, 255).astype(np.uint8).T
    del pixels
    return surface


def scaled(image: Surface, size: tuple[int, int]) -> Surface:
    """An image enlarged with sharp pixels, or reduced smoothly."""
    if size[0] >= image.get_width():
        return pygame.transform.scale(image, size)
    return pygame.transform.smoothscale(image.convert(24), size)

"""Colours and type."""

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import pygame

from nn.text import printable

Colour = tuple[int, int, int]

# The palette of Okabe and Ito (2008), which colour-blind people can tell apart.
ORANGE: Colour = (230, 159, 0)
SKY_BLUE: Colour = (86, 180, 233)
YELLOW: Colour = (240, 228, 66)
BLUE: Colour = (0, 114, 178)
VERMILION: Colour = (213, 94, 0)


@dataclass(frozen=True)
class Theme:
    """The colours of everything.

    Attributes:
        background, card, track: the window, the cards on it, and the track of bars.
        button, hovered, pressed: controls.
        paper, ink: the canvas.
        text, muted, faint: text, from the strongest to the faintest.
        answer, other: the predicted digit and the other digits; ``pro`` supports it, ``contra`` contradicts it.
        error: error messages.
        focus: the ring around what the keyboard acts on.
    """

    background: Colour
    card: Colour
    track: Colour
    button: Colour
    hovered: Colour
    pressed: Colour
    paper: Colour
    ink: Colour
    text: Colour
    muted: Colour
    faint: Colour
    answer: Colour
    other: Colour
    pro: Colour
    contra: Colour
    error: Colour
    focus: Colour


DARK = Theme(
    background=(18, 20, 24),
    card=(27, 30, 36),
    track=(45, 50, 59),
    button=(40, 44, 53),
    hovered=(54, 60, 72),
    pressed=(30, 33, 40),
    paper=(0, 0, 0),
    ink=(255, 255, 255),
    text=(234, 236, 240),
    muted=(164, 171, 184),
    faint=(128, 135, 148),
    answer=ORANGE,
    other=SKY_BLUE,
    pro=SKY_BLUE,
    contra=VERMILION,
    error=(240, 130, 40),
    focus=YELLOW,
)
LIGHT = Theme(
    background=(238, 240, 244),
    card=(252, 252, 253),
    track=(221, 225, 232),
    button=(222, 226, 233),
    hovered=(206, 212, 222),
    pressed=(192, 199, 211),
    paper=(255, 255, 255),
    ink=(20, 22, 26),
    text=(22, 25, 30),
    muted=(76, 84, 97),
    faint=(102, 109, 121),
    answer=VERMILION,
    other=BLUE,
    pro=BLUE,
    contra=VERMILION,
    error=(176, 66, 0),
    focus=(0, 90, 150),
)
THEMES = {"dark": DARK, "light": LIGHT}

# Sizes of text and of round corners: pixels at scale 1.
SMALL, NORMAL, LARGE = 11.5, 13.0, 17.0
RADIUS = 8.0


#: Height of cached text, at most, in pixels: a screenful is a few MB.
CACHED = 64


class Type:
    """Text as surfaces, in DejaVu Sans, which comes with matplotlib: text looks the same on all machines."""

    def __init__(self) -> None:
        # Cached by the instance: fonts become invalid at pygame.font.quit().
        font = self._font = functools.lru_cache(maxsize=64)(_font)

        def render(text: str, pixels: int, colour: Colour, bold: bool = False) -> pygame.Surface:
            return font(pixels, bold).render(printable(text), True, colour)

        # The cache of a function: that of a method would be a reference cycle, freed only by the garbage collector.
        self._render, self._small = render, functools.lru_cache(maxsize=512)(render)

    def render(self, text: str, pixels: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        """Text of that height; small text is cached, as most of it is shown again."""
        return (self._small if pixels <= CACHED else self._render)(text, pixels, colour, bold)

    def fit(self, text: str, pixels: int, width: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        """Text of that height, reduced to at most ``width``."""
        wide = self.width(text, pixels, bold)
        return self.render(text, min(pixels, int(pixels * width / max(1, wide))), colour, bold)

    def cut(self, text: str, pixels: int, width: int, colour: Colour) -> pygame.Surface:
        """Text of that height, cut to at most ``width``."""
        text, font = printable(text), self._font(pixels, False)
        if font.size(text)[0] > width:
            low, high = 0, len(text)
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if font.size(text[:middle] + "…")[0] <= width else (low, middle - 1)
            text = text[:low] + "…"
        return self.render(text, pixels, colour)

    def width(self, text: str, pixels: int, bold: bool = False) -> int:
        """How wide text is, in pixels."""
        return int(self._font(pixels, bold).size(printable(text))[0])

    def ascent(self, pixels: int, bold: bool = False) -> int:
        """From the top of rendered text to its baseline, in pixels."""
        return int(self._font(pixels, bold).get_ascent())


def _font(pixels: int, bold: bool) -> pygame.font.Font:
    return pygame.font.Font(_font_file("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), max(1, pixels))


def _font_file(name: str) -> str | None:
    """The path of one of matplotlib's fonts, without importing matplotlib; None is pygame's own font."""
    package = importlib.util.find_spec("matplotlib")
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return str(path) if path.is_file() else None

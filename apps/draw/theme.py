"""Colours and type."""

import functools
import importlib.util
from pathlib import Path

import pygame

Colour = tuple[int, int, int]

BACKGROUND: Colour = (18, 20, 24)
CARD: Colour = (27, 30, 36)
TRACK: Colour = (42, 46, 54)
BUTTON: Colour = (38, 42, 50)
BUTTON_HOVER: Colour = (50, 55, 66)
BUTTON_PRESSED: Colour = (30, 33, 40)
PAPER: Colour = (0, 0, 0)
INK: Colour = (255, 255, 255)
TEXT: Colour = (232, 234, 238)
MUTED: Colour = (146, 153, 166)
FAINT: Colour = (108, 114, 126)

# Of the palette of Okabe and Ito (2008), which colour-blind eyes tell apart too.
SKY_BLUE: Colour = (86, 180, 233)
ORANGE: Colour = (230, 159, 0)
VERMILION: Colour = (213, 94, 0)

# Sizes of type, and of round corners: pixels at scale 1.
SMALL, NORMAL, LARGE = 11.0, 13.0, 17.0
RADIUS = 9.0


class Type:
    """Text as surfaces, in DejaVu Sans: it comes with matplotlib, so each machine shows the same."""

    def __init__(self) -> None:
        # Kept by the instance: fonts do not outlive pygame.font.quit().
        self._font = functools.lru_cache(maxsize=64)(_font)
        # Text (str) in type of that height (pixels), a colour, and bold or not.
        self.render = functools.lru_cache(maxsize=1024)(self._render)

    def fit(self, text: str, pixels: int, width: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        """Text of that height, or of less where it would be wider than ``width``."""
        wide = self.render(text, pixels, colour, bold).get_width()
        return self.render(text, min(pixels, int(pixels * width / max(1, wide))), colour, bold)

    def _render(self, text: str, pixels: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        return self._font(pixels, bold).render(text, True, colour)


def _font(pixels: int, bold: bool) -> pygame.font.Font:
    return pygame.font.Font(_font_file("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), max(1, pixels))


def _font_file(name: str) -> str | None:
    """The path of one of matplotlib's fonts, without importing matplotlib; None is pygame's own font."""
    package = importlib.util.find_spec("matplotlib")
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return str(path) if path.is_file() else None

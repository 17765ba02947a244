"""Where everything goes: from the window's size to rectangles, in pixels.

Text grows slower than the canvas: with ``scale`` s, text and margins are s times their base size and the
canvas is s² times. At s = 1 the canvas has 280 pixels a side; at s = 2, with text twice as large, 1120.
"""

import math
from itertools import pairwise

from pygame import Rect

from apps.draw.state import CANVAS, Command, Point

BUTTONS = (Command.PREDICT, Command.UNDO, Command.CLEAR)

# At scale 1, in pixels.
MARGIN = 24.0
GAP = 16.0
BUTTON = 40.0
FOOTER = 18.0
SPACE = 10.0
PADDING = 14.0
CAPTION = 18.0
PANEL = 312.0

#: What the answer takes of the panel's height; the rest is for the bars.
ANSWER_SHARE = 0.42

_BESIDE = 2 * MARGIN + GAP + PANEL
_BELOW = 2 * MARGIN + GAP + BUTTON + FOOTER


class Layout:
    """The rectangles of a window of ``size`` (width, height) pixels, round the largest canvas that fits.

    Attributes:
        size: of the window.
        scale: of text and margins.
        canvas: where to draw; a square.
        buttons: by command.
        answer: the card with the digit.
        digit: within the answer, where the digit goes.
        image: within the answer, the image that the network is shown; its side a multiple of 28 pixels.
        caption: the line above the digit.
        bars: the card with the probabilities.
        rows: within the bars, one for each digit.
        footer: the line of hints at the bottom.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        width, height = self.size = size
        self.scale = min(_scale(width, _BESIDE), _scale(height, _BELOW))
        margin, gap, button = self.px(MARGIN), self.px(GAP), self.px(BUTTON)
        panel, footer = self.px(PANEL), self.px(FOOTER)
        side = max(28, math.floor(CANVAS * self.scale**2))

        left = (width - side - gap - panel) // 2
        top = margin + (height - 2 * margin - side - gap - button - footer) // 2
        self.canvas = Rect(left, top, side, side)

        bottom = self.canvas.bottom + gap
        space = self.px(SPACE)
        each = (side - 2 * space) / len(BUTTONS)
        starts = [round(left + i * (each + space)) for i in range(len(BUTTONS))]
        self.buttons = {
            command: Rect(start, bottom, round(each), button) for command, start in zip(BUTTONS, starts, strict=True)
        }

        across = self.canvas.right + gap
        whole = bottom + button - top
        upper = round((whole - gap) * ANSWER_SHARE)
        self.answer = Rect(across, top, panel, upper)
        self.bars = Rect(across, top + upper + gap, panel, whole - upper - gap)
        self.footer = Rect(left, height - margin - footer // 2, across + panel - left, footer)

        inner = self.answer.inflate(-2 * self.px(PADDING), -2 * self.px(PADDING))
        captions = self.px(CAPTION)
        room = min(inner.height - captions, inner.width // 2)
        pixels = max(1, room // 28) * 28
        self.image = Rect(0, 0, pixels, pixels)
        self.image.topright = (
            inner.right,
            inner.y + captions + max(0, inner.height - captions - pixels) // 2,
        )
        self.digit = Rect(inner.x, inner.y + captions, self.image.x - inner.x, inner.height - captions)
        self.caption = Rect(inner.x, self.answer.y + self.px(10), self.digit.width, captions)

        inner = self.bars.inflate(-2 * self.px(10), -2 * self.px(8))
        edges = [inner.y + round(i * inner.height / 10) for i in range(11)]
        self.rows = [Rect(inner.x, top, inner.width, end - top) for top, end in pairwise(edges)]

    def px(self, length: float) -> int:
        """A base length in pixels, at least one."""
        return max(1, round(length * self.scale))

    def to_canvas(self, position: tuple[int, int]) -> Point:
        """A pixel of the window, its middle, in canvas units."""
        unit = CANVAS / self.canvas.width
        return (position[0] + 0.5 - self.canvas.x) * unit, (position[1] + 0.5 - self.canvas.y) * unit

    def button_at(self, position: tuple[int, int]) -> Command | None:
        """The button at a pixel of the window."""
        return next((name for name, rect in self.buttons.items() if rect.collidepoint(position)), None)


def window_size(side: int) -> tuple[int, int]:
    """The window (width, height) that a canvas of ``side`` pixels fills."""
    scale = math.sqrt(side / CANVAS)
    return side + math.ceil(_BESIDE * scale), side + math.ceil(_BELOW * scale)


def _scale(length: float, base: float) -> float:
    """The scale s at which the canvas and what is beside it fill ``length``: 280 s² + base s = length."""
    return (math.sqrt(base * base + 4.0 * CANVAS * length) - base) / (2.0 * CANVAS)

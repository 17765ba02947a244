"""The layout: from the window's size to rectangles, in pixels.

Text grows slower than the window: it has its base size at 1100x700, and twice that at about 4K. The canvas takes the
room that is left. The answer is beside it; an open panel takes that place, and the answer moves below the canvas.
"""

from dataclasses import dataclass
from itertools import pairwise

from pygame import Rect

from apps.draw.core.document import CANVAS, LINE_WIDTH
from apps.draw.core.points import Point

# At scale 1, in pixels.
MARGIN = 14.0
GAP = 10.0
TAB = 32.0
BUTTON = 36.0
FOOTER = 18.0
STRIP = 46.0
PADDING = 12.0
LINE = 19.0
ANSWER = 330.0
BELOW = 122.0
RULER = 20.0

#: Windows with less room in height show no strip of recent drawings.
STRIP_FROM = 560.0

SMALLEST, LARGEST = 0.84, 2.6


@dataclass(frozen=True)
class Shape:
    """What the layout depends on.

    Attributes:
        size: of the window (width, height), in pixels.
        panel: whether one is open.
        line_mode: whether the canvas is for a line of digits.
    """

    size: tuple[int, int]
    panel: bool = False
    line_mode: bool = False


class Layout:
    """The rectangles of a window.

    Attributes:
        scale: of text and margins.
        bar: the line of tabs on top.
        canvas: where to draw.
        unit: pixels for one unit of the canvas.
        ruler: below the canvas, the answers of a line; empty otherwise.
        tools: the line of buttons below.
        answer: the card with the digit.
        upright: whether the bars of the answer are one above the other, or else side by side.
        caption, digit, image, second: in the answer: the confidence, the digit, the network input (empty where there
            is no room), and the runner-up.
        bars: ten rectangles, one for each digit.
        panel: the open panel; empty otherwise.
        strip: of recent drawings; empty where there is no room.
        footer: the line at the bottom.
    """

    def __init__(self, shape: Shape) -> None:
        width, height = shape.size
        self.shape = shape
        self.scale = _scale(width, height)
        margin, gap = self.px(MARGIN), self.px(GAP)
        inner = Rect(margin, margin // 2, max(1, width - 2 * margin), max(1, height - margin))
        self.bar = Rect(inner.x, inner.y, inner.width, self.px(TAB))
        footer = self.px(FOOTER)
        self.footer = Rect(inner.x, height - footer - margin // 2, inner.width, footer)
        strip = self.px(STRIP) if height >= STRIP_FROM * self.scale else 0
        self.strip = Rect(inner.x, self.footer.y - (strip + gap if strip else 0), inner.width, strip)
        top, bottom = self.bar.bottom + gap, (self.strip.y if strip else self.footer.y) - gap
        body = Rect(inner.x, top, inner.width, max(1, bottom - top))
        self.panel = Rect(body.right, body.y, 0, 0)
        self.ruler = Rect(body.topleft, (0, 0))
        if shape.line_mode:
            self._wide(body, shape.panel)
        elif body.width >= body.height:
            self._landscape(body, shape.panel)
        else:
            self._portrait(body, shape.panel)
        self.unit = self.canvas.height / CANVAS
        self._within_answer()

    def px(self, length: float) -> int:
        """A base length in pixels, at least one."""
        return max(1, round(length * self.scale))

    def _landscape(self, body: Rect, panel: bool) -> None:
        gap, button = self.px(GAP), self.px(BUTTON)
        if panel:
            below = self.px(BELOW)
            side = max(28, min(body.height - button - below - 2 * gap, round(0.42 * body.width)))
            self._place(body.x, body.y, side, side)
            top = self.tools.bottom + gap
            self.answer = Rect(body.x, top, side, max(1, body.bottom - top))
            left = body.x + side + gap
            self.panel = Rect(left, body.y, max(1, body.right - left), body.height)
            return
        narrow = min(self.px(ANSWER), round(0.48 * body.width))
        side = max(28, min(body.height - button - gap, body.width - gap - narrow))
        wide = max(1, min(body.width - gap - side, max(narrow, round(0.72 * side))))
        left = body.x + max(0, (body.width - side - gap - wide) // 2)
        top = body.y + max(0, (body.height - side - gap - button) // 2)
        self._place(left, top, side, side)
        self.answer = Rect(left + side + gap, top, wide, side + gap + button)

    def _portrait(self, body: Rect, panel: bool) -> None:
        gap, button = self.px(GAP), self.px(BUTTON)
        if panel:
            side = max(28, min(round(0.55 * body.width), round(0.4 * body.height)))
            self._place(body.x, body.y, side, side)
            left = body.x + side + gap
            self.answer = Rect(left, body.y, max(1, body.right - left), side + gap + button)
            top = self.tools.bottom + gap
            self.panel = Rect(body.x, top, body.width, max(1, body.bottom - top))
            return
        side = max(28, min(body.width, round(0.62 * body.height) - button - gap))
        self._place(body.x + (body.width - side) // 2, body.y, side, side)
        top = self.tools.bottom + gap
        self.answer = Rect(self.canvas.x, top, side, max(1, body.bottom - top))

    def _wide(self, body: Rect, panel: bool) -> None:
        gap = self.px(GAP)
        ratio = LINE_WIDTH / CANVAS
        high = max(28, min(round(body.width / ratio), round(0.42 * body.height)))
        self._place(body.x + max(0, (body.width - round(high * ratio)) // 2), body.y, round(high * ratio), high)
        top = self.tools.bottom + gap
        rest = Rect(body.x, top, body.width, max(1, body.bottom - top))
        self.answer = rest.copy()
        if panel:
            self.answer.width = round(0.36 * rest.width)
            left = self.answer.right + gap
            self.panel = Rect(left, top, max(1, rest.right - left), rest.height)

    def _place(self, left: int, top: int, width: int, height: int) -> None:
        """The canvas, and under it the ruler of a line and the tools."""
        self.canvas = Rect(left, top, width, height)
        below = self.canvas.bottom + self.px(GAP)
        if self.shape.line_mode:
            self.ruler = Rect(left, self.canvas.bottom, width, self.px(RULER))
            below = self.ruler.bottom + self.px(4)
        self.tools = Rect(left, below, width, self.px(BUTTON))

    def _within_answer(self) -> None:
        inner = self.answer.inflate(-2 * self.px(PADDING), -2 * self.px(PADDING * 0.7))
        inner.width, inner.height = max(1, inner.width), max(1, inner.height)
        line = min(self.px(LINE), max(1, inner.height // 4))
        self.image = Rect(inner.topright, (0, 0))
        self.upright = self.answer.height > 0.8 * self.answer.width
        self.caption = Rect(inner.x, inner.y, inner.width, line)
        if self.shape.line_mode:
            self.second = Rect(inner.x, inner.bottom - line, inner.width, line)
            self.digit = Rect(inner.x, inner.y + line, inner.width, max(1, inner.height - 2 * line))
            self.bars = [Rect(inner.bottomright, (0, 0))] * 10
        elif self.upright:
            self._arrange_upright(inner, line)
        else:
            self._arrange_flat(inner, line)

    def _arrange_upright(self, inner: Rect, line: int) -> None:
        high = max(1, min(round(0.34 * inner.height), round(0.62 * inner.width)))
        top = inner.y + line
        room = min(high, inner.width // 2)
        pixels = max(1, room // 28) * 28
        self.image = Rect(inner.right - pixels, top + max(0, (high - pixels) // 2), pixels, pixels)
        self.digit = Rect(inner.x, top, max(1, self.image.x - inner.x - self.px(8)), high)
        self.second = Rect(inner.x, top + high, inner.width, line)
        first = self.second.bottom + self.px(4)
        edges = [first + round(i * max(10, inner.bottom - first) / 10) for i in range(11)]
        self.bars = [Rect(inner.x, top, inner.width, end - top) for top, end in pairwise(edges)]

    def _arrange_flat(self, inner: Rect, line: int) -> None:
        self.digit = Rect(inner.x, inner.y + line, max(1, round(0.24 * inner.width)), max(1, inner.height - 2 * line))
        self.second = Rect(inner.x, inner.bottom - line, inner.width, line)
        left = self.digit.right + self.px(6)
        edges = [left + round(i * max(10, inner.right - left) / 10) for i in range(11)]
        top, high = self.digit.y + self.px(2), max(1, self.digit.height - self.px(4))
        self.bars = [Rect(start, top, end - start, high) for start, end in pairwise(edges)]

    def to_canvas(self, position: tuple[int, int]) -> Point:
        """The centre of a pixel of the window, in canvas units."""
        x, y = position[0] + 0.5 - self.canvas.x, position[1] + 0.5 - self.canvas.y
        return x / self.unit, y / self.unit


def columns(rect: Rect, count: int, gap: int) -> list[Rect]:
    """``count`` columns of equal width, side by side."""
    edges = [rect.x + round(i * (rect.width + gap) / count) for i in range(count + 1)]
    return [Rect(start, rect.y, max(1, end - gap - start), rect.height) for start, end in pairwise(edges)]


def cells(
    rect: Rect, count: int, ratio: float = 1.0, gap: int = 2, largest: int = 10**6, ragged: float = 1.0
) -> list[Rect]:
    """``count`` cells, as large as they fit, row by row.

    Args:
        rect: the room.
        count: how many.
        ratio: of a cell's width to its height.
        gap: pixels between two.
        largest: height of a cell, at most.
        ragged: how small cells may be, relative to the largest that fit, to fill the last row.
    """

    def high(across: int) -> float:
        rows = max(1, -(-count // across))
        return min((rect.height + gap) / rows - gap, ((rect.width + gap) / across - gap) / ratio, largest)

    def worth(across: int) -> tuple[float, int]:
        return high(across) * (ragged if count % across else 1.0), across  # of equals, the widest

    across = max(range(1, max(1, count) + 1), key=worth)
    tall, wide = max(1, int(high(across))), max(1, int(high(across) * ratio))
    return [
        Rect(rect.x + i % across * (wide + gap), rect.y + i // across * (tall + gap), wide, tall) for i in range(count)
    ]


def _scale(width: int, height: int) -> float:
    room = max(0.0, min(width / 1100, height / 700))
    wanted = min(max(room**0.75, SMALLEST), LARGEST)
    return max(0.05, min(wanted, width / 520, height / 380))

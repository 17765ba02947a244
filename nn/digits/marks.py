"""The marks between digits: the decimal point, the minus sign and the separators of thousands.

They are small, so their size and their place in the line tell them from parts of digits.
"""

from __future__ import annotations

from dataclasses import dataclass

from nn.digits.viterbi import Box

#: The marks that are told apart.
POINT, COMMA, APOSTROPHE, MINUS = ".", ",", "'", "-"

#: The maximum height of a mark, and the maximum size of a point, in heights of the line's digits.
MAX_HEIGHT, MAX_POINT = 0.45, 0.3

#: A minus sign is at least this wide and at most the second, and at least the third times as wide as high.
MINUS_WIDTH, MINUS_RATIO = (0.2, 1.0), 1.8

#: Below the first, as shares of the line's height from its top, are points and commas; above the second, apostrophes.
LOW, HIGH = 0.65, 0.3

#: The cost of a mark, in nats; and of what is left out, for nothing and for each height of the line's digits.
MARK_COST, SKIP_COST = 0.7, (1.0, 6.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in a line of digits.

    Attributes:
        text: ``"."``, ``","``, ``"'"`` or ``"-"``.
        box: left, top, right and bottom, in the units of the ink.
    """

    text: str
    box: Box


def mark_text(box: Box, top: float, bottom: float) -> str:
    """What a small piece of ink is, by its size and its place; empty if it is no mark.

    Args:
        box: of the piece.
        top, bottom: of the digits beside it.

    >>> mark_text((50, 92, 58, 100), 0, 100), mark_text((50, 45, 90, 55), 0, 100)
    ('.', '-')
    """
    height = bottom - top
    wide, high = (box[2] - box[0]) / height, (box[3] - box[1]) / height
    middle = ((box[1] + box[3]) / 2 - top) / height
    if wide >= MINUS_RATIO * high and MINUS_WIDTH[0] <= wide <= MINUS_WIDTH[1]:
        return MINUS if HIGH <= middle <= LOW else ""
    if high > MAX_HEIGHT or wide > MAX_POINT:
        return ""
    below = (box[3] - bottom) / height
    if middle >= LOW:
        return COMMA if high > MAX_POINT or high >= 1.6 * wide or below > 0.12 else POINT
    if middle <= HIGH:
        return APOSTROPHE
    return POINT if high <= MAX_POINT else ""


def skip_cost(box: Box, height: float) -> float:
    """The cost of leaving out a piece of ink, in nats."""
    return SKIP_COST[0] + SKIP_COST[1] * max(box[2] - box[0], box[3] - box[1]) / height

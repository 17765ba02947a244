"""Rows of digits: which ink belongs together, decided by how well each possible digit reads.

Ink is cut into pieces that are parts of digits; neighbours, up to a few, are read as one digit each way that they can
be put together; and of all ways to split the row, the one is taken whose digits are the likeliest, by dynamic
programming. Pieces of digits must read badly for that, so the network should have learned what is no digit.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998,
section V (heuristic over-segmentation).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: A digit has at most so many pieces.
MOST_PIECES = 8

#: The cost, in nats, that no probability exceeds: one bad digit is not worth any number of good ones.
WORST = 8.0

#: The cost of white between the pieces of a digit, for each of the row's heights.
GAP_COST = 8.0

#: A digit less high than this share of the row is doubtful, and the cost if it has no height.
LOW, LOW_COST = 0.6, 5.0

#: A digit wider than so many heights of the row is two, and the cost of each height more.
WIDE, WIDE_COST = 1.2, 4.0

#: The cost of an end where a digit was cut from what is beside it.
CUT_COST = 1.5

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Neighbouring pieces that may be a digit.

    Attributes:
        first, last: the pieces, from the first to before the last.
        cost: what its shape and place say against it, in nats, before it is read.
    """

    first: int
    last: int
    cost: float


def candidates(boxes: Sequence[Box], height: float, whole: Sequence[int] | None = None) -> list[Candidate]:
    """All digits that neighbouring pieces could be.

    Args:
        boxes: left, top, right and bottom of each piece, in the order of the row.
        height: of the row's digits.
        whole: a number for each piece, the same for those that were cut from each other; None if none were.
    """
    whole = range(len(boxes)) if whole is None else whole
    found = []
    for first in range(len(boxes)):
        left, top, right, bottom = boxes[first]
        gaps = 0.0
        for last in range(first + 1, min(first + MOST_PIECES, len(boxes)) + 1):
            if last > first + 1:
                box = boxes[last - 1]
                gaps += max(0.0, box[0] - right, left - box[2])
                left, top, right, bottom = around([(left, top, right, bottom), box])
            size = max(bottom - top, 0.4 * (right - left)) / height
            cost = GAP_COST * gaps / height + LOW_COST * max(0.0, LOW - size) / LOW
            cost += WIDE_COST * max(0.0, (right - left) / height - WIDE)
            cost += CUT_COST * (last < len(boxes) and whole[last] in whole[first:last])
            found.append(Candidate(first, last, cost))
    return found


def best(found: Sequence[Candidate], probabilities: Sequence[float], pieces: int) -> tuple[list[int], float]:
    """The cheapest way through a row.

    Args:
        found: from ``candidates``.
        probabilities: how likely each is the digit that it reads as.
        pieces: how many the row has.

    Returns:
        The digits, as indices of ``found``, in order; and what they cost, in nats.
    """
    costs, chosen = [0.0] + [math.inf] * pieces, [-1] * (pieces + 1)
    for index in sorted(range(len(found)), key=lambda index: found[index].last):
        candidate = found[index]
        cost = min(-math.log(max(probabilities[index], 1e-9)), WORST) + candidate.cost
        if costs[candidate.first] + cost < costs[candidate.last]:
            costs[candidate.last], chosen[candidate.last] = costs[candidate.first] + cost, index
    way, at = [], pieces
    while at:
        way.append(chosen[at])
        at = found[chosen[at]].first
    return way[::-1], costs[pieces]


def typical_height(boxes: Sequence[Box]) -> float:
    """How high the digits of a row are: the median of the pieces that are at least half as high as the highest."""
    heights = np.array([bottom - top for _, top, _, bottom in boxes])
    high = float(np.median(heights[heights >= heights.max() / 2]))
    return high or max(max(right - left for left, _, right, _ in boxes), 1e-9)


def around(boxes: Sequence[Box]) -> Box:
    """The box around all."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)

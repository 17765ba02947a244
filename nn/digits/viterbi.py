"""Groups the neighbouring pieces of a line to digits: the cheapest path through all possible groups.

Each run of neighbouring pieces, up to a maximum length, is a candidate. Its cost is the negative log-probability of the
digit that it is recognized as, plus penalties for its shape and position. Dynamic programming finds the sequence of
candidates with the lowest total cost. This needs low probabilities for parts of digits, so the network should have a
class for non-digits.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998,
section V (heuristic over-segmentation and Viterbi search).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: A digit has at most this many pieces.
MAX_PIECES = 8

#: The maximum cost of a probability, in nats, so that no single digit decides the whole line.
MAX_COST = 8.0

#: The cost of the gaps between a digit's pieces, for a gap as wide as the line is high.
GAP_COST = 8.0

#: A digit lower than this share of the line's height is doubtful; the cost of one with no height.
MIN_HEIGHT, LOW_COST = 0.6, 5.0

#: A digit wider than this many line heights is doubtful; the cost of each further height.
MAX_WIDTH, WIDE_COST = 1.2, 4.0

#: The cost of an end where a digit was cut from its neighbour.
CUT_COST = 1.5

#: Left, top, right and bottom.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Neighbouring pieces that may be a digit.

    Attributes:
        first, last: the pieces, from the first to before the last.
        cost: the penalties for its shape and position, in nats.
    """

    first: int
    last: int
    cost: float


def candidates(boxes: Sequence[Box], height: float, components: Sequence[int]) -> list[Candidate]:
    """All digits that neighbouring pieces could form.

    Args:
        boxes: of each piece, in the order of the line.
        height: of the line's digits.
        components: a number for each piece, equal for pieces that were cut from each other.
    """
    found = []
    for first in range(len(boxes)):
        left, top, right, bottom = boxes[first]
        gaps = 0.0
        for last in range(first + 1, min(first + MAX_PIECES, len(boxes)) + 1):
            if last > first + 1:
                box = boxes[last - 1]
                gaps += max(0.0, box[0] - right, left - box[2])
                left, top, right, bottom = union_box([(left, top, right, bottom), box])
            size = max(bottom - top, 0.4 * (right - left)) / height
            cost = GAP_COST * gaps / height + LOW_COST * max(0.0, MIN_HEIGHT - size) / MIN_HEIGHT
            cost += WIDE_COST * max(0.0, (right - left) / height - MAX_WIDTH)
            cost += CUT_COST * (last < len(boxes) and components[last] in components[first:last])
            found.append(Candidate(first, last, cost))
    return found


def viterbi(found: Sequence[Candidate], probabilities: Sequence[float], pieces: int) -> tuple[list[int], float]:
    """The cheapest path through a line.

    Args:
        found: from `candidates`.
        probabilities: of the digit that each candidate is recognized as.
        pieces: how many the line has.

    Returns:
        The chosen candidates, as indices of ``found``, in order; and their total cost, in nats.
    """
    costs, chosen = [0.0] + [math.inf] * pieces, [-1] * (pieces + 1)
    for index in sorted(range(len(found)), key=lambda index: found[index].last):
        candidate = found[index]
        cost = min(-math.log(max(probabilities[index], 1e-9)), MAX_COST) + candidate.cost
        if costs[candidate.first] + cost < costs[candidate.last]:
            costs[candidate.last], chosen[candidate.last] = costs[candidate.first] + cost, index
    path, end = [], pieces
    while end:
        path.append(chosen[end])
        end = found[chosen[end]].first
    return path[::-1], costs[pieces]


def typical_height(boxes: Sequence[Box]) -> float:
    """The height of a line's digits: the median of the pieces that are at least half as high as the highest."""
    heights = np.array([bottom - top for _, top, _, bottom in boxes])
    high = float(np.median(heights[heights >= heights.max() / 2]))
    return high or max(max(right - left for left, _, right, _ in boxes), 1e-9)


def union_box(boxes: Sequence[Box]) -> Box:
    """The smallest box around all."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)

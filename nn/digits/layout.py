"""Finds the text lines of a page from the connected components of its ink.

The typical height of the digits comes from all components. Components of about that height are linked from left to
right to lines; smaller ones (dots, bars, broken strokes) join the line that they lie in. What is left is not text:
specks, and large things that touch the edge of the page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nn.digits.components import Components

#: Components of these heights, as shares of the typical height, start lines and are linked to them.
LINKED = (0.5, 2.2)

#: A component belongs to a line if it shares this part of its height, or of its neighbour's, with the neighbour.
OVERLAP = 0.4

#: Lines whose centres are nearer than this, in typical heights, are one.
MIN_PITCH = 0.75

#: A component this many times as wide as high may be several digits.
WIDE = 1.2

#: A small component joins a line if its centre is at most this far above or below it, in typical heights.
REACH = 0.4

#: Components smaller than this share of the typical height are specks.
SPECK = 0.08

#: A component at the edge of the page that is higher than this or wider than this, in typical heights, is no digit.
EDGE_SIZE = (1.8, 3.0)


@dataclass(frozen=True, slots=True)
class TextLine:
    """The components of a line.

    Attributes:
        members: indices of components, from left to right.
        band: the typical top and bottom of its digits, in pixels.
    """

    members: tuple[int, ...]
    band: tuple[float, float]

    @property
    def height(self) -> float:
        """The typical height of its digits, in pixels."""
        return self.band[1] - self.band[0]


def typical_height(components: Components) -> float:
    """The height of the digits: the median of the components' heights, weighted by their area; 0 without ink."""
    heights = np.maximum(components.heights, components.widths // 3)
    inner = ~components.at_edge | (components.heights < max(components.labels.shape[0] // 2, 1))
    weights = components.areas * inner
    if not weights.sum():
        weights = components.areas
    order = np.argsort(heights, kind="stable")
    total = np.cumsum(weights[order])
    return float(heights[order[np.searchsorted(total, total[-1] / 2)]]) if len(order) else 0.0


def find_lines(components: Components) -> list[TextLine]:
    """The text lines of a page, from top to bottom."""
    height = typical_height(components)
    if not height:
        return []
    size = np.maximum(components.heights, components.widths)
    usable = (size >= SPECK * height) & ~_foreign(components, height)
    low, high = (share * height for share in LINKED)
    linked = usable & (components.heights >= low) & (components.heights <= high)
    lines = _merge(_link(components.boxes, np.flatnonzero(linked)), components.boxes, height)
    for index in np.flatnonzero(usable & (components.heights < low)):
        _join(int(index), lines, components.boxes, height)
    lines = [sorted(line, key=lambda index: int(components.boxes[index, 0])) for line in lines]
    lines.sort(key=lambda line: _centre(line, components.boxes))
    return [TextLine(tuple(line), _band(line, components.boxes)) for line in lines]


def _foreign(components: Components, height: float) -> np.ndarray:
    """Whether each component is a large thing at the edge, or much higher than the digits."""
    tall, wide = (share * height for share in EDGE_SIZE)
    large = (components.heights > tall) | (components.widths > wide)
    return (components.at_edge & large) | (components.heights > LINKED[1] * height) | components.strips()


def _link(boxes: np.ndarray, indices: np.ndarray) -> list[list[int]]:
    """Link components from left to right, each to the line whose last two lie at its height."""
    lines: list[list[int]] = []
    for index in indices[np.argsort(boxes[indices, 0] + boxes[indices, 2], kind="stable")].tolist():
        overlaps = [max(_overlap(boxes[index], boxes[last]) for last in line[-2:]) for line in lines]
        best = max(range(len(lines)), key=lambda number: overlaps[number], default=None)
        if best is not None and overlaps[best] >= OVERLAP:
            lines[best].append(index)
        else:
            lines.append([index])
    return lines


def _overlap(box: np.ndarray, other: np.ndarray) -> float:
    """The common rows of two boxes, as a share of the lower one's."""
    common = min(box[3], other[3]) - max(box[1], other[1])
    return float(common / min(box[3] - box[1], other[3] - other[1]))


def _merge(lines: list[list[int]], boxes: np.ndarray, height: float) -> list[list[int]]:
    """Merge lines that are nearer to each other than lines can be."""
    merged: list[list[int]] = []
    for line in sorted(lines, key=lambda line: _centre(line, boxes)):
        pitch = _centre(line, boxes) - _centre(merged[-1], boxes) if merged else np.inf
        if pitch < MIN_PITCH * height:
            merged[-1] += line
        else:
            merged.append(line)
    return merged


def _join(index: int, lines: list[list[int]], boxes: np.ndarray, height: float) -> None:
    """Add a small component to the line that it lies in, if there is one."""
    x, y = (boxes[index, :2] + boxes[index, 2:]) / 2
    best, nearest = None, REACH * height
    for line in lines:
        gaps = np.maximum(boxes[line, 0], x) - np.minimum(boxes[line, 2], x)
        neighbour = boxes[line[int(gaps.argmin())]]
        distance = max(float(neighbour[1] - y), float(y - neighbour[3]), 0.0)
        if gaps.min() < 2 * height and distance <= nearest:
            best, nearest = line, distance
    if best is not None:
        best.append(index)


def _centre(line: list[int], boxes: np.ndarray) -> float:
    return float(np.median(boxes[line, 1] + boxes[line, 3])) / 2


def _band(line: list[int], boxes: np.ndarray) -> tuple[float, float]:
    heights = boxes[line, 3] - boxes[line, 1]
    tall = boxes[line][2 * heights >= heights.max()]
    return float(np.median(tall[:, 1])), float(np.median(tall[:, 3]))


def may_be_several(components: Components) -> bool:
    """Whether components may be several digits: some are of similar sizes, or one is too wide for a digit."""
    wide = components.widths > WIDE * components.heights
    if len(components) < 2 and not wide.any():
        return False
    height = typical_height(components)
    digits = (components.heights >= LINKED[0] * height) & ~_foreign(components, height)
    return int(digits.sum()) > 1 or bool(wide[digits].any())

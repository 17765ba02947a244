"""Reading a page: lines of digits in a picture, whatever else is in it.

`page_ink.py` finds the ink, `layout.py` its text lines. The components of each line are cut where digits may touch, all
groups of neighbouring pieces on the page are recognized together, and `viterbi.py` chooses among those of each line.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.components import Components
from nn.digits.layout import TextLine, find_lines, typical_height
from nn.digits.lines import Line, LineDigit, Predict, probability
from nn.digits.marks import MARK_COST, MAX_HEIGHT, Mark, mark_text, skip_cost
from nn.digits.normalize import ink_to_image, pen_width
from nn.digits.page_ink import page_to_ink
from nn.digits.prediction import NOT_A_DIGIT, Prediction
from nn.digits.rules import remove_rules
from nn.digits.segmentation import over_segment
from nn.digits.skew import Placement, find_slope, level
from nn.digits.viterbi import Box, Candidate, candidates, union_box, viterbi

#: Groups whose shape and position cost more than this, in nats, are not recognized.
MAX_GROUP_COST = 4.0

#: Pixels with more ink than this form components.
SOLID = 0.4

#: In a line, a group that is a digit with at least this probability is not rejected.
MIN_DIGIT = 0.1

#: Several digits of at least this probability are not one.
SURE = 0.8

#: All ink together is one digit if its probability is at least this.
MAX_WHOLE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """The reading of a page.

    Attributes:
        lines: from top to bottom.
    """

    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The text of the lines, joined by newlines."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """The probability that all digits are right, if these are independent; 1 for an empty page."""
        return math.prod(line.confidence for line in self.lines)

    @property
    def digits(self) -> tuple[LineDigit, ...]:
        """The digits of all lines."""
        return tuple(digit for line in self.lines for digit in line.digits)


def read_page(gray: ArrayLike, predict: Predict) -> Page:
    """Read the picture of a page; see `Recognizer.recognize_page_image`."""
    return _read(np.asarray(gray), predict)[0]


def read_line(gray: ArrayLike, predict: Predict) -> Line:
    """Read the picture of a line; see `Recognizer.recognize_line_image`."""
    page = read_page(gray, predict)
    return max(page.lines, key=_evidence, default=Line(()))


def read_several(gray: ArrayLike, predict: Predict) -> Page | None:
    """Read a picture that may be of several digits; None if it is of one digit, or of none.

    It is of several if two or more, and most of what was found, are read with confidence, and all ink together is not.
    """
    page, whole = _read(np.asarray(gray), predict)
    sure = sum(each.prediction.label is not None and probability(each.prediction) >= SURE for each in page.digits)
    return page if sure > max(1, len(page.digits) // 2) and whole < MAX_WHOLE else None


def _evidence(line: Line) -> float:
    """How much of a line was read: the sum of its digits' probabilities."""
    return sum(probability(each.prediction) for each in line.digits)


def _read(picture: np.ndarray, predict: Predict) -> tuple[Page, float]:
    """The page, and the probability that all its ink is one digit."""
    ink, components, placement = _prepare(picture)
    text_lines = find_lines(components)
    if not text_lines:
        return Page(()), 0.0
    segmented = [_segment(ink, components, line) for line in text_lines]
    members = np.zeros(len(components) + 1, bool)
    members[[1 + index for line in text_lines for index in line.members]] = True
    whole = ink_to_image(np.where(members[components.labels], ink, 0))
    *predictions, of_whole = predict([*(image for line in segmented for image in line.images()), whole])
    remaining = iter(predictions)
    lines = [_choose(line, [next(remaining) for _ in line.groups], placement) for line in segmented]
    return Page(tuple(line for line in lines if line.digits)), probability(of_whole)


def _prepare(picture: np.ndarray) -> tuple[np.ndarray, Components, Placement]:
    """The ink without rules, its lines level; its components; and its place in the picture."""
    ink = page_to_ink(picture)
    scale = picture.shape[1] / ink.shape[1]
    ink = remove_rules(ink, ink > SOLID, pen_width(ink))
    components = Components.of(ink > SOLID)
    slope = find_slope(components, typical_height(components))
    if slope:
        ink, placement = level(ink, slope, scale)
        return ink, Components.of(ink > SOLID), placement
    return ink, components, level(ink, 0.0, scale)[1]


def _choose(line: _Segmented, predictions: list[Prediction], placement: Placement) -> Line:
    """The most probable digits and marks of a line."""
    marks, skipped = line.marks(), line.skipped()
    found = [*line.groups, *marks, *skipped]
    probabilities = [*map(probability, predictions), *[1.0] * (len(marks) + len(skipped))]
    path, _ = viterbi(found, probabilities, len(line.boxes))
    boxes = {index: placement.to_picture(line.box_of(found[index])) for index in path}
    digits = [LineDigit(predictions[index], boxes[index]) for index in path if index < len(predictions)]
    return Line(
        tuple(map(_in_context, digits)) if len(digits) > 1 else tuple(digits),
        tuple(Mark(line.mark(found[index]), boxes[index]) for index in path if found[index] in marks),
    )


def _in_context(digit: LineDigit) -> LineDigit:
    """A digit of a line: beside digits, a digit is expected, so fewer are rejected."""
    prediction = digit.prediction
    if prediction.reason != NOT_A_DIGIT or prediction.digit_probability < MIN_DIGIT:
        return digit
    label = int(prediction.probabilities.argmax())
    return LineDigit(dataclasses.replace(prediction, label=label, reason=None), digit.box)


class _Segmented(NamedTuple):
    """A line, cut into pieces.

    Attributes:
        ink, pieces: (H, W), of the line's part of the page; pieces are numbered from 1, from left to right.
        boxes: of the pieces, in the page.
        corner: of the line's part in the page.
        groups: the groups of pieces that may be digits.
        band: the top and the bottom of the line's digits, in the page.
    """

    ink: np.ndarray
    pieces: np.ndarray
    boxes: list[Box]
    corner: tuple[int, int]
    groups: list[Candidate]
    band: tuple[float, float]

    def box_of(self, group: Candidate) -> Box:
        """The box of a group, in the page."""
        return union_box(self.boxes[group.first : group.last])

    def mark(self, group: Candidate) -> str:
        """What mark a group is, if any."""
        return mark_text(self.boxes[group.first], *self.band)

    def marks(self) -> list[Candidate]:
        """The pieces that may be marks."""
        return [Candidate(each.first, each.last, MARK_COST) for each in self._small() if self.mark(each)]

    def skipped(self) -> list[Candidate]:
        """The pieces that may be left out."""
        height = self.band[1] - self.band[0]
        return [Candidate(each.first, each.last, skip_cost(self.box_of(each), height)) for each in self._small()]

    def _small(self) -> list[Candidate]:
        top, bottom = self.band
        limit = MAX_HEIGHT * (bottom - top)
        return [
            each
            for each in self.groups
            if each.last == each.first + 1 and self.boxes[each.first][3] - self.boxes[each.first][1] <= limit
        ]

    def images(self) -> list[np.ndarray]:
        """The images of the groups, as the network takes them."""
        x, y = self.corner
        images = []
        for group in self.groups:
            left, top, right, bottom = self.box_of(group)
            part = slice(int(top) - y, int(bottom) - y), slice(int(left) - x, int(right) - x)
            pieces = self.pieces[part]
            inside = (pieces > group.first) & (pieces <= group.last)
            images.append(ink_to_image(np.where(inside, self.ink[part], 0)))
        return images


def _segment(ink: np.ndarray, components: Components, line: TextLine) -> _Segmented:
    """Cut a line into pieces and group them."""
    members = list(line.members)
    left, top = components.boxes[members, :2].min(axis=0).tolist()
    right, bottom = components.boxes[members, 2:].max(axis=0).tolist()
    left, top = max(left - 1, 0), max(top - 1, 0)
    part = slice(top, bottom + 1), slice(left, right + 1)
    numbers = np.zeros(len(components.areas) + 1, np.int32)
    numbers[np.add(members, 1)] = np.arange(1, len(members) + 1)
    labels = numbers[components.labels[part]]
    own = np.where(labels > 0, ink[part], 0)
    boxes = components.boxes[members] - [left, top, left, top]
    pieces, places, origins = over_segment(ink[part], labels, boxes, line.height, pen_width(own))
    placed: list[Box] = [tuple(box) for box in (places + np.array([left, top, left, top])).tolist()]
    groups = [
        each
        for each in candidates(placed, line.height, origins)
        if each.cost <= MAX_GROUP_COST or each.last == each.first + 1
    ]
    return _Segmented(ink[part], pieces, placed, (left, top), groups, line.band)

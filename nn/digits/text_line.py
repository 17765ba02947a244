"""A text line of a page, cut into pieces; the groups of pieces that may be digits, and the choice among them.

What is read with confidence as one component is not cut, and not joined with others that are: this leaves few groups to
recognize.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np

from nn.digits.components import Components
from nn.digits.layout import TextLine
from nn.digits.lines import Line, LineDigit, probability
from nn.digits.marks import COMMA, MARK_COST, MAX_HEIGHT, MINUS, POINT, Mark, mark_text, skip_cost
from nn.digits.normalize import ink_to_image, pen_width
from nn.digits.prediction import NOT_A_DIGIT, Prediction
from nn.digits.segmentation import over_segment
from nn.digits.viterbi import Box, Candidate, candidates, union_box, viterbi

#: Groups whose shape and position cost more than this, in nats, are not recognized.
MAX_GROUP_COST = 4.0

#: A component that is a digit with this probability is settled, if it is at least the second and at most the third
#: times as high and as wide as the line's digits are high.
SETTLED, FULL, NARROW = 0.95, 0.7, 1.1

#: In a line, a group that is a digit with at least this probability is not rejected.
MIN_DIGIT = 0.1


class PiecesOfLine:
    """The pieces of a text line, from left to right, and what groups of them are recognized as.

    Args:
        ink: (H, W) float32, of the page.
        components: of the page.
        line: one of its lines.
    """

    def __init__(self, ink: np.ndarray, components: Components, line: TextLine) -> None:
        members = list(line.members)
        left, top = np.maximum(components.boxes[members, :2].min(axis=0) - 1, 0).tolist()
        right, bottom = (components.boxes[members, 2:].max(axis=0) + 1).tolist()
        part = slice(top, bottom), slice(left, right)
        numbers = np.zeros(len(components) + 1, np.int32)
        numbers[np.add(members, 1)] = np.arange(1, len(members) + 1)
        labels = numbers[components.labels[part]]
        self._ink = ink[part]
        corner = np.array([left, top, left, top])
        pen = pen_width(np.where(labels > 0, self._ink, 0))
        self._pieces, boxes, self._origins = over_segment(
            self._ink, labels, components.boxes[members] - corner, line.height, pen
        )
        self._corner = left, top
        self.boxes: list[Box] = [tuple(box) for box in (boxes + corner).tolist()]
        self._band, self._height = line.band, line.height
        self._groups = candidates(self.boxes, line.height, self._origins)
        self._read: dict[tuple[int, int], Prediction] = {}

    def box_of(self, group: Candidate) -> Box:
        """The box of a group, in the page."""
        return union_box(self.boxes[group.first : group.last])

    def components(self) -> list[Candidate]:
        """The groups of all pieces of one component."""
        count = {origin: self._origins.count(origin) for origin in set(self._origins)}
        return [
            group
            for group in self._groups
            if len(set(self._origins[group.first : group.last])) == 1
            and group.last - group.first == count[self._origins[group.first]]
        ]

    def undecided(self) -> list[Candidate]:
        """The groups that are still to be recognized, after the components."""
        settled = {self._origins[group.first] for group in self.components() if self._is_settled(group)}
        return [group for group in self._groups if not self._is_read(group) and self._is_open(group, settled)]

    def image_of(self, group: Candidate) -> np.ndarray:
        """The image of a group, (28, 28) float32, as the network takes it."""
        left, top, right, bottom = map(int, self.box_of(group))
        x, y = self._corner
        part = slice(top - y, bottom - y), slice(left - x, right - x)
        pieces = self._pieces[part]
        return ink_to_image(np.where((pieces > group.first) & (pieces <= group.last), self._ink[part], 0))

    def add(self, groups: Iterable[Candidate], predictions: Iterable[Prediction]) -> None:
        """Add what groups are recognized as."""
        for group, prediction in zip(groups, predictions, strict=False):
            self._read[group.first, group.last] = prediction

    def best(self, place: Callable[[Box], Box]) -> Line:
        """The most probable digits and marks; ``place`` maps the boxes to the picture."""
        read = [group for group in self._groups if self._is_read(group)]
        small = [group for group in self._groups if group.last == group.first + 1 and self._is_small(group)]
        marks = [Candidate(each.first, each.last, MARK_COST) for each in small if self._mark(each)]
        skipped = [Candidate(each.first, each.last, skip_cost(self.box_of(each), self._height)) for each in small]
        found = [*read, *marks, *skipped]
        probabilities = [probability(self._read[each.first, each.last]) for each in read]
        path, _ = viterbi(found, probabilities + [1.0] * (len(found) - len(read)), len(self.boxes))
        chosen = [(index, found[index], place(self.box_of(found[index]))) for index in path]
        digits = [LineDigit(self._read[each.first, each.last], box) for index, each, box in chosen if index < len(read)]
        return Line(
            tuple(map(_in_context, digits)) if len(digits) > 1 else tuple(digits),
            tuple(Mark(self._mark(each), box) for index, each, box in chosen if 0 <= index - len(read) < len(marks)),
        )

    def _is_read(self, group: Candidate) -> bool:
        return (group.first, group.last) in self._read

    def _is_settled(self, group: Candidate) -> bool:
        left, top, right, bottom = self.box_of(group)
        prediction = self._read[group.first, group.last]
        return (
            prediction.label is not None
            and probability(prediction) >= SETTLED
            and bottom - top >= FULL * self._height
            and right - left <= NARROW * self._height
        )

    def _is_open(self, group: Candidate, settled: set[int]) -> bool:
        """Whether a group may be a digit, though these components are settled."""
        single = group.last == group.first + 1
        inside = set(self._origins[group.first : group.last])
        outside = set(self._origins[: group.first] + self._origins[group.last :])
        large = {
            origin
            for piece, origin in enumerate(self._origins[group.first : group.last], group.first)
            if self.boxes[piece][3] - self.boxes[piece][1] >= FULL * self._height
        }
        if inside & outside & settled:  # a part of a settled component
            return False
        if not single and self._has_mark_beside(group):
            return False
        return (group.cost <= MAX_GROUP_COST or single) and not (len(large) > 1 and large <= settled)

    def _has_mark_beside(self, group: Candidate) -> bool:
        """Whether a group begins or ends with a point, a comma or a minus sign that stands beside its other pieces."""
        for end, rest in (
            (Candidate(group.first, group.first + 1, 0), Candidate(group.first + 1, group.last, 0)),
            (Candidate(group.last - 1, group.last, 0), Candidate(group.first, group.last - 1, 0)),
        ):
            mark, other = self.box_of(end), self.box_of(rest)
            if self._mark(end) in (POINT, COMMA, MINUS) and (mark[2] <= other[0] or other[2] <= mark[0]):
                return True
        return False

    def _is_small(self, group: Candidate) -> bool:
        _, top, _, bottom = self.box_of(group)
        return bottom - top <= MAX_HEIGHT * self._height

    def _mark(self, group: Candidate) -> str:
        return mark_text(self.box_of(group), *self._band)


def _in_context(digit: LineDigit) -> LineDigit:
    """A digit of a line: beside digits, a digit is expected, so fewer are rejected."""
    prediction = digit.prediction
    if prediction.reason != NOT_A_DIGIT or prediction.digit_probability < MIN_DIGIT:
        return digit
    label = int(prediction.probabilities.argmax())
    return LineDigit(dataclasses.replace(prediction, label=label, reason=None), digit.box)

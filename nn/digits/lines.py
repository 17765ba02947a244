"""Reading a line of digits, such as "2026", from strokes; `pages.py` reads the lines of pictures.

All groups of neighbouring strokes are recognized at once, and `viterbi.py` chooses among them.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nn import html
from nn.digits.marks import Mark
from nn.digits.prediction import BLANK, DOT, Prediction
from nn.digits.rasterize import strokes_to_image
from nn.digits.strokes import as_strokes, bounds
from nn.digits.viterbi import Box, candidates, typical_height, union_box, viterbi

#: Recognizes images (28, 28), float32.
Predict = Callable[[Sequence[np.ndarray]], list[Prediction]]


@dataclass(frozen=True, slots=True, eq=False)
class LineDigit:
    """A digit of a line.

    Attributes:
        prediction: what the digit was recognized as.
        box: left, top, right and bottom, in the units of the ink.
    """

    prediction: Prediction
    box: Box

    @property
    def text(self) -> str:
        """The label; ``?`` if it was rejected."""
        return "?" if self.prediction.label is None else str(self.prediction.label)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The reading of a line of digits.

    Attributes:
        digits: from left to right.
        marks: the points, commas, apostrophes and minus signs between them, from left to right; only of pictures.
    """

    digits: tuple[LineDigit, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def text(self) -> str:
        """The digits' labels; ``?`` for a rejected one."""
        return "".join(digit.text for digit in self.digits)

    @property
    def tokens(self) -> tuple[LineDigit | Mark, ...]:
        """The digits and the marks, from left to right."""
        return tuple(sorted((*self.digits, *self.marks), key=lambda token: token.box[0] + token.box[2]))

    @property
    def confidence(self) -> float:
        """The probability that all digits are right, if these are independent; 1 for an empty line."""
        return math.prod(digit.prediction.confidence for digit in self.digits)

    def _repr_html_(self) -> str:
        pictures = "".join(html.picture(digit.prediction.image, 56) for digit in self.digits)
        return f"<b>{html.text(self.text)}</b> ({self.confidence:.1%})<br>{pictures}"


def read_strokes(strokes: Iterable[ArrayLike], predict: Predict) -> Line:
    """Read a line of strokes; see `Recognizer.recognize_line`."""
    drawn = as_strokes(strokes)
    boxes = [(*low.tolist(), *high.tolist()) for low, high in (bounds([stroke]) for stroke in drawn)]
    in_order = range(len(drawn))

    def image_of(group: Sequence[int]) -> np.ndarray:
        return strokes_to_image([drawn[number] for number in group])

    # A digit's strokes are neighbours in one of these orders.
    paths = [_best_path(order, boxes, image_of, predict) for order in (_from_the_left(boxes), in_order)]
    digits, _ = min(paths, key=lambda path: path[1])
    return Line(tuple(digits[number] for number in _from_the_left([digit.box for digit in digits])))


def _from_the_left(boxes: Sequence[Box]) -> list[int]:
    return sorted(range(len(boxes)), key=lambda number: boxes[number][0] + boxes[number][2])


def _best_path(
    order: Sequence[int],
    boxes: Sequence[Box],
    image_of: Callable[[Sequence[int]], np.ndarray],
    predict: Predict,
) -> tuple[list[LineDigit], float]:
    """The most probable digits for strokes in this order, and their total cost in nats."""
    if not order:
        return [], 0.0
    boxes = [boxes[number] for number in order]
    found = candidates(boxes, typical_height(boxes), range(len(order)))
    predictions = predict([image_of(order[each.first : each.last]) for each in found])
    path, cost = viterbi(found, [probability(each) for each in predictions], len(order))
    digits = [LineDigit(predictions[index], union_box(boxes[found[index].first : found[index].last])) for index in path]
    return digits, cost


def probability(prediction: Prediction) -> float:
    """The probability that the ink is the digit that it is recognized as."""
    return 0.0 if prediction.reason in (BLANK, DOT) else prediction.confidence * prediction.digit_probability

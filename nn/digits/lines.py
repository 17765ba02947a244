"""Reading a line of digits, such as "2026", from strokes or from a picture.

The ink is divided into pieces: strokes, or connected components that `segmentation.py` cuts. All groups of neighbouring
pieces are recognized at once, and `viterbi.py` chooses among them.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nn import html
from nn.digits.ink import picture_to_ink
from nn.digits.normalize import ink_extent, ink_to_image, pen_width
from nn.digits.prediction import BLANK, DOT, Prediction
from nn.digits.rasterize import strokes_to_image
from nn.digits.segmentation import over_segment
from nn.digits.strokes import as_strokes, bounds
from nn.digits.viterbi import Box, candidates, typical_height, union_box, viterbi

#: A line's picture is reduced to this longer side, in pixels.
WORKING_SIDE = 640

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


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The reading of a line of digits.

    Attributes:
        digits: from left to right.
    """

    digits: tuple[LineDigit, ...]

    @property
    def text(self) -> str:
        """The digits' labels; ``?`` for a rejected one."""
        labels = [digit.prediction.label for digit in self.digits]
        return "".join("?" if label is None else str(label) for label in labels)

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
    paths = [_best_path(order, boxes, in_order, image_of, predict) for order in (_from_the_left(boxes), in_order)]
    digits, _ = min(paths, key=lambda path: path[1])
    return Line(tuple(digits[number] for number in _from_the_left([digit.box for digit in digits])))


def read_picture(gray: ArrayLike, predict: Predict) -> Line:
    """Read the picture of a line; see `Recognizer.recognize_line_image`."""
    picture = np.asarray(gray)
    ink = picture_to_ink(picture, WORKING_SIDE)
    scale = picture.shape[1] / ink.shape[1]
    extent = ink_extent(ink)
    if extent is None:
        return Line(())
    ink = ink[extent]
    pieces, components = over_segment(ink, pen_width(ink))
    pixels = [np.argwhere(pieces == number + 1) for number in range(len(components))]
    boxes = [(*each.min(axis=0)[::-1].tolist(), *(each.max(axis=0) + 1)[::-1].tolist()) for each in pixels]

    def image_of(group: Sequence[int]) -> np.ndarray:
        left, top, right, bottom = union_box([boxes[number] for number in group])
        part = slice(top, bottom), slice(left, right)
        return ink_to_image(np.where(np.isin(pieces[part], [number + 1 for number in group]), ink[part], 0))

    digits, _ = _best_path(_from_the_left(boxes), boxes, components, image_of, predict)
    corner = 2 * [scale * side.start for side in extent[::-1]]
    return Line(
        tuple(LineDigit(each.prediction, tuple((scale * np.array(each.box) + corner).tolist())) for each in digits)
    )


def _from_the_left(boxes: Sequence[Box]) -> list[int]:
    return sorted(range(len(boxes)), key=lambda number: boxes[number][0] + boxes[number][2])


def _best_path(
    order: Sequence[int],
    boxes: Sequence[Box],
    components: Sequence[int],
    image_of: Callable[[Sequence[int]], np.ndarray],
    predict: Predict,
) -> tuple[list[LineDigit], float]:
    """The most probable digits for pieces in this order, and their total cost in nats."""
    if not order:
        return [], 0.0
    boxes = [boxes[number] for number in order]
    found = candidates(boxes, typical_height(boxes), [components[number] for number in order])
    predictions = predict([image_of(order[each.first : each.last]) for each in found])
    probabilities = [
        0.0 if each.reason in (BLANK, DOT) else each.confidence * each.digit_probability for each in predictions
    ]
    path, cost = viterbi(found, probabilities, len(order))
    digits = [LineDigit(predictions[index], union_box(boxes[found[index].first : found[index].last])) for index in path]
    return digits, cost

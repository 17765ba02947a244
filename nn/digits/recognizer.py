"""The one door to recognition: ink in, prediction out."""

import math
import operator
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from nn.digits import lines as rows
from nn.digits.adapted_model import Lesson, Pupil
from nn.digits.calibration import Calibration
from nn.digits.rasterize import (
    PEN_WIDTH,
    SIDE,
    ink_extent,
    ink_to_image,
    pen_width,
    picture_to_image,
    picture_to_ink,
    strokes_to_image,
)
from nn.digits.segmentation import cut
from nn.digits.strokes import CLASSES, Stroke, as_strokes, bounds
from nn.ensemble import Ensemble
from nn.errors import CheckpointError
from nn.fold import optimize_for_inference
from nn.model import Sequential

#: What the repository ships.
DEFAULT_WEIGHTS = Path(__file__).resolve().parents[2] / "weights" / "deep-drawing.npz"

#: Why there may be no answer.
BLANK, DOT, NOT_A_DIGIT = "blank", "a dot", "not a digit"

#: Less ink than this, in pixels, and more than none, is a dot: the least that a line across the box has is thrice that.
DOT_INK = 2 * PEN_WIDTH**2

#: The longer side of a row's picture, in pixels, while its ink is sought.
ROW_SIDE = 640


class Classifier(Protocol):
    """What a recognizer needs of a network."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities for images (N, 28, 28), float32 in [0, 1]: (N, 10); or (N, 11), the last for no digit."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a recognizer says of some ink.

    Attributes:
        label: the digit, 0 to 9; None where there is no answer.
        probabilities: (10,) float32, how likely each digit is, if it is one; they sum to 1.
        image: (28, 28) float32 in [0, 1]: what the network was shown.
        reason: why there is no answer: ``BLANK``, ``DOT`` or ``NOT_A_DIGIT``; None where there is one.
        digit_probability: how likely it is a digit at all; 1 if the network has not learned what is none.
    """

    label: int | None
    probabilities: np.ndarray
    image: np.ndarray
    reason: str | None = None
    digit_probability: float = 1.0

    @property
    def confidence(self) -> float:
        """The probability of the likeliest digit."""
        return float(self.probabilities.max())

    @property
    def ranking(self) -> tuple[int, ...]:
        """The digits, likeliest first: ``ranking[1]`` is the runner-up. Of equals, the smaller digit leads."""
        return tuple(np.argsort(-self.probabilities, kind="stable").tolist())


@dataclass(frozen=True, slots=True, eq=False)
class LineDigit:
    """A digit of a row.

    Attributes:
        prediction: what it is.
        box: its left, top, right and bottom, in the units of the ink.
    """

    prediction: Prediction
    box: rows.Box


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """What a recognizer says of a row of digits.

    Attributes:
        digits: from left to right.
    """

    digits: tuple[LineDigit, ...]

    @property
    def text(self) -> str:
        """The digits' labels; ``?`` for what is none."""
        labels = [digit.prediction.label for digit in self.digits]
        return "".join("?" if label is None else str(label) for label in labels)

    @property
    def confidence(self) -> float:
        """The probability that all are right, if one does not depend on the other; 1 for none."""
        return math.prod(digit.prediction.confidence for digit in self.digits)

    def from_left_to_right(self) -> "Line":
        """The same digits in the order of their middles."""
        return Line(tuple(sorted(self.digits, key=lambda digit: digit.box[0] + digit.box[2])))

    def moved(self, scale: float, offset: tuple[float, float]) -> "Line":
        """The same digits with their boxes scaled, and then shifted."""
        x, y = offset
        boxes = [[scale * side for side in digit.box] for digit in self.digits]
        moved = [(left + x, top + y, right + x, bottom + y) for left, top, right, bottom in boxes]
        return Line(tuple(LineDigit(digit.prediction, box) for digit, box in zip(self.digits, moved, strict=True)))


class Recognizer:
    """Reads digits with a network; may be used from several threads.

    Args:
        model: gives the probabilities.
        calibration: what they mean; its threshold says what is not a digit, and may be set.
    """

    def __init__(self, model: Classifier, calibration: Calibration | None = None) -> None:
        self._model = model
        self.calibration = calibration or Calibration()
        self._pupil: Pupil | None = None

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        personal: str | os.PathLike[str] | None = None,
    ) -> "Recognizer":
        """A recognizer with the weights at ``path``, or with the shipped ones.

        Args:
            path: of one network, or the paths of several, which answer together; see ``nn.ensemble``.
            personal: the file of what one network has learned from its user; taken up if it is there, and written by
                ``learn``. See ``nn.digits.fine_tuning.user_file``.

        Raises:
            CheckpointError: there are no such weights, they are broken, or their network does not read digits.
        """
        path = DEFAULT_WEIGHTS if path is None else path
        paths = [path] if isinstance(path, str | os.PathLike) else path
        model = Ensemble.load(paths)
        if model.input_shape != (SIDE, SIDE, 1) or model.output_shape not in ((CLASSES,), (CLASSES + 1,)):
            raise CheckpointError(
                f"{paths[0]}: expected a network from {(SIDE, SIDE, 1)} to {(CLASSES,)} or {(CLASSES + 1,)}, "
                f"found one from {model.input_shape} to {model.output_shape}"
            )
        recognizer = cls(model, _mean([_calibration(*each) for each in zip(paths, model.metas, strict=True)]))
        if len(paths) == 1:
            recognizer._pupil = Pupil(paths[0], personal)
            if recognizer._pupil.lessons:
                recognizer._model = optimize_for_inference(recognizer._pupil.model)
        return recognizer

    def recognize(self, strokes: Iterable[ArrayLike]) -> Prediction:
        """Read one drawing.

        Args:
            strokes: arrays (n, 2) of points, x right and y down, of any size, at any place; none are blank.

        Raises:
            ValueError: a stroke is empty or not pairs of finite numbers.
        """
        return self._read([strokes_to_image(strokes)])[0]

    def recognize_many(self, drawings: Iterable[Iterable[ArrayLike]]) -> list[Prediction]:
        """Read many drawings, each as ``recognize`` takes it; the network sees them all at once.

        Raises:
            ValueError: a stroke is empty or not pairs of finite numbers.
        """
        return self._read([strokes_to_image(strokes) for strokes in drawings])

    def recognize_image(self, gray: ArrayLike) -> Prediction:
        """Read the picture of one digit, bright on dark or dark on bright.

        Args:
            gray: (H, W), any size; uint8, or floats in [0, 1].

        Raises:
            ValueError: the picture is not a plane of such numbers.
        """
        return self._read([picture_to_image(gray)])[0]

    def recognize_line(self, strokes: Iterable[ArrayLike]) -> Line:
        """Read a row of digits, such as "2026", from left to right.

        Digits may touch, and have several strokes; strokes that belong to a digit are near each other, from left to
        right or in the order of drawing.

        Args:
            strokes: as ``recognize`` takes them; none are a row without digits.

        Raises:
            ValueError: a stroke is empty or not pairs of finite numbers.
        """
        drawn = as_strokes(strokes)
        centres = [bounds([stroke])[0][0] + bounds([stroke])[1][0] for stroke in drawn]
        across = [drawn[index] for index in np.argsort(centres, kind="stable").tolist()]
        ways = [self._row(order, [_box_of(stroke) for stroke in order], strokes_to_image) for order in (across, drawn)]
        return min(ways, key=lambda way: way[1])[0].from_left_to_right()

    def recognize_line_image(self, gray: ArrayLike) -> Line:
        """Read the picture of a row of digits, from left to right; they may touch.

        Args:
            gray: as ``recognize_image`` takes it.

        Raises:
            ValueError: the picture is not a plane of such numbers.
        """
        picture = np.asarray(gray)
        ink = picture_to_ink(picture, ROW_SIDE)
        scale = picture.shape[1] / ink.shape[1]
        extent = ink_extent(ink)
        if extent is None:
            return Line(())
        ink, top, left = ink[extent], extent[0].start, extent[1].start
        pieces, whole = cut(ink, pen_width(ink))
        places = [np.argwhere(pieces == number + 1) for number in range(len(whole))]
        boxes = [(*place.min(axis=0)[::-1].tolist(), *(place.max(axis=0) + 1)[::-1].tolist()) for place in places]
        order = sorted(range(len(whole)), key=lambda number: boxes[number][0] + boxes[number][2])

        def image_of(group: Sequence[int]) -> np.ndarray:
            left, top, right, bottom = rows.around([boxes[number] for number in group])
            part = slice(top, bottom), slice(left, right)
            return ink_to_image(np.where(np.isin(pieces[part], [number + 1 for number in group]), ink[part], 0))

        line, _ = self._row(order, [boxes[number] for number in order], image_of, [whole[number] for number in order])
        return line.moved(scale, (scale * left, scale * top))

    def learn(self, samples: Sequence[tuple[Iterable[ArrayLike], int | None]]) -> Lesson:
        """Learn from drawings that were read wrong, or not at all, in a few seconds; see ``nn.digits.fine_tuning``.

        The shipped weights stay as they are: what was learned, now and before, is kept in the personal file, if
        there is one. Other threads may go on reading.

        Args:
            samples: drawings, each as ``recognize`` takes it, with what it is: a digit, or None for no digit.

        Raises:
            ValueError: a drawing is blank or no drawing, what it is the network can't say, or there are none; or this
                recognizer was not loaded from one network's file.
            CheckpointError: the personal file can't be written; nothing was learned then.
        """
        pupil, began = self._as_pupil(), time.perf_counter()
        images = [strokes_to_image(strokes) for strokes, _ in samples]
        labels = [CLASSES if label is None else operator.index(label) for _, label in samples]
        before = self._right(images, labels)
        self._model = optimize_for_inference(pupil.learn(images, labels))
        return Lesson(before, self._right(images, labels), time.perf_counter() - began)

    def undo(self) -> bool:
        """Forget what the last ``learn`` taught, in the personal file too; False if there is nothing to forget.

        Raises:
            CheckpointError: the personal file can't be written; nothing was forgotten then.
        """
        if self._pupil is None or not self._pupil.lessons:
            return False
        self._model = optimize_for_inference(self._pupil.undo())
        return True

    @property
    def network(self) -> Sequential | None:
        """The network that answers, with what it has learned, to look into; None if it was not loaded from one file."""
        return None if self._pupil is None else self._pupil.model

    @property
    def lessons(self) -> int:
        """How many times it has learned, and may undo."""
        return 0 if self._pupil is None else len(self._pupil.lessons)

    def _as_pupil(self) -> Pupil:
        if self._pupil is None:
            raise ValueError("learn: expected a recognizer that was loaded from one network's file")
        return self._pupil

    def _right(self, images: Sequence[np.ndarray], labels: Sequence[int]) -> float:
        """The share of the images that are read right."""
        said = [CLASSES if each.label is None else each.label for each in self._read(images)]
        return sum(map(operator.eq, said, labels)) / max(len(labels), 1)

    def _row(
        self,
        pieces: Sequence[Any],
        boxes: Sequence[rows.Box],
        image_of: Callable[[Sequence[Any]], np.ndarray],
        whole: Sequence[int] | None = None,
    ) -> tuple[Line, float]:
        """The digits that pieces, in this order, most likely are, and what speaks against them, in nats."""
        if not pieces:
            return Line(()), 0.0
        found = rows.candidates(boxes, rows.typical_height(boxes), whole)
        predictions = self._read([image_of(pieces[each.first : each.last]) for each in found])
        sure = [
            0.0 if said.reason in (BLANK, DOT) else said.confidence * said.digit_probability for said in predictions
        ]
        way, cost = rows.best(found, sure, len(pieces))
        digits = [
            LineDigit(predictions[index], rows.around(boxes[found[index].first : found[index].last])) for index in way
        ]
        return Line(tuple(digits)), cost

    def _read(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        """A prediction for each image (28, 28); those with too little ink don't go through the network."""
        ink = [float(image.sum()) for image in images]
        shown = [index for index, amount in enumerate(ink) if amount >= DOT_INK]
        uniform = np.full(CLASSES, 1 / CLASSES, np.float32)
        predictions = [
            Prediction(None, uniform.copy(), image, DOT if amount else BLANK)
            for image, amount in zip(images, ink, strict=True)
        ]
        if not shown:
            return predictions
        said = self._model.predict(np.stack([images[index] for index in shown]))
        digit_probabilities = (1 - said[:, CLASSES:].sum(axis=1)).clip(0, 1).tolist()
        for index, row, digit in zip(shown, self.calibration.digits(said), digit_probabilities, strict=True):
            is_digit = 1 - digit <= self.calibration.threshold
            label, reason = (int(row.argmax()), None) if is_digit else (None, NOT_A_DIGIT)
            predictions[index] = Prediction(label, row, images[index], reason, digit)
        return predictions


def _box_of(stroke: Stroke) -> rows.Box:
    (left, top), (right, bottom) = bounds([stroke])
    return float(left), float(top), float(right), float(bottom)


def _calibration(path: str | os.PathLike[str], meta: Mapping[str, Any]) -> Calibration:
    try:
        return Calibration.from_dict(meta.get("calibration", {}))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from None


def _mean(calibrations: Sequence[Calibration]) -> Calibration:
    """What holds for the mean of several networks' probabilities, about."""
    documents = [each.to_dict() for each in calibrations]
    return Calibration(**{name: sum(each[name] for each in documents) / len(documents) for name in documents[0]})

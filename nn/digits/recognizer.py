"""The recognizer: predicts digits from strokes and pictures."""

import operator
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nn import checks
from nn.deprecation import deprecated_alias
from nn.digits import lines
from nn.digits.adapted_model import AdaptedModel, FineTuneResult
from nn.digits.calibration import Calibration
from nn.digits.classification import Classifier, classify
from nn.digits.lines import Line
from nn.digits.pages import Page, read_line, read_page
from nn.digits.picture_recognition import recognize_pictures
from nn.digits.prediction import Prediction
from nn.digits.rasterize import SIDE, strokes_to_image
from nn.digits.strokes import CLASSES
from nn.ensemble import Ensemble
from nn.errors import CheckpointError, one_line
from nn.fold import optimize_for_inference
from nn.model import Sequential
from nn.paths import WEIGHTS

#: The weights that `Recognizer.load` uses.
DEFAULT_WEIGHTS = WEIGHTS / "deep-drawing.npz"

#: The names of the classes, in files of weights that name theirs.
DIGIT_NAMES = [str(digit) for digit in range(CLASSES)]


class Recognizer:
    """Recognizes handwritten digits with a network; may be used from several threads.

    Args:
        model: gives the probabilities.
        calibration: how to read them; may be set later.

    >>> recognizer = Recognizer.load()
    >>> seven = [[(0, 0), (60, 0), (20, 100)]]
    >>> prediction = recognizer.recognize(seven)
    >>> prediction.label, prediction.probabilities.shape, prediction.image.shape
    (7, (10,), (28, 28))
    >>> recognizer.recognize([]).reason
    'blank'
    """

    def __init__(self, model: Classifier, calibration: Calibration | None = None) -> None:
        if not callable(getattr(model, "predict", None)):
            raise ValueError(f"Recognizer: model: expected a network, got {checks.shown(model)}: for a file, use load")
        if calibration is not None:
            checks.instance("Recognizer: calibration", calibration, Calibration)
        self._model = model
        self.calibration = calibration or Calibration()
        self._adapted: AdaptedModel | None = None

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        personal: str | os.PathLike[str] | None = None,
    ) -> "Recognizer":
        """A recognizer with the weights at ``path``, or with the shipped ones.

        Args:
            path: of one network, or the paths of several, whose probabilities are averaged; see ``nn.ensemble``.
            personal: the file of one network's corrections by its user; read if it exists, and written by `learn`.
                See ``nn.digits.adapted_model.user_file``.

        Raises:
            CheckpointError: a file is missing or broken, or its network does not recognize digits.
        """
        path = DEFAULT_WEIGHTS if path is None else path
        paths = (
            [path] if isinstance(path, str | os.PathLike) else checks.sequence("load: path", path, str | os.PathLike)
        )
        model = Ensemble.load(paths)
        if model.input_shape != (SIDE, SIDE, 1) or model.output_shape not in ((CLASSES,), (CLASSES + 1,)):
            raise CheckpointError(
                f"{paths[0]}: expected a network from {(SIDE, SIDE, 1)} to {(CLASSES,)} or {(CLASSES + 1,)}, "
                f"found one from {model.input_shape} to {model.output_shape}"
            )
        for path, meta in zip(paths, model.metas, strict=True):
            names = meta.get("class_names")
            if isinstance(names, list) and names[:CLASSES] != DIGIT_NAMES:
                listed = ", ".join(map(str, names))
                raise CheckpointError(f"{path}: expected a network of digits, found one whose classes are {listed}")
        calibrations = [_calibration(*each) for each in zip(paths, model.metas, strict=True)]
        recognizer = cls(model, Calibration.mean(calibrations))
        if len(paths) == 1:
            recognizer._adapted = AdaptedModel(paths[0], personal)
            if recognizer._adapted.corrections:
                recognizer._model = optimize_for_inference(recognizer._adapted.model)
        return recognizer

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._model!r})"

    def recognize(self, strokes: Iterable[ArrayLike]) -> Prediction:
        """Recognize one drawing.

        Args:
            strokes: arrays (n, 2) of points, x right and y down, in any unit, at any place; no strokes are blank.

        Raises:
            ValueError: a stroke is empty or not pairs of finite numbers.
        """
        return self._predict([strokes_to_image(strokes)])[0]

    def recognize_many(self, drawings: Iterable[Iterable[ArrayLike]]) -> list[Prediction]:
        """Recognize many drawings, each as `recognize` takes it, in one pass through the network.

        Raises:
            ValueError: a stroke is empty or not pairs of finite numbers.
        """
        if not isinstance(drawings, Iterable):
            raise ValueError(f"drawings: expected a list of drawings, got {checks.shown(drawings)}")
        return self._predict([strokes_to_image(strokes) for strokes in drawings])

    def recognize_image(self, gray: ArrayLike) -> Prediction:
        """Recognize the picture of one digit, bright on dark or dark on bright.

        Frames, ruled lines, specks and other foreign ink are left out: the prediction's ``ignored`` says where it is.

        Args:
            gray: (H, W), any size; uint8, or floats in [0, 1].

        Raises:
            ValueError: the picture is not a plane of such numbers.

        >>> picture = np.full((90, 60), 255, np.uint8)
        >>> picture[20:70, 28:34] = 0
        >>> Recognizer.load().recognize_image(picture).label
        1
        """
        return self.recognize_images([gray])[0]

    def recognize_images(self, pictures: Iterable[ArrayLike]) -> list[Prediction]:
        """Recognize many pictures, each as `recognize_image` takes it, in one pass through the network.

        The predictions are those of `recognize_image`, except for the rounding of probabilities: how a convolution is
        computed depends on the number of images. The pictures may come from a generator: one at a time is in memory.

        Raises:
            ValueError: a picture is not a plane of numbers.
        """
        if not isinstance(pictures, Iterable):
            raise ValueError(f"pictures: expected a list of pictures, got {checks.shown(pictures)}")
        return recognize_pictures(pictures, self._predict)

    def recognize_line(self, strokes: Iterable[ArrayLike]) -> Line:
        """Recognize a line of digits, such as "2026", from left to right.

        Digits may touch, and have several strokes. The strokes of one digit must be neighbours, from left to right or
        in the order of drawing.

        Args:
            strokes: as `recognize` takes them; no strokes are a line without digits.

        Raises:
            ValueError: a stroke is empty or not pairs of finite numbers.

        >>> Recognizer.load().recognize_line([[(0, 0), (60, 0), (20, 100)], [(110, 0), (110, 100)]]).text
        '71'
        """
        return lines.read_strokes(strokes, self._predict)

    def recognize_line_image(self, gray: ArrayLike) -> Line:
        """Recognize the picture of a line of digits, from left to right; they may touch.

        Args:
            gray: as `recognize_image` takes it.

        Raises:
            ValueError: the picture is not a plane of such numbers.
        """
        return read_line(gray, self._predict)

    def recognize_page_image(self, gray: ArrayLike) -> Page:
        """Recognize the picture of a page: the lines of digits on it, from top to bottom.

        Args:
            gray: as `recognize_image` takes it.

        Raises:
            ValueError: the picture is not a plane of such numbers.
        """
        return read_page(gray, self._predict)

    def learn(self, samples: Sequence[tuple[Iterable[ArrayLike], int | None]]) -> FineTuneResult:
        """Fine-tune on drawings that were recognized wrongly or rejected; see ``nn.digits.fine_tuning``.

        It takes seconds. The shipped weights are not changed: corrections are kept in the personal file, if there is
        one. Other threads may go on recognizing.

        Args:
            samples: drawings, each as `recognize` takes it, with their labels: a digit, or None for a non-digit.

        Raises:
            ValueError: there are no drawings, one is blank or invalid, or its label is none of the network's classes;
                or this recognizer was not loaded from one network's file.
            CheckpointError: the personal file can't be written; nothing was learned then.
            DataError: the images to rehearse can't be read; nothing was learned then.
        """
        began = time.perf_counter()
        if self._adapted is None:
            raise ValueError("learn: expected a recognizer that was loaded from one network's file")
        pairs = checks.sequence("learn: samples", samples, tuple | list, empty=True)
        images, labels = [], []
        for number, pair in enumerate(pairs, start=1):
            if len(pair) != 2:
                raise ValueError(f"learn: drawing {number}: expected a pair (strokes, label), got {checks.shown(pair)}")
            label = CLASSES if pair[1] is None else pair[1]
            images.append(strokes_to_image(pair[0]))
            labels.append(checks.integer(f"learn: drawing {number}: label", label))
        before = self._accuracy(images, labels)
        self._model = optimize_for_inference(self._adapted.learn(images, labels))
        return FineTuneResult(before, self._accuracy(images, labels), time.perf_counter() - began)

    def undo(self) -> bool:
        """Undo the last `learn`, in the personal file too; False if there is nothing to undo.

        Raises:
            CheckpointError: the personal file can't be written; nothing was undone then.
        """
        if self._adapted is None or not self._adapted.corrections:
            return False
        self._model = optimize_for_inference(self._adapted.undo())
        return True

    @property
    def network(self) -> Sequential | None:
        """The network, fine-tuned, to inspect; None if the recognizer was not loaded from one file."""
        return None if self._adapted is None else self._adapted.model

    @property
    def corrections(self) -> int:
        """The number of calls of `learn` that `undo` can undo."""
        return 0 if self._adapted is None else len(self._adapted.corrections)

    lessons = deprecated_alias("corrections")

    def _accuracy(self, images: Sequence[np.ndarray], labels: Sequence[int]) -> float:
        predicted = [CLASSES if each.label is None else each.label for each in self._predict(images)]
        return sum(map(operator.eq, predicted, labels)) / max(len(labels), 1)

    def _predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        return classify(self._model, self.calibration, images)


def _calibration(path: str | os.PathLike[str], meta: Mapping[str, Any]) -> Calibration:
    try:
        return Calibration.from_dict(dict(meta.get("calibration", {})))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {one_line(error)}") from None

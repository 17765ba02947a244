"""The one door to recognition: ink in, prediction out."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.calibration import Calibration
from nn.digits.rasterize import PEN_WIDTH, SIDE, picture_to_image, strokes_to_image
from nn.digits.strokes import CLASSES
from nn.ensemble import Ensemble
from nn.errors import CheckpointError

#: What the repository ships.
DEFAULT_WEIGHTS = Path(__file__).resolve().parents[2] / "weights" / "deep.npz"

#: Why there may be no answer.
BLANK, DOT, NOT_A_DIGIT = "blank", "a dot", "not a digit"

#: Less ink than this, in pixels, and more than none, is a dot: the least that a line across the box has is thrice that.
DOT_INK = 2 * PEN_WIDTH**2


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


class Recognizer:
    """Reads digits with a network; may be used from several threads.

    Args:
        model: gives the probabilities.
        calibration: what they mean; its threshold says what is not a digit, and may be set.
    """

    def __init__(self, model: Classifier, calibration: Calibration | None = None) -> None:
        self._model = model
        self.calibration = calibration or Calibration()

    @classmethod
    def load(cls, path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None) -> "Recognizer":
        """A recognizer with the weights at ``path``, or with the shipped ones.

        Args:
            path: of one network, or the paths of several, which answer together; see ``nn.ensemble``.

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
        return cls(model, _mean([_calibration(*each) for each in zip(paths, model.metas, strict=True)]))

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


def _calibration(path: str | os.PathLike[str], meta: Mapping[str, Any]) -> Calibration:
    try:
        return Calibration.of_document(meta.get("calibration", {}))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from None


def _mean(calibrations: Sequence[Calibration]) -> Calibration:
    """What holds for the mean of several networks' probabilities, about."""
    documents = [each.document() for each in calibrations]
    return Calibration(**{name: sum(each[name] for each in documents) / len(documents) for name in documents[0]})

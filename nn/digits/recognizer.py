"""The one door to recognition: ink in, prediction out."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.rasterize import SIDE, picture_to_image, strokes_to_image
from nn.digits.strokes import CLASSES
from nn.ensemble import Ensemble
from nn.errors import CheckpointError

#: What the repository ships.
DEFAULT_WEIGHTS = Path(__file__).resolve().parents[2] / "weights" / "deep.npz"

BLANK = "blank"


class Classifier(Protocol):
    """What a recognizer needs of a network."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities (N, 10) for images (N, 28, 28), float32 in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a recognizer says of some ink.

    Attributes:
        label: the digit, 0 to 9; None where there is no answer.
        probabilities: (10,) float32, one for each digit; they sum to 1.
        image: (28, 28) float32 in [0, 1]: what the network was shown.
        reason: why there is no answer (``"blank"``); None where there is one.
    """

    label: int | None
    probabilities: np.ndarray
    image: np.ndarray
    reason: str | None = None

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
    """

    def __init__(self, model: Classifier) -> None:
        self._model = model

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
        if model.input_shape != (SIDE, SIDE, 1) or model.output_shape != (CLASSES,):
            raise CheckpointError(
                f"{paths[0]}: expected a network from {(SIDE, SIDE, 1)} to {(CLASSES,)}, "
                f"found one from {model.input_shape} to {model.output_shape}"
            )
        return cls(model)

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
        """A prediction for each image (28, 28); those without ink don't go through the network."""
        inked = [index for index, image in enumerate(images) if image.any()]
        probabilities = np.full((len(images), CLASSES), 1 / CLASSES, np.float32)
        if inked:
            probabilities[inked] = self._model.predict(np.stack([images[index] for index in inked]))
        predictions = [Prediction(None, *pair, BLANK) for pair in zip(probabilities, images, strict=True)]
        for index in inked:
            row = probabilities[index]
            predictions[index] = Prediction(int(row.argmax()), row, images[index])
        return predictions

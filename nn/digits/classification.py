"""Classifies images of digits: a network's probabilities, calibrated, become predictions."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from nn.digits.calibration import Calibration
from nn.digits.prediction import BLANK, DOT, NOT_A_DIGIT, Prediction
from nn.digits.rasterize import PEN_WIDTH
from nn.digits.strokes import CLASSES

#: Less ink than this, in pixels, is a dot. Even a straight line across the box has three times as much.
DOT_INK = 2 * PEN_WIDTH**2


class Classifier(Protocol):
    """The part of a network that a recognizer needs."""

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities for images (N, 28, 28), float32 in [0, 1]: (N, 10), or (N, 11) with a class for non-digits."""


def classify(model: Classifier, calibration: Calibration, images: Sequence[np.ndarray]) -> list[Prediction]:
    """A prediction for each image (28, 28); those with too little ink don't go through the network.

    Raises:
        FloatingPointError: the network gives probabilities that are not finite.
    """
    ink = [float(image.sum()) for image in images]
    shown = [index for index, amount in enumerate(ink) if amount >= DOT_INK]
    uniform = np.full(CLASSES, 1 / CLASSES, np.float32)
    predictions = [
        Prediction(None, uniform.copy(), image, DOT if amount else BLANK)
        for image, amount in zip(images, ink, strict=True)
    ]
    if not shown:
        return predictions
    probabilities = model.predict(np.stack([images[index] for index in shown]))
    digit_probabilities = (1 - probabilities[:, CLASSES:].sum(axis=1)).clip(0, 1).tolist()
    calibrated = calibration.digit_probabilities(probabilities)
    if not np.isfinite(calibrated).all():
        raise FloatingPointError("model: expected finite probabilities, got NaN or infinity")
    for index, row, is_digit in zip(shown, calibrated, digit_probabilities, strict=True):
        rejected = 1 - is_digit > calibration.reject_threshold
        label, reason = (None, NOT_A_DIGIT) if rejected else (int(row.argmax()), None)
        predictions[index] = Prediction(label, row, images[index], reason, is_digit)
    return predictions

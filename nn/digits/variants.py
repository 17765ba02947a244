"""Test-time augmentation: a doubtful answer becomes the mean of those for variants of its image.

The variants are slanted, rotated and resized a little. The mean is that of the logarithms of the probabilities. If
the variants are not digits, the image is rejected.

Source: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep convolutional neural networks",
NeurIPS 2012.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from nn.digits.prediction import NOT_A_DIGIT, Prediction
from nn.digits.rasterize import SIDE
from nn.ops.warp import warp

#: The slants, the angles (radians), and the widths and heights that variants have beside the image itself.
SLANTS, ANGLES, SIZES = (-0.15, 0.15), (-0.12, 0.12), ((0.9, 0.9), (0.87, 1.0), (1.0, 0.89))

#: Smaller probabilities count as this.
SMALLEST = 1e-6

#: The image is rejected if its mean probability to be a digit is below this.
MIN_DIGIT = 0.7


def _matrices() -> np.ndarray:
    """The matrices (V, 2, 3) from a variant's pixels to the image's; the centre stays."""
    linear = [
        *([[1, slant], [0, 1]] for slant in SLANTS),
        *([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]] for angle in ANGLES),
        *([[1 / width, 0], [0, 1 / height]] for width, height in SIZES),
    ]
    centre = np.full(2, (SIDE - 1) / 2)
    return np.array([np.column_stack([each, centre - each @ centre]) for each in map(np.array, linear)])


MATRICES = _matrices()


def variants(image: np.ndarray) -> list[np.ndarray]:
    """The variants of an image, (28, 28) float32."""
    count = len(MATRICES)
    out = np.empty((count, SIDE, SIDE, 1), np.float32)
    unbent, as_thick = np.zeros((count, 2, 0, 0), np.float32), np.zeros(count, np.float32)
    warp(image[None], np.zeros(count, np.int64), MATRICES.astype(np.float32), unbent, as_thick, out)
    return list(out[..., 0])


def mean_prediction(prediction: Prediction, others: Sequence[Prediction]) -> Prediction:
    """The prediction of an image that is a digit, averaged with those of its variants."""
    every = (prediction, *others)
    if np.mean([each.digit_probability for each in every]) < MIN_DIGIT:
        return dataclasses.replace(prediction, label=None, reason=NOT_A_DIGIT)
    rows = np.array([each.probabilities for each in every])
    mean = np.exp(np.log(rows.clip(SMALLEST)).mean(axis=0))
    probabilities = (mean / mean.sum()).astype(np.float32)
    return dataclasses.replace(prediction, label=int(probabilities.argmax()), probabilities=probabilities)

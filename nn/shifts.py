"""Test-time augmentation by shifted images."""

from typing import Protocol

import numpy as np

from nn.ensemble import average
from nn.images import as_batch
from nn.layers.base import Shape

#: Rows and columns by which the image is shifted.
SHIFTS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


class Predictor(Protocol):
    """A network or an ensemble."""

    input_shape: Shape

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Probabilities (N, classes)."""


def predict_with_shifts(model: Predictor, images: np.ndarray) -> np.ndarray:
    """The mean of the probabilities for each image as it is, and shifted by a pixel up, down, left and right.

    A shift by a pixel changes which pixels are pooled together, and so the answer a little. The mean mostly has fewer
    errors, and takes five times as long. Test-time augmentation: K. Simonyan, A. Zisserman, "Very Deep
    Convolutional Networks for Large-Scale Image Recognition", 2015.

    Args:
        model: a network or an ensemble.
        images: as ``Sequential.predict`` takes them, on a background of zeros: what a shift moves in is zero.

    Returns:
        (N, classes).

    Raises:
        ValueError: the model does not read images (H, W, C), or not such images.

    >>> from nn import zoo
    >>> predict_with_shifts(zoo.build("tiny"), np.zeros((2, 28, 28), np.uint8)).shape
    (2, 10)
    """
    if len(model.input_shape) != 3:
        raise ValueError(f"shifts: expected a network of images (H, W, C), got {model.input_shape}")
    batch = as_batch(images, model.input_shape)
    _, height, width, _ = batch.shape
    padded = np.pad(batch, ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = [padded[:, 1 - down : 1 - down + height, 1 - right : 1 - right + width] for down, right in SHIFTS]
    return average([model.predict(np.ascontiguousarray(view)) for view in views])

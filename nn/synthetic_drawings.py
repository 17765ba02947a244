"""Synthetic drawings in a training: added to the training images, and for the calibration afterwards."""

from collections.abc import Callable

import numpy as np

from nn.digits import calibration, synthesis
from nn.digits.calibration import Calibration
from nn.digits.rasterize import SIDE
from nn.digits.strokes import CLASSES
from nn.model import Sequential
from nn.recipes import Recipe

#: Called with the number of drawings made so far, and of all.
OnProgress = Callable[[int, int], None]

# A random stream for each purpose: the calibration uses drawings that the network was not trained on.
_TRAINING, _CALIBRATION = 0, 1

#: Number of drawings for the calibration.
CALIBRATION_COUNT = 20_000

#: Number of drawings between two calls of ``OnProgress``.
CHUNK = 5_000


def output_classes(recipe: Recipe, image_shape: tuple[int, ...], classes: int) -> int:
    """The number of classes that a network needs to be trained by a recipe.

    Args:
        recipe: with synthetic drawings and corruptions, or without.
        image_shape: (H, W) or (H, W, 1) of the training images.
        classes: number of classes of the training images.

    Raises:
        ValueError: the recipe has synthetic drawings or corruptions, and the images do not go with them.

    >>> output_classes(Recipe(), (28, 28), 10)
    10
    >>> output_classes(Recipe(synthetic_drawings=1000, non_digit_fraction=0.4), (28, 28), 10)
    11
    """
    is_small = image_shape in ((SIDE, SIDE), (SIDE, SIDE, 1))
    if recipe.corrupted_fraction and not is_small:
        raise ValueError(
            f"the recipe's corruptions are of {SIDE}x{SIDE} images, but the training images are {image_shape}"
        )
    if not recipe.synthetic_drawings:
        return classes
    if classes != CLASSES or not is_small:
        raise ValueError(
            f"the recipe's synthetic drawings are {SIDE}x{SIDE} images of {CLASSES} classes, "
            f"but the training images are {image_shape} of {classes} classes"
        )
    return CLASSES + bool(recipe.non_digit_fraction)


def extend(
    images: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: int, epoch: int, on_progress: OnProgress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Copies of images (N, 28, 28) and labels (N,) with the recipe's M drawings for an epoch at the end, (N + M, ...).

    The same seed and epoch give the same drawings.
    """
    count = len(images) + recipe.synthetic_drawings
    all_images, all_labels = np.empty((count, *images.shape[1:]), images.dtype), np.empty(count, labels.dtype)
    all_images[: len(images)], all_labels[: len(images)] = images, labels
    replace(all_images, all_labels, recipe, seed, epoch, on_progress)
    return all_images, all_labels


def replace(
    images: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: int, epoch: int, on_progress: OnProgress | None = None
) -> None:
    """Overwrite the drawings that ``extend`` added with those of another epoch."""
    rng = np.random.default_rng((seed, _TRAINING, epoch))
    total = recipe.synthetic_drawings
    for first in range(0, total, CHUNK):
        count = min(CHUNK, total - first)
        end = len(images) - first
        fractions = recipe.non_digit_fraction, recipe.painted_fraction, recipe.picture_fraction
        drawn, drawn_labels = synthesis.images(count, rng, *fractions)
        # Floats are in [0, 1], as in the images.
        scaled = drawn if images.dtype == np.uint8 else drawn / images.dtype.type(255)
        images[end - count : end], labels[end - count : end] = scaled.reshape(count, *images.shape[1:]), drawn_labels
        if on_progress is not None:
            on_progress(first + count, total)


def calibrate(model: Sequential, seed: int) -> Calibration:
    """The calibration of a network that was trained on synthetic drawings, from drawings that it was not trained on.

    Args:
        model: optimized for inference.
        seed: of its training.
    """
    images, labels = synthesis.images(CALIBRATION_COUNT, np.random.default_rng((seed, _CALIBRATION)))
    return calibration.fit(model.predict(images), labels)

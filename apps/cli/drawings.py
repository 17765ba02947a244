"""The generator's drawings beside a data set: to learn from, and to calibrate with."""

import numpy as np
from tqdm import tqdm

from apps.cli.arguments import UsageError
from nn.data.mnist import Dataset
from nn.digits import calibration, synthesis
from nn.digits.calibration import Calibration
from nn.digits.rasterize import SIDE
from nn.digits.strokes import CLASSES
from nn.model import Sequential
from nn.recipes import Recipe

#: The generator's stream, by purpose: what is calibrated with was never learned from.
LEARNING, CALIBRATING = 0, 1

#: Drawings for the calibration.
HELD_OUT = 20_000

#: Drawings made at once, from one update of the bar to the next.
AT_ONCE = 5_000


def classes(data: Dataset, recipe: Recipe) -> int:
    """How many classes the recipe's network tells apart.

    Raises:
        UsageError: the recipe has drawings, and the data set is not one of digits like them.
    """
    if not recipe.synthetic_drawings:
        return data.classes
    if data.classes != CLASSES or data.train_images.shape[1:] != (SIDE, SIDE):
        raise UsageError(
            f"--recipe: its drawings are {SIDE}x{SIDE} images of {CLASSES} digits, "
            f"but {data.folder} holds {data.train_images.shape[1:]} of {data.classes} classes"
        )
    return CLASSES + bool(recipe.non_digit_fraction)


def beside(
    images: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: int, epoch: int, *, quiet: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) and labels (N,) with the recipe's drawings for an epoch behind them.

    The same for the same seed and epoch; ``renew`` gives them those of another epoch.
    """
    if not recipe.synthetic_drawings:
        return images, labels
    count = len(images) + recipe.synthetic_drawings
    joined, names = np.empty((count, *images.shape[1:]), images.dtype), np.empty(count, labels.dtype)
    joined[: len(images)], names[: len(images)] = images, labels
    renew(joined, names, recipe, seed, epoch, quiet=quiet)
    return joined, names


def renew(images: np.ndarray, labels: np.ndarray, recipe: Recipe, seed: int, epoch: int, *, quiet: bool) -> None:
    """Replace the drawings in what ``beside`` gave by those of another epoch."""
    rng = np.random.default_rng((seed, LEARNING, epoch))
    with tqdm(total=recipe.synthetic_drawings, desc="drawing", unit=" drawings", disable=quiet, leave=False) as bar:
        for first in range(0, recipe.synthetic_drawings, AT_ONCE):
            count = min(AT_ONCE, recipe.synthetic_drawings - first)
            end = len(images) - first
            part = slice(end - count, end)
            images[part], labels[part] = synthesis.images(
                count, rng, recipe.non_digit_fraction, recipe.painted_fraction
            )
            bar.update(count)


def calibrate(model: Sequential, seed: int) -> Calibration:
    """The calibration of a network that has learned from drawings, found on others.

    Args:
        model: ready to predict.
        seed: that of its training.
    """
    images, labels = synthesis.images(HELD_OUT, np.random.default_rng((seed, CALIBRATING)))
    return calibration.fit(model.predict(images), labels)

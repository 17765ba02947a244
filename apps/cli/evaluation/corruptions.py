"""Accuracy on images with each corruption of MNIST-C."""

from collections.abc import Callable

import numpy as np

from apps.cli.evaluation.tables import Values
from nn import metrics
from nn.data.corruptions import CORRUPTIONS, corrupt

#: The key of the mean over the corruptions.
MEAN = "mean"


def corrupted(images: np.ndarray, name: str, seed: int) -> np.ndarray:
    """Images (N, 28, 28) with a corruption, as severe as in MNIST-C; a random stream for each corruption."""
    # A training uses streams of three numbers and more, so its corruptions are others.
    return corrupt(images, name, np.random.default_rng((seed, list(CORRUPTIONS).index(name))))


def by_corruption(
    predict: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    labels: np.ndarray,
    seed: int,
    on_corruption: Callable[[], object] = lambda: None,
) -> dict[str, Values]:
    """The accuracy with each corruption, and their mean.

    Args:
        predict: maps images to labels.
        images: (N, 28, 28).
        labels: (N,).
        seed: of the corruptions.
        on_corruption: called after each of them.
    """
    kinds: dict[str, Values] = {}
    for name in CORRUPTIONS:
        kinds[name] = {
            "n": len(labels),
            "accuracy": metrics.accuracy(labels, predict(corrupted(images, name, seed))),
        }
        on_corruption()
    mean = sum(values["accuracy"] for values in kinds.values()) / len(kinds)
    return kinds | {MEAN: {"n": len(labels) * len(kinds), "accuracy": mean}}

"""This library."""

import dataclasses
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn import Adam, Sequential, checkpoint, recipes, zoo
from nn.data import mnist
from nn.trainer import Trainer
from nn.training import EpochEnd, fit
from scripts.frameworks import ACCURACY, Repetition, digits, timed

WEIGHTS = Path(__file__).parents[2] / "weights" / "baseline.npz"

#: Images in one repetition of ``growth``, and products in one of ``limit``.
GROWTH_IMAGES, PRODUCTS = 120_000, 5

#: The recipe of ``accuracy``: the quickest of eight that were tried on held-out training images, of 2 to 4 epochs.
QUICKEST = dataclasses.replace(recipes.get("default", "baseline"), epochs=3, learning_rate=5e-3)


def training(
    model: Sequential,
    threads: int,
    images: np.ndarray,
    labels: np.ndarray,
    batch_size: int,
    variant: str = "",
    learning_rate: float = 1e-3,
) -> Callable[[], Any]:
    """An epoch through ``nn.training.fit``, as train.py trains."""
    import numba

    numba.set_num_threads(threads)
    optimizer = Adam(model.parameters, learning_rate)

    def epoch() -> None:
        for _ in fit(model, optimizer, images, labels, epochs=1, batch_size=batch_size):
            pass

    return epoch


def prediction(model: Sequential, threads: int, x: np.ndarray, variant: str = "") -> Callable[[], Any]:
    """Probabilities through ``model.predict``."""
    import numba

    numba.set_num_threads(threads)
    return lambda: model.predict(x)


def growth(threads: int, batch_size: int, count: int) -> Repetition:
    """The mean of as many epochs of ``count`` images as make ``GROWTH_IMAGES`` together.

    They train the shipped network with a learning rate of zero. Otherwise the activations would get more zeros with
    each image, and the epochs faster.
    """
    epoch = training(checkpoint.load(WEIGHTS).model, threads, *digits(count), batch_size, learning_rate=0.0)
    return lambda: statistics.mean(timed(epoch) for _ in range(GROWTH_IMAGES // count))


def accuracy(threads: int, seed: str) -> int:
    """Train the baseline by ``QUICKEST`` until ``ACCURACY``; returns the exit status."""
    data = mnist.load(progress=False)
    trainer = Trainer(zoo.build("baseline", rng=np.random.default_rng(int(seed))), QUICKEST)
    assert trainer.average is not None
    for event in trainer.fit(data.train_images, data.train_labels, int(seed)):
        if isinstance(event, EpochEnd):
            with trainer.average.applied():
                if trainer.model.evaluate(data.test_images, data.test_labels).accuracy >= ACCURACY:
                    return 0
    return 1


def limit(threads: int) -> Repetition:
    """GFLOP/s of NumPy's product of two 2048 x 2048 matrices, the practical peak of the machine."""
    size = 2048
    a, b = np.random.default_rng(0).standard_normal((2, size, size)).astype(np.float32)
    out = np.empty_like(a)
    return lambda: 2 * size**3 / timed(lambda: np.matmul(a, b, out=out), PRODUCTS) / 1e9

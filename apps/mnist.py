"""MNIST for the programs that show its images; it is not downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nn.data.mnist import Dataset

NO_MNIST = "MNIST is missing or damaged: delete it, run `digits download mnist`"


def load() -> Dataset | None:
    """The data set; None if it is missing or damaged, or its images are not 28x28."""
    from nn.data import mnist
    from nn.errors import DataError

    try:
        data = mnist.load(download=False, progress=False)
    except DataError:
        return None
    return data if data.train_images.shape[1:] == data.test_images.shape[1:] == (28, 28) else None

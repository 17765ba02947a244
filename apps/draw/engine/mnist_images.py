"""Images of MNIST as documents; nothing is downloaded here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.draw.core.document import Document, Picture

if TYPE_CHECKING:
    from nn.data.mnist import Dataset

NO_MNIST = "MNIST is not on this machine: python scripts/train.py downloads it"


def load() -> Dataset | None:
    """The data set; None if it is not on this machine, or its images are not 28x28."""
    from nn.data import mnist
    from nn.errors import DataError

    try:
        data = mnist.load(download=False, progress=False)
    except DataError:
        return None
    return data if data.train_images.shape[1:] == data.test_images.shape[1:] == (28, 28) else None


def document(data: Dataset, index: int) -> Document:
    """A test image as a document."""
    picture = Picture(data.test_images[index], f"MNIST test image {index}", prepared=True)
    return Document(picture=picture, label=int(data.test_labels[index]))

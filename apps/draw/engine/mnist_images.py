"""Images of MNIST as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.draw.core.document import Document, Picture

if TYPE_CHECKING:
    from nn.data.mnist import Dataset


def document(data: Dataset, index: int) -> Document:
    """A test image as a document."""
    picture = Picture(data.test_images[index], f"MNIST test image {index}", prepared=True)
    return Document(picture=picture, label=int(data.test_labels[index]))

"""Nearest neighbours of an image, in the space of a network's last hidden layer.

N. Papernot, P. McDaniel, "Deep k-Nearest Neighbors", 2018, explain a prediction by its nearest training images.
"""

from collections.abc import Iterator

import numpy as np

from nn import inspection
from nn.model import Sequential


class NeighbourIndex:
    """Finds the nearest images by the cosine similarity of their features, which are computed once.

    Args:
        network: its last hidden layer gives the features.
        images: (N, H, W), as ``Sequential.predict`` takes them.
        batch_size: number of images in a batch.

    Raises:
        ValueError: the network has no hidden layer.

    >>> from nn import zoo
    >>> images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    >>> index = NeighbourIndex(zoo.build("tiny"), images)
    >>> nearest, similarity = index.query(images[7], count=3)
    >>> int(nearest[0]), round(float(similarity[0]), 5)
    (7, 1.0)
    """

    def __init__(self, network: Sequential, images: np.ndarray, batch_size: int = 8) -> None:
        layer = inspection.last_hidden(network)
        if layer is None:
            raise ValueError("the network has no hidden layer")
        self.layer = layer
        self._network, self._images, self._batch_size = network, images, batch_size
        self._features: np.ndarray | None = None
        self._done = 0

    @property
    def progress(self) -> float:
        """The fraction of the images whose features are computed."""
        return self._done / max(len(self._images), 1)

    def build(self) -> Iterator[float]:
        """Compute the features that are missing, and yield `progress` after each batch."""
        while self._done < len(self._images):
            part = slice(self._done, self._done + self._batch_size)
            found = self._features_of(self._images[part])
            if self._features is None:
                self._features = np.zeros((len(self._images), found.shape[1]), np.float32)
            self._features[part] = found
            self._done = min(part.stop, len(self._images))
            yield self.progress

    def query(self, image: np.ndarray, count: int = 8) -> tuple[np.ndarray, np.ndarray]:
        """The nearest images, the nearest first; missing features are computed before.

        Args:
            image: (H, W), floats in [0, 1] or uint8.
            count: how many, at most.

        Returns:
            Indices of the images, and their cosine similarities in [-1, 1], both of shape (count,).
        """
        for _ in self.build():
            pass
        if self._features is None:  # no images
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        (own,) = self._features_of(np.asarray(image)[None])
        similarity = self._features @ own
        nearest = np.argsort(-similarity, kind="stable")[:count]
        return nearest, similarity[nearest]

    def _features_of(self, images: np.ndarray) -> np.ndarray:
        """The activations of the layer, as vectors of length 1."""
        vectors = inspection.activations(self._network, images)[self.layer].reshape(len(images), -1)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)

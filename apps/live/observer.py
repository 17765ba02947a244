"""Observes a network in training: its filters, its mistakes, and how its features separate the classes."""

from __future__ import annotations

import numpy as np

from apps.live.snapshot import Observation
from nn.fuse import fuse
from nn.images import to_unit
from nn.losses import softmax
from nn.metrics import confusion_matrix
from nn.model import Sequential

#: Watched images, at most, and those of them in the embedding.
IMAGES, POINTS = 1000, 500

#: Mistakes that are kept, at most.
MISTAKES = 40

#: First filters that are shown, at most.
FILTERS = 64

#: Iterations for the principal components, and the least length of a vector that is scaled to 1.
ITERATIONS, TINY = 40, 1e-30

_BATCH = 100


class Observer:
    """Observes a network with images that it is not trained on.

    Args:
        model: the network. It may change between two observations.
        images: uint8 (N, H, W) or (N, H, W, C); evenly spaced ones of them are watched.
        labels: (N,).
    """

    def __init__(self, model: Sequential, images: np.ndarray, labels: np.ndarray) -> None:
        chosen = np.linspace(0, len(images) - 1, min(len(images), IMAGES)).round().astype(int)
        self.images, self.labels = images[chosen], labels[chosen]
        self._model = model
        fused = fuse(model)
        *hidden, last = fused.layers
        self._features = fused.from_layers(hidden, model.input_shape, model.dtype)
        self._last = last

    def observe(self, step: int) -> Observation | None:
        """What the network makes of the images after ``step`` steps; None if its weights are not finite."""
        features, logits = self._infer(self.images)
        if not np.isfinite(logits).all():
            return None
        probabilities = softmax(logits)
        answers, labels = probabilities.argmax(axis=1), self.labels
        wrong = np.flatnonzero(answers != labels)
        shown = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:MISTAKES]
        some = np.linspace(0, len(labels) - 1, min(len(labels), POINTS)).round().astype(int)
        points, point_labels = features[some], labels[some]
        return Observation(
            step,
            float((answers == labels).mean()),
            confusion_matrix(labels, answers, *self._model.output_shape),
            _gray(self.images[shown]),
            labels[shown],
            answers[shown],
            len(wrong),
            embedding(points, point_labels, *self._model.output_shape),
            point_labels,
        )

    def _infer(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The features that the last layer reads, (N, F), and its logits (N, classes)."""
        images = self._model.as_batch(images)
        features, logits = [], []
        with np.errstate(all="ignore"):
            for start in range(0, len(images), _BATCH):
                found = self._features.infer(to_unit(images[start : start + _BATCH], self._model.dtype))
                features.append(found.reshape(len(found), -1))
                logits.append(self._last.infer(found))
        return np.concatenate(features), np.concatenate(logits)


def _gray(images: np.ndarray) -> np.ndarray:
    """(N, H, W) uint8 of gray or coloured ones."""
    return images if images.ndim == 3 else images.mean(axis=3).astype(np.uint8)


def first_filters(model: Sequential) -> np.ndarray:
    """(F, H, W): the weights of the first layer that has a kernel; see ``Snapshot.filters``.

    >>> from nn import zoo
    >>> first_filters(zoo.build("baseline")).shape, first_filters(zoo.build("mlp")).shape
    ((32, 3, 3), (64, 28, 28))
    """
    layer = next(layer for layer in model.layers if layer.role in ("convolution", "dense"))
    kernel = layer.parameters[0].value[..., :FILTERS]
    if layer.role == "dense":
        shape = model.input_shape if len(kernel) == np.prod(model.input_shape) else (1, len(kernel), 1)
        kernel = kernel.reshape(*shape, -1)
    return np.ascontiguousarray(np.moveaxis(kernel.mean(axis=2), -1, 0))


def embedding(features: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The features (N, F) in the plane of their two principal components, (N, 2) in [-1, 1].

    Principal components have no orientation. They are rotated and mirrored so that the mean of each class comes as
    near as possible to its place on a circle (orthogonal Procrustes), so that points move smoothly as weights change.
    """
    x = (features - features.mean(axis=0)).astype(np.float64)
    is_tall = x.shape[1] <= len(x)
    values, vectors = _two_largest(x.T @ x if is_tall else x @ x.T)
    plane = x @ vectors if is_tall else vectors * np.sqrt(np.maximum(values, 0))
    angle = 2 * np.pi * np.arange(classes) / classes
    present = np.unique(labels)
    means = np.array([plane[labels == label].mean(axis=0) for label in present])
    left, _, right = np.linalg.svd(means.T @ np.stack([np.sin(angle), -np.cos(angle)], axis=1)[present])
    plane = plane @ (left @ right)
    reach = np.abs(plane).max()
    return (plane / reach if reach > 0 else plane).astype(np.float32)


def _two_largest(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two largest eigenvalues of a positive semidefinite matrix (N, N), and their eigenvectors as columns (N, 2).

    Orthogonal iteration (Golub and Van Loan, "Matrix Computations", section 8.2). Where the third eigenvalue is close
    to the second one, the plane is one of several that show as much. For a matrix of 64 rows, ``np.linalg.eigh`` took
    70 ms of processor time: its threads poll for more work, on the cores that train.
    """
    basis = np.random.default_rng(0).standard_normal((len(matrix), 2))
    for _ in range(ITERATIONS):
        basis = np.einsum("ij,jk->ik", matrix, basis)
        basis[:, 0] /= max(np.linalg.norm(basis[:, 0]), TINY)
        basis[:, 1] -= basis[:, 0] * (basis[:, 0] @ basis[:, 1])
        basis[:, 1] /= max(np.linalg.norm(basis[:, 1]), TINY)
    values, rotation = np.linalg.eigh(basis.T @ np.einsum("ij,jk->ik", matrix, basis))
    return values, basis @ rotation

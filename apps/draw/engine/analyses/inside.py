"""Feature maps, saliency maps, and the nearest training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from apps.draw.core.effects import Recognize
from apps.draw.core.panel_data import FeatureMaps, Grid, Neighbours
from apps.draw.engine.analyses import BATCH, Pieces
from apps.draw.engine.mnist_images import NO_MNIST
from apps.draw.engine.model import ModelFolder, network_input

if TYPE_CHECKING:
    from nn.model import Sequential

#: Training images among which the nearest are sought: every sixth.
EVERY = 6
NEAREST = 8


def maps(models: ModelFolder, request: Recognize) -> Pieces:
    """The outputs of the first convolution, the first pooling, and the last hidden layer."""
    from nn import inspection

    network = models.current.network
    if network is None:
        return
    image = network_input(request.document)
    outputs = inspection.activations(network, image[None])
    found = []
    if (convolution := inspection.first_convolution(network)) is not None:
        name, kernel = convolution
        found.append(FeatureMaps(name, outputs[name][0], kernel))
    if (pooling := inspection.first_pooling(network)) is not None:
        found.append(FeatureMaps(pooling, outputs[pooling][0]))
    hidden = inspection.last_hidden(network)
    yield "image", Grid("input", image)
    yield "maps", tuple(found)
    yield "hidden", None if hidden is None else Grid(hidden, outputs[hidden][0].ravel())


def saliency(models: ModelFolder, request: Recognize) -> Pieces:
    """The gradient of the explained digit's logit with respect to the image."""
    from nn import inspection

    network = models.current.network
    if network is None:
        return
    image = network_input(request.document)
    label = _explained(network, image, request)
    yield "saliency", Grid("saliency", inspection.saliency_map(network, image[None], label)[0, :, :, 0], label)


def occlusion(models: ModelFolder, request: Recognize) -> Pieces:
    """What the explained digit loses where ink is covered."""
    from nn import inspection

    network = models.current.network
    if network is None:
        return
    image = network_input(request.document)
    label = _explained(network, image, request)
    found = np.zeros_like(image)
    for found in inspection.occlusion_map_steps(network, image, label, size=5, stride=3, batch_size=BATCH):  # noqa: B007
        yield None
    yield "occlusion", Grid("occlusion", found, label)


def _explained(network: Sequential, image: np.ndarray, request: Recognize) -> int:
    if request.explain is not None:
        return request.explain
    return int(network.predict(image[None])[0, :10].argmax())


def neighbours(models: ModelFolder, request: Recognize) -> Pieces:
    """The training images whose features in the last hidden layer are nearest, by cosine similarity."""
    from nn import inspection

    network, data = models.current.network, models.mnist
    none = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)
    hidden = None if network is None else inspection.last_hidden(network)
    if network is None or hidden is None or data is None:
        yield "neighbours", Neighbours(*none, NO_MNIST if data is None else "no hidden layer")
        return
    images, labels = data.train_images[::EVERY], data.train_labels[::EVERY]
    cache = models.current.cache.setdefault("features", {"done": 0})
    while cache["done"] < len(images):
        part = slice(cache["done"], cache["done"] + BATCH)
        found = _features(network, hidden, images[part])
        cache.setdefault("all", np.zeros((len(images), found.shape[1]), np.float32))[part] = found
        cache["done"] = min(part.stop, len(images))
        if cache["done"] % (BATCH * 64) == 0:
            note = f"searching the training images: {cache['done'] / len(images):.0%}"
            yield "neighbours", Neighbours(*none, note)
        yield None
    (own,) = _features(network, hidden, network_input(request.document)[None])
    nearest = np.argsort(-(cache["all"] @ own), kind="stable")[:NEAREST]
    yield "neighbours", Neighbours(images[nearest], labels[nearest])


def _features(network: Sequential, layer: str, images: np.ndarray) -> np.ndarray:
    """The activations of a layer, as vectors of length 1."""
    from nn import inspection

    vectors = inspection.activations(network, images)[layer].reshape(len(images), -1)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)

"""Feature maps, saliency maps, and the nearest training images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from apps.draw.core.effects import Recognize
from apps.draw.core.panel_data import FeatureMaps, Grid, Neighbours
from apps.draw.engine.analyses import BATCH, Pieces
from apps.draw.engine.model import network_input
from apps.mnist import NO_MNIST
from apps.models import ModelFolder

if TYPE_CHECKING:
    from nn.model import Sequential

#: Training images among which the nearest are sought: every sixth.
EVERY = 6
NEAREST = 8


def maps(models: ModelFolder, request: Recognize) -> Pieces:
    """The outputs of all layers; and of them those of the first convolution, first pooling, and last hidden layer."""
    from nn import inspection
    from nn.trace import Trace

    network = models.current.trained
    if network is None:
        return
    image = network_input(models.current, request.document)
    trace = Trace.of(network, image)
    found = []
    if (convolution := inspection.first_convolution(network)) is not None:
        name, kernel = convolution
        found.append(FeatureMaps(name, trace[name].values, kernel))
    if (pooling := inspection.first_pooling(network)) is not None:
        found.append(FeatureMaps(pooling, trace[pooling].values))
    hidden = inspection.last_hidden(network)
    yield "image", Grid("input", image)
    yield "maps", tuple(found)
    yield "hidden", None if hidden is None else Grid(hidden, trace[hidden].values.ravel())
    yield "trace", trace


def saliency(models: ModelFolder, request: Recognize) -> Pieces:
    """The gradient of the explained digit's logit with respect to the image."""
    from nn import inspection

    network = models.current.network
    if network is None:
        return
    image = network_input(models.current, request.document)
    label = _explained(network, image, request)
    yield "saliency", Grid("saliency", inspection.saliency_map(network, image[None], label)[0, :, :, 0], label)


def occlusion(models: ModelFolder, request: Recognize) -> Pieces:
    """What the explained digit loses where ink is covered."""
    from nn import inspection

    network = models.current.network
    if network is None:
        return
    image = network_input(models.current, request.document)
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
    from nn.neighbours import NeighbourIndex

    network, data, cache = models.current.network, models.mnist, models.current.cache
    none = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)
    if network is None or data is None:
        yield "neighbours", Neighbours(*none, NO_MNIST if data is None else "no hidden layer")
        return
    images, labels = data.train_images[::EVERY], data.train_labels[::EVERY]
    try:
        index = cache.get("neighbours") or cache.setdefault("neighbours", NeighbourIndex(network, images, BATCH))
    except ValueError as error:
        yield "neighbours", Neighbours(*none, str(error))
        return
    for batch, progress in enumerate(index.build(), start=1):
        if batch % 64 == 0:
            yield "neighbours", Neighbours(*none, f"searching the training images: {progress:.0%}")
        yield None
    nearest, _ = index.query(network_input(models.current, request.document), NEAREST)
    yield "neighbours", Neighbours(images[nearest], labels[nearest])

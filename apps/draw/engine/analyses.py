"""What the panels show of a network at work, computed in pieces short enough for an answer to wait for one.

Each analysis is a generator: it yields ``PanelData`` where a part is done, and None where others may have their turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from apps.draw.core.document import beginning, count
from apps.draw.core.effects import Recognize
from apps.draw.core.messages import Message, PanelData
from apps.draw.core.panel_data import FeatureMaps, Grid, LayerRow, Misclassified, Neighbours, ReplayMoment
from apps.draw.engine.inference import NO_MNIST, as_arrays, mnist_document

if TYPE_CHECKING:
    from apps.draw.engine.inference import InferenceEngine
    from nn.model import Sequential

#: Images at once: of the largest network here, some 5 ms.
BATCH = 8

#: Training images among which the nearest are sought: every sixth.
EVERY = 6
NEAREST = 8

#: How many mistakes are shown.
MOST = 40

#: How many moments of a drawing are read, at most.
MOMENTS = 80


def maps(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """What the layers give: the first convolution, the first pooling, and the last hidden layer."""
    from nn import inspection

    network = engine.network
    if network is None:
        return
    image = engine.image(request.document)
    seen = inspection.activations(network, image[None])
    found = []
    if (convolution := inspection.first_convolution(network)) is not None:
        name, kernel = convolution
        found.append(FeatureMaps(name, seen[name][0], kernel))
    if (pooling := inspection.first_pooling(network)) is not None:
        found.append(FeatureMaps(pooling, seen[pooling][0]))
    hidden = inspection.last_hidden(network)
    activity = None if hidden is None else Grid(hidden, seen[hidden][0].ravel())
    yield PanelData(request.number, "image", Grid("input", image))
    yield PanelData(request.number, "maps", tuple(found))
    yield PanelData(request.number, "hidden", activity)


def saliency(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """The gradient of the explained digit's logit by the image."""
    from nn import inspection

    network = engine.network
    if network is None:
        return
    image = engine.image(request.document)
    label = _explained(network, image, request)
    values = inspection.saliency_map(network, image[None], label)[0, :, :, 0]
    yield PanelData(request.number, "saliency", Grid("saliency", values, label))


def occlusion(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """What the explained digit loses where ink is covered."""
    from nn import inspection

    network = engine.network
    if network is None:
        return
    image = engine.image(request.document)
    label = _explained(network, image, request)
    found = np.zeros_like(image)
    for found in inspection.occlusion_map_steps(network, image, label, size=5, stride=3, batch_size=BATCH):  # noqa: B007
        yield None
    yield PanelData(request.number, "occlusion", Grid("occlusion", found, label))


def _explained(network: Sequential, image: np.ndarray, request: Recognize) -> int:
    if request.explain is not None:
        return request.explain
    return int(network.predict(image[None])[0, :10].argmax())


def neighbours(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """The training images whose hidden activity is most like the document's."""
    from nn import inspection

    network, data = engine.network, engine.mnist()
    nobody = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)
    hidden = None if network is None else inspection.last_hidden(network)
    if network is None or hidden is None or data is None or data.train_images.shape[1:] != (28, 28):
        yield PanelData(
            request.number, "neighbours", Neighbours(*nobody, NO_MNIST if data is None else "no hidden layer")
        )
        return
    images, labels = data.train_images[::EVERY], data.train_labels[::EVERY]
    store = engine.remembered("features")
    if "all" not in store:
        store["all"], store["done"] = np.zeros((len(images), network_width(network, hidden)), np.float32), 0
    while store["done"] < len(images):
        part = slice(store["done"], store["done"] + BATCH)
        store["all"][part] = _unit(_hidden(network, hidden, images[part]))
        store["done"] = min(part.stop, len(images))
        if store["done"] % (BATCH * 64) == 0:
            share = store["done"] / len(images)
            yield PanelData(
                request.number, "neighbours", Neighbours(*nobody, f"looking at training images: {share:.0%}")
            )
        yield None
    (own,) = _unit(_hidden(network, hidden, engine.image(request.document)[None]))
    nearest = np.argsort(-(store["all"] @ own), kind="stable")[:NEAREST]
    yield PanelData(request.number, "neighbours", Neighbours(images[nearest], labels[nearest]))


def network_width(network: Sequential, hidden: str) -> int:
    """How many numbers the layer ``hidden`` gives."""
    return int(np.prod(next(layer.output_shape for layer in network.layers if layer.name == hidden)))


def _hidden(network: Sequential, name: str, images: np.ndarray) -> np.ndarray:
    from nn import inspection

    return inspection.activations(network, images)[name].reshape(len(images), -1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1: what counts is which units are active, not how strongly all are."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)


def moments(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """What was said of the ink as it grew."""
    whole = request.whole or request.document
    total = count(whole.strokes)
    if not total:
        yield PanelData(request.number, "moments", ())
        return
    store = engine.remembered("replays")
    if store.get("strokes") is whole.strokes:  # scrubbing changes the document, not the whole
        yield PanelData(request.number, "moments", store["moments"])
        return
    reader = engine.reader(engine.number)
    said = []
    for points in np.unique(np.linspace(1, total, min(total, MOMENTS)).round().astype(int)).tolist():
        prediction = reader.recognize(as_arrays(beginning(whole.strokes, points)))
        said.append((points, prediction))
        yield None
    final = int(np.argmax(said[-1][1].probabilities))
    found = tuple(
        ReplayMoment(
            points,
            each.label,
            float(each.probabilities.max()),
            0.0 if each.label is None else each.probabilities[final],
        )
        for points, each in said
    )
    store["strokes"], store["moments"] = whole.strokes, found
    yield PanelData(request.number, "moments", found)


def errors(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """The test images that the network misreads, the surest first."""
    network, data = engine.network, engine.mnist()
    if network is None or data is None or data.test_images.shape[1:] != (28, 28):
        yield PanelData(request.number, "errors", Misclassified((), (), NO_MNIST))
        return
    store = engine.remembered("errors")
    if "found" not in store:
        probabilities = np.zeros((len(data.test_images), 10), np.float32)
        for first in range(0, len(probabilities), 2 * BATCH):
            part = slice(first, first + 2 * BATCH)
            probabilities[part] = network.predict(data.test_images[part])[:, :10]
            if first % (BATCH * 64) == 0:
                note = f"reading the test images: {first / len(probabilities):.0%}"
                yield PanelData(request.number, "errors", Misclassified((), (), note))
            yield None
        answers = probabilities.argmax(axis=1)
        wrong = np.flatnonzero(answers != data.test_labels)
        surest = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:MOST]
        documents = tuple(mnist_document(data, index) for index in surest.tolist())
        note = f"{len(wrong)} of {len(answers):,} test images are misread; the surest of them:"
        store["found"] = Misclassified(documents, tuple(answers[surest].tolist()), note)
    yield PanelData(request.number, "errors", store["found"])


def summary(engine: InferenceEngine, request: Recognize) -> Iterator[Message | None]:
    """The layers of the network, as it was trained."""
    from nn import checkpoint
    from nn.errors import CheckpointError

    try:
        model = checkpoint.load(engine.paths[engine.number]).model
    except CheckpointError:
        return
    rows = [LayerRow("input", model.input_shape, 0, 0)]
    for layer in model.layers:
        size = sum(parameter.value.size for parameter in layer.parameters)
        rows.append(LayerRow(layer.name, layer.output_shape, size, layer.multiply_adds()))
    yield PanelData(request.number, "summary", tuple(rows))

"""The test images that the network misclassifies."""

from __future__ import annotations

import numpy as np

from apps.draw.core.effects import Recognize
from apps.draw.core.panel_data import Misclassified
from apps.draw.engine import mnist_images
from apps.draw.engine.analyses import BATCH, Pieces
from apps.mnist import NO_MNIST
from apps.models import ModelFolder

#: How many are shown, at most.
MOST = 40


def errors(models: ModelFolder, request: Recognize) -> Pieces:
    """The misclassified test images, those of the highest confidence first."""
    network, data, cache = models.current.network, models.mnist, models.current.cache
    if network is None or data is None:
        yield "errors", Misclassified((), (), NO_MNIST)
        return
    if "errors" not in cache:
        probabilities = np.zeros((len(data.test_images), 10), np.float32)
        for first in range(0, len(probabilities), 2 * BATCH):
            part = slice(first, first + 2 * BATCH)
            probabilities[part] = network.predict(data.test_images[part])[:, :10]
            if first % (BATCH * 64) == 0:
                note = f"recognizing the test images: {first / len(probabilities):.0%}"
                yield "errors", Misclassified((), (), note)
            yield None
        answers = probabilities.argmax(axis=1)
        wrong = np.flatnonzero(answers != data.test_labels)
        shown = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:MOST]
        documents = tuple(mnist_images.document(data, index) for index in shown.tolist())
        note = f"{len(wrong)} of {len(answers):,} test images are misclassified; the highest-confidence errors:"
        cache["errors"] = Misclassified(documents, tuple(answers[shown].tolist()), note)
    yield "errors", cache["errors"]

"""What the tests of figures share."""

import numpy as np
import pytest


@pytest.fixture
def predicted():
    """Images, labels and probabilities: sixty images of noise, every third of them wrong, with rising confidence."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 60)
    predictions = np.where(np.arange(60) % 3 == 0, (labels + 1) % 10, labels)
    confidence = np.linspace(0.5, 0.95, 60)
    probabilities = np.repeat((1 - confidence)[:, None] / 9, 10, axis=1)
    probabilities[np.arange(60), predictions] = confidence
    return rng.integers(0, 256, (60, 28, 28)).astype(np.uint8), labels, probabilities


@pytest.fixture
def texts():
    """Gives everything that is written in a figure."""

    def texts(figure):
        found = [text.get_text() for text in figure.texts]
        for axes in figure.axes:
            found += [text.get_text() for text in axes.texts] + [axes.get_title(loc="left")]
            if axes.get_legend():
                found += [text.get_text() for text in axes.get_legend().get_texts()]
        return found

    return texts

"""What the tests of evaluation share."""

import numpy as np
import pytest

from nn.digits import synthesis
from nn.digits.stroke_set import StrokeSet


@pytest.fixture
def samples(rng):
    """Forty digits by two writers."""
    drawings, labels = synthesis.sample_many(40, rng)
    return StrokeSet.from_samples(drawings, labels, np.arange(40) % 2)


class Constant:
    """A network that predicts the same digit for every image."""

    def __init__(self, digit):
        self.digit = digit

    def predict(self, images):
        return np.eye(10, dtype=np.float32)[np.full(len(images), self.digit)]


@pytest.fixture
def constant():
    return Constant

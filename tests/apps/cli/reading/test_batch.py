"""Batches of pictures, some of which can't be read."""

import numpy as np
import pytest

from apps.cli.reading.batch import recognize_batch
from nn.digits.recognizer import Recognizer
from nn.errors import DataError

BAR = np.zeros((60, 40), np.uint8)
BAR[10:50, 18:24] = 255


class Network:
    """Predicts a 1, but fails for pictures with much ink."""

    def __init__(self):
        self.batches = []

    def predict(self, images):
        self.batches.append(len(images))
        probabilities = np.full((len(images), 10), 0.01, np.float32)
        probabilities[:, 1] = np.where(images.sum(axis=(1, 2)) > 100, np.nan, 0.91)
        return probabilities


def fail(error):
    def read():
        raise error

    return read


@pytest.fixture
def network():
    return Network()


def test_errors_stand_where_their_pictures_would(network):
    missing, large = DataError("a.png: found nothing"), MemoryError()
    readers = [fail(missing), lambda: BAR, fail(large), lambda: BAR]
    first, one, second, other = recognize_batch(Recognizer(network), readers)
    assert (first, second) == (missing, large)
    assert (one.label, other.label) == (1, 1)
    assert network.batches == [2]
    assert recognize_batch(Recognizer(network), []) == []


def test_a_picture_whose_recognition_fails_is_found(network):
    full = np.zeros((60, 60), np.uint8)
    full[15:45, 15:45] = 255
    full[25:35, 25:35] = 0
    one, broken = recognize_batch(Recognizer(network), [lambda: BAR, lambda: full])
    assert one.label == 1
    assert isinstance(broken, FloatingPointError)

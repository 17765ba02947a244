"""Nearest neighbours in the space of the last hidden layer."""

import numpy as np
import pytest

from nn import inspection, zoo
from nn.layers import Dense, Flatten, ReLU
from nn.model import Sequential
from nn.neighbours import NeighbourIndex


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (21, 28, 28), np.uint8)


def test_neighbours_have_the_highest_cosine_similarity(images, rng):
    network = zoo.build("tiny", rng=rng)
    index = NeighbourIndex(network, images, batch_size=4)
    features = inspection.activations(network, images)[index.layer].reshape(len(images), -1).astype(np.float64)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    expected = features @ features[5]
    nearest, similarity = index.query(images[5], count=6)
    np.testing.assert_array_equal(nearest, np.argsort(-expected, kind="stable")[:6])
    np.testing.assert_allclose(similarity, expected[nearest], atol=1e-5)
    assert nearest[0] == 5


def test_the_features_are_computed_once_batch_by_batch(images, rng):
    index = NeighbourIndex(zoo.build("tiny", rng=rng), images, batch_size=8)
    assert index.progress == 0
    assert list(index.build()) == [8 / 21, 16 / 21, 1.0]
    assert list(index.build()) == []


def test_a_network_without_hidden_layer_or_without_images(images, rng):
    with pytest.raises(ValueError, match="no hidden layer"):
        NeighbourIndex(Sequential([Flatten(), Dense(10), ReLU()], (28, 28, 1), rng=rng), images)
    nearest, similarity = NeighbourIndex(zoo.build("tiny", rng=rng), images[:0]).query(images[0])
    assert nearest.shape == similarity.shape == (0,)

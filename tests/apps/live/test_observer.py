"""What is observed of a network in training."""

import numpy as np
import pytest

from apps.live.observer import IMAGES, Observer, embedding, first_filters
from apps.live.settings import LiveSettings
from nn import Dense, Flatten, Sequential, zoo
from tests.apps.live.bars import bars


@pytest.fixture(scope="module")
def data():
    data = bars()
    return data.train_images, data.train_labels


def test_an_observation_agrees_with_predict(data):
    images, labels = data
    model = LiveSettings().build()
    found = Observer(model, images, labels).observe(7)
    probabilities = model.predict(images)
    answers = probabilities.argmax(axis=1)
    assert found.step == 7
    assert found.accuracy == (answers == labels).mean()
    assert found.errors == (answers != labels).sum() == found.confusion.sum() - np.trace(found.confusion)
    assert found.confusion[3].sum() == (labels == 3).sum()
    first = np.flatnonzero(answers != labels)[probabilities[answers != labels].max(axis=1).argmax()]
    np.testing.assert_array_equal(found.mistakes[0], images[first])
    assert (found.labels[0], found.answers[0]) == (labels[first], answers[first])
    assert found.points.shape == (len(labels), 2)
    assert np.abs(found.points).max() == 1


def test_of_many_images_some_are_watched():
    images = np.zeros((IMAGES + 500, 28, 28), np.uint8)
    observer = Observer(LiveSettings().build(), images, np.zeros(IMAGES + 500, int))
    assert len(observer.labels) == IMAGES


def test_weights_that_are_not_finite_show_nothing(data):
    model = LiveSettings().build()
    model.parameters[0].value[0] = np.nan
    assert Observer(model, *data).observe(0) is None


def test_filters_are_those_of_the_first_layer_with_a_kernel():
    model = zoo.build("baseline")
    np.testing.assert_array_equal(first_filters(model)[5], model.parameters[0].value[:, :, 0, 5])
    dense = Sequential([Flatten(), Dense(4)], (28, 28, 1))
    np.testing.assert_array_equal(first_filters(dense)[2].ravel(), dense.parameters[0].value[:, 2])
    colours = Sequential([Flatten(), Dense(4)], (5, 6, 3))
    assert first_filters(colours).shape == (4, 5, 6)


@pytest.mark.parametrize("width", [2, 3, 40, 400])
def test_the_embedding_keeps_the_distances_of_points_in_a_plane(width, rng):
    """Whatever the number of features, points of a plane are only rotated, mirrored and scaled."""
    plane = rng.standard_normal((60, 2))
    axes, _ = np.linalg.qr(rng.standard_normal((width, 2)))
    found = embedding(plane @ axes.T, np.arange(60) % 10, 10)

    def distances(points):
        return np.linalg.norm(points[:, None] - points[None], axis=-1)

    scale = distances(found).max() / distances(plane).max()
    np.testing.assert_allclose(distances(found), scale * distances(plane), atol=1e-5)


def test_the_embedding_does_not_turn_when_its_axes_swap(rng):
    """Means of the classes stay where they were though the larger component becomes the smaller one."""
    labels = np.repeat(np.arange(10), 20)
    angle = 2 * np.pi * labels / 10
    points = np.stack([np.sin(angle), -np.cos(angle)], axis=1) + 0.02 * rng.standard_normal((200, 2))
    found = [embedding(points * scale, labels, 10) for scale in ((1.05, 1.0), (1.0, 1.05))]
    assert np.abs(found[0] - found[1]).max() < 0.15


def test_equal_features_have_one_place():
    assert not embedding(np.ones((20, 8)), np.arange(20) % 10, 10).any()

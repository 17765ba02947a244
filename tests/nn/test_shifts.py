import numpy as np
import pytest

from nn import Dense, Flatten, Sequential, zoo
from nn.ensemble import Ensemble
from nn.shifts import predict_with_shifts


@pytest.fixture
def image():
    """A digit-like stroke that no shift by a pixel cuts off."""
    image = np.zeros((7, 6), np.uint8)
    image[1:6, 2:4] = 200
    return image


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_mean_over_the_five_places(image, dtype, each_backend):
    model = Sequential([Flatten(), Dense(3)], (7, 6, 1), rng=np.random.default_rng(0))
    image = image if dtype == np.uint8 else image.astype(dtype) / 255
    places = [image, *(np.roll(image, by, axis) for by in (-1, 1) for axis in (0, 1))]
    expected = np.mean([model.predict(place[None]) for place in places], axis=0)
    found = predict_with_shifts(model, image[None])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert np.abs(found - model.predict(image[None])).max() > 1e-3


def test_what_is_shifted_out_does_not_come_back(each_backend):
    """A row of ink at the border."""
    model = Sequential([Flatten(), Dense(2)], (3, 3, 1), rng=np.random.default_rng(0))
    image = np.zeros((1, 3, 3), np.float32)
    image[0, 0] = 1
    down, blank, left, right = np.zeros((4, 1, 3, 3), np.float32)
    down[0, 1], left[0, 0, :2], right[0, 0, 1:] = 1, 1, 1
    expected = np.mean([model.predict(place) for place in (image, down, blank, left, right)], axis=0)
    np.testing.assert_allclose(predict_with_shifts(model, image), expected, rtol=1e-6)


def test_ensembles_and_colour(rng):
    models = [zoo.build("mlp", (5, 4, 3), 3, np.random.default_rng(seed)) for seed in range(2)]
    images = rng.random((4, 5, 4, 3), np.float32)
    each = [predict_with_shifts(model, images) for model in models]
    np.testing.assert_allclose(predict_with_shifts(Ensemble(models), images), (each[0] + each[1]) / 2, rtol=1e-5)


def test_no_images():
    model = zoo.build("tiny")
    assert predict_with_shifts(model, np.zeros((0, 28, 28), np.uint8)).shape == (0, 10)


def test_wrong_uses():
    with pytest.raises(ValueError, match=r"shifts: expected a network of images \(H, W, C\), got \(4,\)"):
        predict_with_shifts(Sequential([Dense(2)], (4,)), np.zeros((1, 4), np.float32))
    with pytest.raises(ValueError, match=r"expected images \(N, 28, 28, 1\), got \(1, 27, 28\)"):
        predict_with_shifts(zoo.build("tiny"), np.zeros((1, 27, 28), np.uint8))

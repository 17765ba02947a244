"""Synthetic drawings in a training."""

import dataclasses

import numpy as np
import pytest

from nn import synthetic_drawings, zoo
from nn.recipes import Recipe

RECIPE = Recipe(synthetic_drawings=30, non_digit_fraction=1 / 3)


@pytest.fixture
def data(rng):
    return rng.integers(0, 256, (20, 28, 28)).astype(np.uint8), np.arange(20, dtype=np.uint8) % 10


def test_drawings_follow_the_images_and_depend_on_the_seed(data):
    images, labels = data
    both, both_labels = synthetic_drawings.extend(images, labels, RECIPE, 3, 1)
    assert (both.shape, both.dtype, both_labels.dtype) == ((50, 28, 28), np.uint8, np.uint8)
    np.testing.assert_array_equal(both[:20], images)
    np.testing.assert_array_equal(both_labels[:20], labels)
    assert np.bincount(both_labels[20:]).tolist() == [2] * 10 + [10]
    np.testing.assert_array_equal(synthetic_drawings.extend(images, labels, RECIPE, 3, 1)[0], both)
    assert (synthetic_drawings.extend(images, labels, RECIPE, 4, 1)[0] != both).any()


def test_each_epoch_has_its_own_drawings(data):
    both, both_labels = synthetic_drawings.extend(*data, RECIPE, 3, 1)
    second, second_labels = synthetic_drawings.extend(*data, RECIPE, 3, 2)
    assert (second[20:] != both[20:]).any()
    synthetic_drawings.replace(both, both_labels, RECIPE, 3, 2)
    np.testing.assert_array_equal(both, second)
    np.testing.assert_array_equal(both_labels, second_labels)
    np.testing.assert_array_equal(both[:20], data[0])


def test_float_images_with_a_channel_get_drawings_of_the_same_kind(data):
    images, labels = data
    as_bytes, _ = synthetic_drawings.extend(images, labels, RECIPE, 3, 1)
    as_floats, _ = synthetic_drawings.extend(images[..., None] / np.float32(255), labels, RECIPE, 3, 1)
    assert (as_floats.shape, as_floats.dtype) == ((50, 28, 28, 1), np.float32)
    np.testing.assert_allclose(255 * as_floats[..., 0], as_bytes, atol=1e-4)


@pytest.mark.parametrize("name", ["painted_fraction", "picture_fraction"])
def test_a_fraction_of_the_drawings_is_painted_or_becomes_pictures(data, name):
    plain, _ = synthetic_drawings.extend(*data, RECIPE, 3, 1)
    changed, labels = synthetic_drawings.extend(*data, dataclasses.replace(RECIPE, **{name: 0.9}), 3, 1)
    assert np.bincount(labels[20:]).tolist() == [2] * 10 + [10]
    assert (changed[20:] != plain[20:]).any(axis=(1, 2)).mean() > 0.5


def test_progress_is_reported(data, monkeypatch):
    monkeypatch.setattr(synthetic_drawings, "CHUNK", 20)
    reported = []
    synthetic_drawings.extend(*data, RECIPE, 3, 1, lambda *counts: reported.append(counts))
    assert reported == [(20, 30), (30, 30)]


def test_non_digits_have_their_own_class():
    output_classes = synthetic_drawings.output_classes
    assert output_classes(Recipe(), (28, 28), 10) == 10
    assert output_classes(Recipe(synthetic_drawings=5), (28, 28), 10) == 10
    assert output_classes(RECIPE, (28, 28), 10) == output_classes(RECIPE, (28, 28, 1), 10) == 11
    assert output_classes(Recipe(), (20, 20), 7) == 7
    with pytest.raises(ValueError, match=r"but the training images are \(20, 20\) of 10 classes"):
        output_classes(RECIPE, (20, 20), 10)
    with pytest.raises(ValueError, match=r"but the training images are \(28, 28\) of 7 classes"):
        output_classes(RECIPE, (28, 28), 7)


def test_the_calibration_uses_other_drawings_than_the_training(data, monkeypatch):
    monkeypatch.setattr(synthetic_drawings, "CALIBRATION_COUNT", 30)
    images, model = [], zoo.build("tiny", classes=11, rng=np.random.default_rng(0))
    predict = model.predict
    monkeypatch.setattr(model, "predict", lambda x: images.append(x) or predict(x))
    found = synthetic_drawings.calibrate(model, 3)
    assert found.temperature > 0
    assert 0 < found.reject_threshold < 1
    learned, _ = synthetic_drawings.extend(*data, Recipe(synthetic_drawings=30), 3, 1)
    assert not (learned[20:, None] == images[0][None]).all(axis=(2, 3)).any()

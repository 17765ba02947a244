"""The generator's drawings in a training."""

import json
from pathlib import Path

import numpy as np
import pytest

from apps.cli import drawings, train
from apps.cli.arguments import UsageError
from nn import zoo
from nn.data.mnist import Dataset
from nn.digits.recognizer import Recognizer
from nn.recipes import Recipe
from tests.apps.cli.test_train import interrupt
from tests.tiny_set import write_tiny_set

RECIPE = Recipe(synthetic_drawings=30, non_digit_fraction=1 / 3)


def data_set(side=28, classes=10):
    images, labels = np.zeros((20, side, side), np.uint8), np.arange(20, dtype=np.uint8) % classes
    return Dataset(images, labels, images, labels, classes, Path("here"))


def test_drawings_stand_behind_the_images_and_follow_from_the_seed(rng):
    images, labels = rng.integers(0, 256, (20, 28, 28)).astype(np.uint8), np.arange(20, dtype=np.uint8) % 10
    both, meant = drawings.beside(images, labels, RECIPE, 3, 1, quiet=True)
    assert (both.shape, both.dtype, meant.dtype) == ((50, 28, 28), np.uint8, np.uint8)
    np.testing.assert_array_equal(both[:20], images)
    np.testing.assert_array_equal(meant[:20], labels)
    assert np.bincount(meant[20:]).tolist() == [2] * 10 + [10]
    np.testing.assert_array_equal(drawings.beside(images, labels, RECIPE, 3, 1, quiet=True)[0], both)
    assert (drawings.beside(images, labels, RECIPE, 4, 1, quiet=True)[0] != both).any()


def test_each_epoch_has_drawings_of_its_own(rng):
    images, labels = rng.integers(0, 256, (20, 28, 28)).astype(np.uint8), np.arange(20, dtype=np.uint8) % 10
    both, meant = drawings.beside(images, labels, RECIPE, 3, 1, quiet=True)
    second, second_meant = drawings.beside(images, labels, RECIPE, 3, 2, quiet=True)
    assert (second[20:] != both[20:]).any()
    drawings.renew(both, meant, RECIPE, 3, 2, quiet=True)
    np.testing.assert_array_equal(both, second)
    np.testing.assert_array_equal(meant, second_meant)
    np.testing.assert_array_equal(both[:20], images)


def test_no_drawings_leave_the_images_alone(rng):
    images, labels = np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)
    assert drawings.beside(images, labels, Recipe(), 0, 1, quiet=True) == (images, labels)


def test_what_is_no_digit_is_a_class_of_its_own():
    assert drawings.classes(data_set(), Recipe()) == 10
    assert drawings.classes(data_set(), Recipe(synthetic_drawings=5)) == 10
    assert drawings.classes(data_set(), RECIPE) == 11
    assert drawings.classes(data_set(side=20), Recipe()) == 10
    with pytest.raises(UsageError, match=r"but here holds \(20, 20\) of 10 classes"):
        drawings.classes(data_set(side=20), RECIPE)
    with pytest.raises(UsageError, match=r"but here holds \(28, 28\) of 7 classes"):
        drawings.classes(data_set(classes=7), RECIPE)


def test_a_network_is_calibrated_with_drawings_it_has_not_learned_from(monkeypatch):
    monkeypatch.setattr(drawings, "HELD_OUT", 200)
    found = drawings.calibrate(zoo.build("tiny", classes=11, rng=np.random.default_rng(0)), 0)
    assert found.temperature > 0
    assert 0 < found.reject_threshold < 1


@pytest.mark.parametrize(("epoch", "step"), [(1, 10), (2, 4)])
def test_a_training_with_drawings_goes_on_to_the_same_weights(epoch, step, tmp_path, monkeypatch):
    """Stopped at the end of an epoch or within one: the drawings that are left are those it would have had."""
    monkeypatch.setattr(drawings, "HELD_OUT", 100)
    monkeypatch.setattr(train, "_draw", lambda *args: None)
    recipe = tmp_path / "recipe.json"
    fractions = {"non_digit_fraction": 0.25, "painted_fraction": 0.25}
    recipe.write_text(json.dumps({"synthetic_drawings": 80, **fractions, "epochs": 3, "batch_size": 32}))
    data = write_tiny_set(tmp_path, size=28, classes=10)
    options = {"arch": "tiny", "recipe": recipe, "data": data, "runs": tmp_path / "runs"}
    command = ["--quiet", *(f"--{name}={value}" for name, value in options.items())]
    whole, stopped = tmp_path / "whole.npz", tmp_path / "stopped.npz"
    assert train.main([*command, f"--out={whole}"]) == 0
    interrupt(monkeypatch, epoch, step)
    assert train.main([*command, f"--out={stopped}"]) == 130
    assert train.main(["--resume", *command]) == 0
    assert whole.read_bytes() == stopped.read_bytes()


def test_training_leaves_weights_that_know_what_is_no_digit(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "HELD_OUT", 100)
    monkeypatch.setattr(train, "_draw", lambda *args: None)
    recipe, weights = tmp_path / "recipe.json", tmp_path / "weights.npz"
    recipe.write_text('{"synthetic_drawings": 40, "non_digit_fraction": 0.5, "epochs": 1}')
    data = write_tiny_set(tmp_path, size=28, classes=10)
    options = {"arch": "tiny", "recipe": recipe, "data": data, "out": weights, "runs": tmp_path}
    assert train.main(["--quiet", *(f"--{name}={value}" for name, value in options.items())]) == 0
    recognizer = Recognizer.load(weights)
    assert recognizer.calibration.reject_threshold < 1
    prediction = recognizer.recognize([[(0.0, 0.0), (1.0, 9.0)]])
    assert prediction.probabilities.shape == (10,)
    assert prediction.digit_probability < 1

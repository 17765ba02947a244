"""One run of a comparison."""

import numpy as np
import pytest

from apps.cli import comparison_run
from apps.cli.comparison_run import RunSpec
from nn import checkpoint, recipes, synthetic_drawings, zoo
from nn.data import mnist
from nn.digits.stroke_set import StrokeSet
from nn.errors import CheckpointError, DataError
from nn.recipes import Recipe
from tests.tiny_set import CLASSES, write_tiny_set

HELD_OUT = 40


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_set(tmp_path_factory.mktemp("tiny"))


def test_a_worker_with_other_data_raises_an_error(tiny, tmp_path):
    network, settings = zoo.build("mlp", (12, 12, 1), CLASSES).config(), recipes.get("plain", "mlp").to_dict()
    checksums = comparison_run.checksums_of(mnist.load(write_tiny_set(tmp_path / "other", seed=1)))
    spec = RunSpec("mlp", "plain", 0, network, settings, str(tiny), checksums, HELD_OUT)
    with pytest.raises(DataError, match="expected the images of the comparison, found others"):
        comparison_run.execute(spec)


def test_weights_alone_are_no_run(tmp_path):
    checkpoint.save(tmp_path / "weights.npz", zoo.build("mlp", (12, 12, 1), CLASSES), {})
    with pytest.raises(CheckpointError, match="expected a run of a comparison, found weights alone"):
        comparison_run.load(tmp_path / "weights.npz")


def test_a_recipe_with_synthetic_drawings_gets_them_and_its_calibration(tmp_path, monkeypatch):
    """With the class for non-digits, which is no answer to an image of the data set."""
    monkeypatch.setattr(synthetic_drawings, "CALIBRATION_COUNT", 100)
    made, extend = [], synthetic_drawings.extend
    monkeypatch.setattr(synthetic_drawings, "extend", lambda *args: made.append(extend(*args)) or made[-1])
    folder = write_tiny_set(tmp_path, size=28, classes=10)
    data = mnist.load(folder)
    recipe = Recipe(epochs=1, synthetic_drawings=50, non_digit_fraction=0.5)
    network = zoo.build("tiny", classes=11).config()
    checksums = comparison_run.checksums_of(data)
    spec = RunSpec("tiny", "mine", 0, network, recipe.to_dict(), str(folder), checksums, HELD_OUT)
    result = comparison_run.execute(spec, StrokeSet.from_samples([[[(0, 0), (1, 9)]]], [1]))
    ((images, labels),) = made
    assert len(images) == len(data.train_images) - HELD_OUT + 50
    assert np.bincount(labels)[10] == 25
    assert result.answers.max() < 10
    path = spec.path(tmp_path, None)
    comparison_run.save(path, spec, result)
    assert comparison_run.load(path).calibration == result.calibration != {}
    assert result.calibration["threshold"] < 1

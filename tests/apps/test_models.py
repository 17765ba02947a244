"""The models that can be chosen."""

import numpy as np
import pytest

from apps.models import ModelFolder, load_with_corrections
from nn import checkpoint, zoo
from nn.digits import Recognizer
from nn.digits.adapted_model import user_file
from nn.digits.recognizer import DEFAULT_WEIGHTS


def names(models):
    return [model.name for model in models.all]


@pytest.fixture
def weights(tmp_path):
    """A folder with two files of weights: one is not valid, the other is a network of random weights."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "deep-drawing.npz").write_bytes(b"1234" * 256)
    checkpoint.save(folder / "tiny.npz", zoo.build("tiny", rng=np.random.default_rng(0)), {})
    return folder


def test_the_folder_s_models_are_sorted_and_the_shipped_one_is_in_use(weights):
    models = ModelFolder(None, Recognizer.load, weights)
    assert names(models) == ["deep-drawing", "tiny"]
    assert (models.current.name, models.current.size) == ("deep-drawing", 1024)


def test_a_chosen_file_of_the_folder_is_listed_once(weights):
    models = ModelFolder(weights / "tiny.npz", Recognizer.load, weights)
    assert (names(models), models.number) == (["deep-drawing", "tiny"], 1)


def test_a_chosen_file_from_elsewhere_comes_first(weights, tmp_path):
    models = ModelFolder(tmp_path / "own.npz", Recognizer.load, weights)
    assert (names(models), models.number) == (["own", "deep-drawing", "tiny"], 0)
    assert models.current.size == 0


def test_a_recognizer_is_loaded_once_and_when_it_is_used(weights):
    loaded = []
    models = ModelFolder(None, lambda path: loaded.append(path.stem) or object(), weights)
    assert loaded == []
    for _ in range(2):
        _ = models.current.recognizer
    assert loaded == ["deep-drawing"]


def test_forget_drops_the_network_and_what_was_computed_with_it(weights):
    model = ModelFolder(weights / "tiny.npz", Recognizer.load, weights).current
    network = model.network
    model.cache["features"] = 1
    assert model.network is network
    model.forget()
    assert model.network is not network
    assert model.cache == {}


def test_a_file_without_a_network_has_none(weights):
    assert ModelFolder(None, lambda path: object(), weights).current.network is None


def test_the_shipped_weights_come_with_the_user_s_corrections(capsys):
    user_file().unlink(missing_ok=True)
    assert load_with_corrections(DEFAULT_WEIGHTS, "digits").corrections == 0
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_bytes(b"not corrections")
    try:
        assert load_with_corrections(DEFAULT_WEIGHTS, "digits").corrections == 0
    finally:
        user_file().unlink()
    error = capsys.readouterr().err
    assert error.startswith(f"digits: {user_file()}: ")
    assert error.endswith("; fine-tuning is not saved\n")

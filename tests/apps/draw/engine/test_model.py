"""The models that can be chosen, and what a model recognizes."""

import numpy as np
import pytest

from apps.draw.core.document import BrushStroke, Document, Picture
from apps.draw.core.points import Points
from apps.draw.engine.model import ModelFolder, network_input
from nn import checkpoint, zoo
from nn.digits.rasterize import strokes_to_image
from tests.apps.draw.fakes import SEVEN, FakeRecognizer

INK = Document((BrushStroke(Points(SEVEN)),))


def names(models):
    return [model.path.stem for model in models.all]


def test_the_folder_s_models_are_sorted_and_the_shipped_one_is_in_use(weights):
    models = ModelFolder(None, None, weights)
    assert names(models) == ["deep-drawing", "tiny"]
    assert models.current.path.stem == "deep-drawing"
    assert models.current.size == 1024


def test_a_chosen_file_of_the_folder_is_listed_once(weights):
    models = ModelFolder(weights / "tiny.npz", None, weights)
    assert (names(models), models.number) == (["deep-drawing", "tiny"], 1)


def test_a_chosen_file_from_elsewhere_comes_first(weights, tmp_path):
    models = ModelFolder(tmp_path / "own.npz", None, weights)
    assert (names(models), models.number) == (["own", "deep-drawing", "tiny"], 0)
    assert models.current.size == 0


def test_a_recognizer_is_loaded_once_and_when_it_is_used(weights):
    loaded = []
    models = ModelFolder(None, lambda path: loaded.append(path.stem) or FakeRecognizer(), weights)
    assert loaded == []
    for _ in range(2):
        models.current.recognize(INK)
    assert loaded == ["deep-drawing"]


@pytest.fixture
def model(weights):
    checkpoint.save(weights / "tiny.npz", zoo.build("tiny", rng=np.random.default_rng(0)), {})
    return ModelFolder(weights / "tiny.npz", None, weights).current


def test_images_of_mnist_go_to_the_network_as_they_are(model):
    gray = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    document = Document(picture=Picture(gray, "test image", prepared=True))
    prediction = model.recognize(document)
    np.testing.assert_array_equal(prediction.image, gray / np.float32(255))
    expected = model.network.predict(prediction.image[None])[0, :10]
    np.testing.assert_allclose(prediction.probabilities, expected / expected.sum(), rtol=1e-6)
    other = model.recognize(Document(picture=Picture(gray, "photograph")))
    assert not np.array_equal(other.image, prediction.image)


def test_the_network_input_is_what_the_recognizer_makes_of_a_document(model):
    np.testing.assert_array_equal(network_input(INK), strokes_to_image([np.array(SEVEN)]))
    gray = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    picture = Document(picture=Picture(gray, "photograph"))
    np.testing.assert_array_equal(network_input(picture), model.recognize(picture).image)


def test_forget_drops_the_network_and_what_was_computed_with_it(model):
    network = model.network
    model.cache["features"] = 1
    assert model.network is network
    model.forget()
    assert model.network is not network
    assert model.cache == {}


def test_a_file_without_a_network_has_none(weights):
    assert ModelFolder(None, lambda path: FakeRecognizer(), weights).current.network is None

"""What a model recognizes of a document."""

import numpy as np
import pytest

from apps.draw.core.document import BrushStroke, Document, Picture
from apps.draw.core.points import Points
from apps.draw.engine.model import network_input, recognize
from apps.models import Model
from nn import checkpoint, zoo
from nn.digits import Recognizer
from nn.digits.rasterize import strokes_to_image
from tests.apps.draw.fakes import SEVEN

INK = Document((BrushStroke(Points(SEVEN)),))


@pytest.fixture
def model(weights):
    checkpoint.save(weights / "tiny.npz", zoo.build("tiny", rng=np.random.default_rng(0)), {})
    return Model(weights / "tiny.npz", Recognizer.load)


def test_images_of_mnist_go_to_the_network_as_they_are(model):
    gray = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    document = Document(picture=Picture(gray, "test image", prepared=True))
    prediction = recognize(model, document)
    np.testing.assert_array_equal(prediction.image, gray / np.float32(255))
    expected = model.network.predict(prediction.image[None])[0, :10]
    np.testing.assert_allclose(prediction.probabilities, expected / expected.sum(), rtol=1e-6)
    other = recognize(model, Document(picture=Picture(gray, "photograph")))
    assert not np.array_equal(other.image, prediction.image)


def test_the_network_input_is_what_the_recognizer_makes_of_a_document(model):
    np.testing.assert_array_equal(network_input(INK), strokes_to_image([np.array(SEVEN)]))
    gray = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    picture = Document(picture=Picture(gray, "photograph"))
    np.testing.assert_array_equal(network_input(picture), recognize(model, picture).image)

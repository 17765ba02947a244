"""What a model recognizes of a document."""

import numpy as np
import pytest

from apps.draw.core.document import BrushStroke, Document, Picture
from apps.draw.core.points import Points
from apps.draw.engine.model import network_input, recognize, recognize_line
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
    np.testing.assert_array_equal(network_input(model, INK), strokes_to_image([np.array(SEVEN)]))
    gray = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    picture = Document(picture=Picture(gray, "photograph"))
    np.testing.assert_array_equal(network_input(model, picture), recognize(model, picture).image)


def test_a_network_without_an_answer_is_an_error(model, monkeypatch):
    document = Document(picture=Picture(np.full((28, 28), 255, np.uint8), "test image", prepared=True))
    only_non_digit = np.eye(11, dtype=np.float32)[10:]
    monkeypatch.setattr(type(model.network), "predict", lambda network, images: only_non_digit)
    with pytest.raises(FloatingPointError, match="a probability of 0"):
        recognize(model, document)


def test_a_line_of_ink(model):
    strokes = (*INK.strokes, BrushStroke(Points([(x + 400.0, y) for x, y in SEVEN])))
    assert len(recognize_line(model, Document(strokes)).digits) == 2


def test_an_image_of_mnist_is_a_line_of_one_digit(model):
    gray = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    document = Document(picture=Picture(gray, "test image", prepared=True))
    (digit,) = recognize_line(model, document).digits
    np.testing.assert_array_equal(digit.prediction.probabilities, recognize(model, document).probabilities)
    assert digit.box == (420.0, 0.0, 700.0, 280.0)  # in the middle of the wide canvas


def test_boxes_of_a_picture_are_on_the_canvas(model):
    gray = np.zeros((100, 400), np.uint8)
    gray[20:80, 40:50] = gray[20:80, 300:310] = 255
    first, second = recognize_line(model, Document(picture=Picture(gray, "photograph"))).digits
    for digit, left in ((first, 40), (second, 300)):
        expected = 2.8 * np.array([left, 20, left + 10, 80])
        np.testing.assert_allclose(digit.box, expected, atol=3.0)


def test_the_lines_of_a_picture_are_a_page(model):
    gray = np.zeros((200, 200), np.uint8)
    gray[20:80, 40:50] = gray[120:180, 40:50] = gray[120:180, 120:130] = 255
    page = recognize_line(model, Document(picture=Picture(gray, "photograph")))
    assert [len(line.digits) for line in page.lines] == [1, 2]
    assert page.lines[1].digits[0].box[:2] == pytest.approx((420 + 1.4 * 40, 1.4 * 120), abs=3)

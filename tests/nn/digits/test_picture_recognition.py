import numpy as np
import pytest

from nn.digits import Recognizer, picture_recognition
from nn.digits.ink import picture_to_ink
from nn.digits.painting import paint
from nn.digits.prediction import SEVERAL, Prediction
from nn.digits.readings import first_reading
from nn.digits.strokes import transform
from nn.digits.variants import MATRICES
from tests.nn.digits.drawings import SEVEN

SEVEN_PICTURE = 255 - paint(SEVEN, (280, 280), 10)


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.load()


def framed(thickness, level=0):
    picture = SEVEN_PICTURE.copy()
    picture[:thickness], picture[-thickness:] = level, level
    picture[:, :thickness], picture[:, -thickness:] = level, level
    return picture


def shadowed():
    return (SEVEN_PICTURE * np.where(np.arange(280) < 140, 1, 0.5)).astype(np.uint8)


def ruled():
    picture = SEVEN_PICTURE.copy()
    for row in range(40, 280, 60):
        picture[row : row + 2] = np.minimum(picture[row : row + 2], 100)
    return picture


CASES = {
    "clean": SEVEN_PICTURE,
    "frame": framed(2),
    "thick frame": framed(8),
    "gray frame": framed(3, 120),
    "shadow": shadowed(),
    "ruled": ruled(),
    "bright on dark, framed": 255 - framed(2),
    "one-pixel pen": 255 - 255 * (paint(SEVEN, (200, 200), 1) > 60).astype(np.uint8),
    "one-pixel pen, large": 255 - 255 * (paint(transform(SEVEN, 3.0), (840, 840), 1) > 60).astype(np.uint8),
    "brush of a third": 255 - paint(SEVEN, (280, 280), 48),
}


@pytest.mark.parametrize("case", CASES)
def test_a_digit_is_read_whatever_else_is_in_the_picture(recognizer, case):
    assert recognizer.recognize_image(CASES[case]).label == 7


def test_what_was_ignored_is_in_the_pictures_pixels(recognizer):
    picture = np.repeat(np.repeat(SEVEN_PICTURE, 4, axis=0), 4, axis=1)
    picture[:, 1100:] = 0
    assert recognizer.recognize_image(SEVEN_PICTURE).ignored == ()
    assert recognizer.recognize_image(picture).ignored == ((1100, 0, 1120, 1120),)


def test_a_batch_gives_what_single_pictures_give(recognizer):
    pictures = [*CASES.values(), np.zeros((30, 40), np.uint8)]
    for one, many in zip(map(recognizer.recognize_image, pictures), recognizer.recognize_images(pictures), strict=True):
        assert (one.label, one.reason, one.ignored) == (many.label, many.reason, many.ignored)
        np.testing.assert_array_equal(one.image, many.image)
        np.testing.assert_allclose(one.probabilities, many.probabilities, atol=1e-5)


def test_several_digits_are_told_before_ink_is_ignored(recognizer):
    strokes = [*transform(SEVEN, 0.5, (0, 60)), *transform(SEVEN, 0.5, (130, 60))]
    prediction = recognizer.recognize_image(255 - paint(strokes, (280, 280), 6))
    assert (prediction.label, prediction.reason) == (None, SEVERAL)
    assert prediction.page.text == "77"


def test_a_confident_answer_is_not_read_as_a_page(recognizer, monkeypatch):
    picture = 255 - paint(transform(SEVEN, [[1, 0], [0, 0.5]], (0, 70)), (280, 280), 10)
    assert first_reading(picture_to_ink(picture)).several
    monkeypatch.setattr(picture_recognition, "read_several", None)
    assert recognizer.recognize_image(picture).label == 7


def test_a_doubtful_answer_is_averaged_over_variants():
    shown = []

    def predict(images):
        shown.append(len(images))
        probabilities = np.full(10, 0.05, np.float32)
        probabilities[[1, 7]] = (0.25, 0.35) if len(shown) == 1 else (0.55, 0.05)
        return [Prediction(int(probabilities.argmax()), probabilities, image) for image in images]

    (answer,) = picture_recognition.recognize_pictures([SEVEN_PICTURE], predict)
    assert (answer.label, shown[-1]) == (1, len(MATRICES))


def test_several_digits_in_a_shadow_are_told(recognizer):
    strokes = [*transform(SEVEN, 0.5, (20, 60)), *transform(SEVEN, 0.5, (130, 60))]
    picture = (255 - paint(strokes, (280, 280), 8)) * np.where(np.arange(280)[:, None] < 130, 1, 0.5)
    prediction = recognizer.recognize_image(picture.astype(np.uint8))
    assert (prediction.reason, prediction.page.text) == (SEVERAL, "77")

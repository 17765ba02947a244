"""Lines of digits: how they are composed and recognized."""

import numpy as np
import pytest

from nn.digits.painting import paint
from nn.digits.recognizer import Recognizer
from nn.digits.strokes import bounds, transform

BAR = [np.array([[0.0, 0.0], [0.0, 100.0]])]
RING = [50 + 50 * np.stack([np.cos(np.arange(64) / 10), np.sin(np.arange(64) / 10)], axis=1)]
CROSS = [np.array([[0.0, 50.0], [80.0, 50.0]]), np.array([[40.0, 0.0], [40.0, 100.0]])]


class Reader:
    """Recognizes a bar (1), a ring (0) and a cross (4); all else, such as a lying bar, is a non-digit."""

    def predict(self, images):
        probabilities = np.full((len(images), 11), 0.005, np.float32)
        for row, image in zip(probabilities, images, strict=True):
            tall, wide = (image.max(axis=1) > 0.3).sum(), (image.max(axis=0) > 0.3).sum()
            middle = image[12:16, 12:16].max() > 0.5
            label = 1 if wide < 8 else 10 if tall < 14 or wide > 24 else 4 if middle else 0 if tall < 24 else 10
            row[label] = 0.95
        return probabilities


@pytest.fixture
def reader():
    return Recognizer(Reader())


def beside(*digits, gap=30.0):
    line = []
    for digit in digits:
        right = bounds(line)[1][0] + gap if line else 0.0
        line += transform(digit, 1.0, (right - bounds(digit)[0][0], 0.0))
    return line


def test_digits_of_one_and_of_several_strokes_are_read_with_their_boxes(reader):
    line = reader.recognize_line(beside(RING, CROSS, BAR))
    assert line.text == "041"
    boxes = [digit.box for digit in line.digits]
    np.testing.assert_allclose(boxes[1], (129.99, 0, 209.99, 100), atol=0.1)
    assert 0 < line.confidence < 1
    assert all(digit.prediction.image.shape == (28, 28) for digit in line.digits)


def test_strokes_may_come_in_any_order(reader):
    line = beside(RING, CROSS, BAR, CROSS)
    assert reader.recognize_line([line[index] for index in (3, 5, 0, 2, 4, 1)]).text == "0414"


def test_digits_may_lie_across_each_other(reader):
    line = beside(CROSS, RING, gap=-15.0)
    assert reader.recognize_line(line).text == "40"


def test_a_rejected_digit_is_a_question_mark(reader):
    dash = [np.array([[0.0, 50.0], [90.0, 50.0]])]
    reader.calibration = type(reader.calibration)(reject_threshold=0.5)
    assert reader.recognize_line(beside(BAR, dash, RING, gap=60.0)).text == "1?0"


def test_an_empty_line_has_no_digits(reader):
    assert reader.recognize_line([]).text == ""
    assert reader.recognize_line([]).confidence == 1
    assert reader.recognize_line_image(np.zeros((50, 200), np.uint8)).text == ""


@pytest.mark.parametrize("scale", [1.0, 7.0])
def test_a_picture_of_a_line_is_read_with_its_boxes(reader, scale):
    line = transform(beside(RING, CROSS, BAR), scale, (30 * scale, 20 * scale))
    picture = paint(line, (round(340 * scale), round(150 * scale)), 8 * scale)
    for gray in (picture, 255 - picture):
        line = reader.recognize_line_image(gray)
        assert line.text == "041"
        np.testing.assert_allclose(line.digits[2].box, scale * np.array([266, 16, 274, 124]), atol=4 * scale)

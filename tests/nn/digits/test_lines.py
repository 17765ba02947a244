"""Lines of digits: how they are composed and recognized."""

import numpy as np
import pytest

from nn.digits.recognizer import Recognizer
from tests.nn.digits.shapes import BAR, CROSS, RING, ShapeReader, beside


@pytest.fixture
def reader():
    return Recognizer(ShapeReader())


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

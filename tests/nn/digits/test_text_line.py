"""The pieces of a line: which groups are recognized, and what is chosen."""

import numpy as np
import pytest

from nn.digits.components import Components
from nn.digits.layout import find_lines
from nn.digits.painting import paint
from nn.digits.recognizer import Recognizer
from nn.digits.strokes import transform
from nn.digits.text_line import PiecesOfLine
from tests.nn.digits.shapes import BAR, CROSS, RING, ShapeReader, beside


@pytest.fixture
def recognizer():
    return Recognizer(ShapeReader())


def pieces(strokes, size=(420, 150)):
    ink = paint(transform(strokes, 1.0, (20.0, 25.0)), size, 8) / np.float32(255)
    components = Components.of(ink > 0.4)
    (line,) = find_lines(components)
    return PiecesOfLine(ink, components, line)


def read(line, recognizer):
    for groups in (line.components, line.undecided):
        wanted = groups()
        if wanted:
            line.add(wanted, recognizer._predict([line.image_of(group) for group in wanted]))
    return line.best(lambda box: box)


def test_confident_components_leave_nothing_to_recognize():
    recognizer = Recognizer(ShapeReader(0.99, 0.001))
    line = pieces(beside(RING, CROSS, BAR))
    assert len(line.components()) == 3
    line.add(line.components(), recognizer._predict([line.image_of(group) for group in line.components()]))
    assert line.undecided() == []
    assert line.best(lambda box: box).text == "041"


def test_touching_digits_are_cut(recognizer):
    found = read(pieces(beside(RING, RING, gap=7.5)), recognizer)
    assert found.text == "00"
    assert found.digits[0].box[2] == pytest.approx(122, abs=10)


def test_marks_are_kept_apart_from_digits(recognizer):
    minus, point = [np.array([[0.0, 50.0], [35.0, 50.0]])], [np.array([[0.0, 96.0], [2.0, 97.0]])]
    found = read(pieces(beside(minus, RING, point, BAR, CROSS, gap=18.0)), recognizer)
    assert found.text == "014"
    assert [token.text for token in found.tokens] == ["-", "0", ".", "1", "4"]
    lefts = [token.box[0] for token in found.tokens]
    assert lefts == sorted(lefts)


def test_a_doubtful_digit_is_expected_beside_others():
    recognizer = Recognizer(ShapeReader(other=0.6))
    recognizer.calibration = type(recognizer.calibration)(reject_threshold=0.3)
    assert recognizer.recognize_image(255 - paint(transform(RING, 1.0, (20, 20)), (150, 150), 8)).label is None
    assert read(pieces(beside(RING, CROSS, BAR)), recognizer).text == "041"

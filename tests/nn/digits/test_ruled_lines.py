import numpy as np
import pytest

from nn.digits.painting import paint
from nn.digits.ruled_lines import without_ruled_lines
from tests.nn.digits.drawings import SEVEN

SEVEN_INK = paint(SEVEN, (280, 280), 12) / np.float32(255)


def test_ink_without_lines_is_not_changed():
    assert without_ruled_lines(SEVEN_INK) is SEVEN_INK


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_ruled_and_squared_paper_is_removed(strength):
    lines = np.zeros((280, 280), np.float32)
    for place in (50, 130, 210):
        lines[place : place + 3] = strength
        lines[:, place : place + 3] = strength
    ink = without_ruled_lines(np.maximum(SEVEN_INK, lines))
    assert np.abs(ink - SEVEN_INK).mean() < 0.15 * SEVEN_INK.mean()
    outside = SEVEN_INK == 0
    assert ink[outside].mean() < 0.05 * lines[outside].mean()


def test_a_slightly_slanted_line_is_removed():
    line = paint([[(0, 100), (280, 102)]], (280, 280), 4) / np.float32(255)
    ink = without_ruled_lines(np.maximum(SEVEN_INK, line))
    assert ink[SEVEN_INK == 0].sum() < 0.1 * line[SEVEN_INK == 0].sum()


def test_a_stroke_as_long_as_the_digit_stays():
    bar = paint([[(60, 140), (220, 140)]], (280, 280), 10) / np.float32(255)
    assert without_ruled_lines(bar) is bar

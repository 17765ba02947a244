import numpy as np
import pytest

from nn.digits.painting import paint
from nn.digits.ruled_lines import without_ruled_lines, without_ruled_paper
from nn.digits.strokes import transform
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


@pytest.mark.parametrize("strength", [0.3, 0.8])
def test_squared_paper_around_a_small_digit_is_removed_and_its_strokes_stay(strength):
    seven = paint(transform(SEVEN, 0.11), (32, 32), 2) / np.float32(255)
    lines = np.zeros((32, 32), np.float32)
    lines[4::8], lines[:, 5::8] = strength, strength
    ink = without_ruled_paper(np.maximum(seven, lines))
    assert ink[seven == 0].max() < 0.5
    assert np.corrcoef(ink.ravel(), seven.ravel())[0, 1] > 0.9


def test_a_single_line_is_not_papers_but_may_be_the_digits_own():
    line = np.zeros((40, 40), np.float32)
    line[20] = 1
    assert without_ruled_paper(line) is line
    line[30] = 1
    assert not without_ruled_paper(line).any()


def test_a_strip_is_not_a_line():
    strip = np.zeros((40, 40), np.float32)
    strip[:8], strip[-8:] = 1, 1
    assert without_ruled_paper(strip) is strip

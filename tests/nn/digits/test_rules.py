"""Ruled lines, grids and boxes: they go, and the digits that touch them stay."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from nn.digits.normalize import pen_width
from nn.digits.painting import paint
from nn.digits.rules import remove_rules
from nn.digits.strokes import transform
from tests.nn.digits.shapes import BAR, CROSS, RING, beside

SIZE = (360, 130)


def digits(size=SIZE, left=40.0):
    """(H, W) float32: a line of shapes, 60 pixels high."""
    return paint(transform(beside(RING, CROSS, BAR, RING), 0.6, (left, 35)), size, 5) / np.float32(255)


def ruled(lines, width=2, size=SIZE):
    """Lines, each from a point to a point, as ink."""
    picture = Image.new("L", size)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=200, width=width)
    return np.asarray(picture) / np.float32(255)


def check(rules, ink=None):
    """The rules are gone, and the shapes are still there."""
    ink = digits() if ink is None else ink
    both = np.maximum(ink, rules)
    cleaned = remove_rules(both, both > 0.4, pen_width(both))
    assert (cleaned[(rules > 0.4) & (ink < 0.05)] > 0.4).mean() < 0.1
    assert (cleaned[ink > 0.5] > 0.4).mean() > 0.93


@pytest.mark.parametrize("fall", [0, 12, -30])
def test_a_ruled_line_through_the_digits(fall):
    check(ruled([(0, 80, 360, 80 + fall)]))


def test_a_rule_under_the_digits():
    check(ruled([(20, 95, 250, 96)]))


def test_squared_paper():
    across = [(0, y, 360, y) for y in range(8, 130, 31)]
    check(ruled([*across, *((x, 0, x, 130) for x in range(11, 360, 31))], width=1))


def test_a_comb_of_cells():
    sides = [(x, 20, x, 110) for x in (30, 109, 174, 194, 272)]
    check(ruled([(30, 20, 272, 20), (30, 110, 272, 110), *sides]))


def test_a_box_around_each_digit():
    lefts = (32, 122, 205, 280)
    boxes = [
        (x0, y0, x1, y1)
        for left in lefts
        for x0, y0, x1, y1 in (
            (left, 22, left + 68, 22), (left, 108, left + 68, 108), (left, 22, left, 108),
            (left + 68, 22, left + 68, 108),
        )
    ]  # fmt: skip
    ink = sum(
        paint(transform(digit, 0.6, (left + 6, 35)), SIZE, 5) / np.float32(255)
        for digit, left in zip((RING, CROSS, [BAR[0] + (45, 0)], RING), lefts, strict=True)
    )
    check(ruled(boxes), ink)


def test_digits_without_rules_stay_as_they_are():
    ink = digits()
    assert remove_rules(ink, ink > 0.4, pen_width(ink)) is ink
    blank = np.zeros((20, 30), np.float32)
    assert remove_rules(blank, blank > 0.4, 1.0) is blank


def test_the_bar_of_a_digit_is_no_rule():
    seven = [np.array([[0.0, 0.0], [70.0, 0.0], [30.0, 90.0]])]
    ink = paint(transform([*seven, *transform(seven, 1.0, (90, 0))], 1.0, (20, 20)), (220, 130), 5) / np.float32(255)
    assert remove_rules(ink, ink > 0.4, pen_width(ink)) is ink

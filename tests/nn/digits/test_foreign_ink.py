import numpy as np
import pytest

from nn.digits import foreign_ink
from nn.digits.components import Components
from nn.digits.painting import paint
from nn.digits.strokes import transform
from tests.nn.digits.drawings import SEVEN, circle

PEN = 10
SEVEN_INK = paint(SEVEN, (280, 280), PEN) / np.float32(255)
FIVE = [[(180, 60), (110, 62)], [(100, 75), (98, 130), (160, 140), (170, 190), (100, 215)]]
EIGHT_IN_ZERO = [*transform(circle(), 1.0, (140, 140))]


def own_ink(ink, pen):
    return foreign_ink.own_ink(ink, Components.of(ink >= 0.5), pen)


def square(left, top, right, bottom):
    ink = np.zeros((280, 280), np.float32)
    ink[top:bottom, left:right] = 1
    return ink


def frame(inset, thickness):
    ink = square(inset, inset, 280 - inset, 280 - inset)
    inner = inset + thickness
    ink[inner : 280 - inner, inner : 280 - inner] = 0
    return ink


FOREIGN = {
    "strip": square(275, 0, 280, 280),
    "part of a strip": square(274, 40, 280, 130),
    "frame at the edge": frame(0, 3),
    "frame inside": frame(12, 3),
    "speck within the box": square(70, 200, 74, 204),
    "several specks": square(20, 20, 24, 24) + square(250, 250, 254, 255) + square(130, 262, 133, 265),
    "corner": np.triu(np.ones((280, 280), np.float32), 245),
    "neighbour": paint([[(281, 90), (262, 140), (281, 190)]], (280, 280), PEN) / np.float32(255),
    "ruled line": square(0, 255, 280, 258),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_ink_is_left_out(kind):
    own, boxes = own_ink(np.maximum(SEVEN_INK, FOREIGN[kind]), PEN)
    np.testing.assert_array_equal(own > 0.5, SEVEN_INK > 0.5)
    columns, rows = np.nonzero(FOREIGN[kind].any(axis=0))[0], np.nonzero(FOREIGN[kind].any(axis=1))[0]
    assert (boxes[:, :2].min(axis=0) >= (columns[0], rows[0])).all()
    assert (boxes[:, 2:].max(axis=0) <= (columns[-1] + 1, rows[-1] + 1)).all()


def test_the_edge_of_a_small_picture_is_a_pixel_wide():
    ink = np.zeros((40, 6), bool)
    ink[:, 0] = True
    assert foreign_ink._along_edge(Components.of(ink)).tolist() == [True]
    assert foreign_ink._along_edge(Components.of(ink.T)).tolist() == [True]


@pytest.mark.parametrize("strokes", [SEVEN, FIVE, EIGHT_IN_ZERO, [*SEVEN, [(90, 140), (190, 140)]]])
def test_a_digits_own_parts_stay(strokes):
    ink = paint(strokes, (280, 280), PEN) / np.float32(255)
    own, boxes = own_ink(ink, PEN)
    assert own is ink
    assert boxes.shape == (0, 4)


def test_fragments_of_a_broken_stroke_stay():
    ink = SEVEN_INK.copy()
    ink[120:126] = 0
    ink[134:140] = 0
    assert own_ink(ink, PEN)[0] is ink


def test_a_single_dot_belongs_to_a_sign():
    sign = paint([[(140, 90), (140, 220)], [(140, 60)]], (280, 280), PEN) / np.float32(255)
    assert own_ink(sign, PEN)[0] is sign


def test_several_digits_stay():
    ink = paint([*transform(SEVEN, 0.4, (0, 60)), *transform(SEVEN, 0.4, (120, 60))], (280, 280), 6) / np.float32(255)
    assert own_ink(ink, 6)[0] is ink


def test_soft_edges_of_the_digit_stay_and_those_of_foreign_ink_go():
    ink = np.zeros((60, 60), np.float32)
    ink[10:50, 28:34], ink[10:50, 27] = 1, 0.4
    ink[5:8, 5:8], ink[5:8, 8] = 1, 0.4
    own, boxes = own_ink(ink, 6)
    assert own[20, 27] == np.float32(0.4)
    assert not own[:9, :12].any()
    assert boxes.tolist() == [[5, 5, 8, 8]]


def test_no_ink_and_ink_along_the_edge_only_stay():
    for ink in (np.zeros((20, 30), np.float32), np.pad(np.zeros((18, 28), np.float32), 1, constant_values=1)):
        assert own_ink(ink, 1)[0] is ink

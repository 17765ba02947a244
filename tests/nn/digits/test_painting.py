import numpy as np
import pytest

from nn.digits.painting import paint


def test_a_line_is_as_wide_as_the_brush_and_where_it_belongs():
    picture = paint([[(20.0, 30.0), (70.0, 30.0)]], (100, 60), 8)
    assert (picture.shape, picture.dtype) == ((60, 100), np.uint8)
    assert picture.max() == 255
    assert picture[:, 45].sum() / 255 == pytest.approx(8, abs=0.7)
    weight = picture / picture.sum()
    assert weight.sum(axis=0) @ (np.arange(100) + 0.5) == pytest.approx(45, abs=0.2)
    assert weight.sum(axis=1) @ (np.arange(60) + 0.5) == pytest.approx(30, abs=0.2)
    assert np.flatnonzero(picture[30] > 127)[[0, -1]].tolist() == [16, 73]


def test_a_tap_is_a_disc():
    picture = paint([[(25.0, 25.0)]], (50, 50), 20)
    assert picture.sum() / 255 == pytest.approx(np.pi * 100, rel=0.03)


def test_no_strokes_leave_the_canvas_black():
    assert not paint([], (7, 5), 3).any()

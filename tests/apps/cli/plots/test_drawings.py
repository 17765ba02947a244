"""Drawings in named rows."""

import numpy as np
import pytest

from apps.cli.plots.drawings import DRAWING, draw_drawings
from apps.cli.plots.figure import new_figure


def test_drawings_stand_in_their_places_and_keep_their_proportions(texts):
    flat = [np.array([[0.0, 0.0], [40.0, 0.0]]), np.array([[20.0, 5.0]])]
    tall = [np.array([[7.0, 0.0], [7.0, 9000.0]])]
    figure = new_figure()
    draw_drawings(figure, [("first", [flat, tall]), ("second", [tall])], title="A title")
    assert {"A title", "first", "second"} <= set(texts(figure))
    (axes,) = figure.axes
    width, height = axes.get_position().size * figure.get_size_inches()
    assert width == pytest.approx(height)  # two by two
    assert axes.yaxis_inverted()
    lines = [line.get_xydata() for line in axes.lines]
    assert [len(line) for line in lines] == [2, 1, 2, 2]
    np.testing.assert_allclose(lines[0][:, 0].mean(), 0.5)
    np.testing.assert_allclose(np.ptp(lines[0][:, 0]), DRAWING)
    np.testing.assert_allclose(lines[1][0] - lines[0].mean(axis=0), (0, DRAWING / 8))
    np.testing.assert_allclose(lines[2].mean(axis=0), (1.5, 0.5))
    np.testing.assert_allclose(lines[3].mean(axis=0), (0.5, 1.5))

"""Documents: their points, and drawings from files."""

import numpy as np
import pytest

from apps.draw.core.document import BrushStroke, beginning, count, fit_strokes
from apps.draw.core.points import Points


def test_the_first_points_of_a_drawing():
    lines = ((0.0, 0.0), (1.0, 0.0)), ((2.0, 0.0),), ((3.0, 0.0), (4.0, 0.0))
    strokes = tuple(BrushStroke(Points(line)) for line in lines)
    assert count(strokes) == 5
    for points in range(6):
        assert count(beginning(strokes, points)) == points
    assert beginning(strokes, 5) == strokes
    assert beginning(strokes, 2)[0] is strokes[0]


@pytest.mark.parametrize("area", [(280.0, 280.0), (100.0, 50.0), (1.0, 1.0)])
def test_drawings_of_other_sizes_are_fitted(area):
    strokes = [np.array([[0.0, 0.0], [60.0, 40.0]])]
    (stroke,) = fit_strokes(strokes, (280.0, 280.0), area)
    points = np.array(stroke.points)
    assert ((points >= 0) & (points <= 280)).all()
    slope = (points[1] - points[0])[1] / (points[1] - points[0])[0]
    assert slope == pytest.approx(40 / 60)
    assert fit_strokes([], (280.0, 280.0), area) == ()
    (dot,) = fit_strokes([np.array([[5e8, 5e8]])], (280.0, 280.0), area)
    assert dot.points == Points([(140.0, 140.0)])

"""Points as bytes."""

import numpy as np
import pytest

from apps.draw.core.points import Points


def test_points_are_the_pairs_they_were_made_of():
    pairs = [(0.1, 2.0), (1 / 3, -4.5), (280.0, 0.0)]
    points = Points(pairs)
    assert list(points) == pairs
    assert [points[index] for index in (0, 1, -1)] == [pairs[0], pairs[1], pairs[2]]
    assert points[1:] == Points(pairs[1:])
    assert hash(points) == hash(Points(pairs))
    assert points != Points(pairs[:2])
    assert Points(pairs[:2]).and_then(pairs[2]) == points
    np.testing.assert_array_equal(points.array(), pairs)
    assert list(Points()) == []
    for beyond in (3, -4):
        with pytest.raises(IndexError, match="one of 3 points"):
            points[beyond]

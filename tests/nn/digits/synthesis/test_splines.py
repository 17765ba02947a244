import numpy as np
import pytest

from nn.digits.synthesis.glyph import Glyph
from nn.digits.synthesis.splines import tangent_matrix


def curve(variant, smooth=True):
    glyph = Glyph.parse("x", 1, [variant])
    return glyph.curves[0][0 if smooth else 1] @ glyph.variants[0]


def test_curves_go_through_their_points():
    points = np.array([(0.0, 0.0), (30.0, 10.0), (40.0, 60.0), (0.0, 90.0)])
    for smooth in (True, False):
        found = curve("0,0 30,10 40,60 0,90", smooth)
        assert min(np.hypot(*(found - point).T).min() for point in points) < 1e-9
        np.testing.assert_allclose(found[[0, -1]], points[[0, -1]], atol=1e-9)
        assert np.hypot(*np.diff(found, axis=0).T).max() < 7


def test_curves_are_smooth_but_at_corners():
    def sharpest(variant):
        steps = np.diff(curve(variant), axis=0)
        headings = steps / np.hypot(*steps.T)[:, None]
        return (headings[1:] * headings[:-1]).sum(axis=1).min()

    assert sharpest("0,0 50,0 50,50") > 0.5
    assert sharpest("0,0 50,0^ 50,50") == pytest.approx(0, abs=1e-9)


def test_a_curve_of_equal_points_is_the_catmull_rom_spline():
    """Halfway between two of equally spaced points on a line it is (-a + 9 b + 9 c - d) / 16 of their values across."""
    glyph = Glyph.parse("x", 1, ["0,0 20,0 40,0 60,0"])
    across = glyph.curves[0][0] @ np.array([1.0, 2.0, 4.0, 3.0])
    along = glyph.curves[0][0] @ glyph.variants[0][:, 0]
    assert np.interp(30, along, across) == pytest.approx((-1 + 9 * 2 + 9 * 4 - 3) / 16, abs=0.02)


def test_tangents_are_those_of_parabolas():
    knots = np.array([0.0, 1.0, 3.0, 3.5, 7.0])
    np.testing.assert_allclose(tangent_matrix(knots) @ (knots**2 - 4 * knots), 2 * knots - 4, atol=1e-12)
    np.testing.assert_allclose(tangent_matrix(knots[:2]) @ [5.0, 7.0], [2, 2])


def test_straight_lines_stay_straight():
    np.testing.assert_allclose(curve("0,0 20,20 80,80") @ [1, -1], 0, atol=1e-9)
    np.testing.assert_allclose(curve("0,0 10,100") @ [10, -1], 0, atol=1e-9)

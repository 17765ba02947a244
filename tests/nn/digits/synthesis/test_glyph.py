import numpy as np
import pytest

from nn.digits.synthesis.glyph import Glyph, ring


def test_a_glyph_is_read_from_its_variants():
    glyph = Glyph.parse("a 1", 7, ["0,48 18,28 34,2^ 32,100 / 0,99 60,98", "0,50 20,30 40,0 40,100 / 4,97 64,96"])
    assert (glyph.name, glyph.weight, glyph.variants.shape) == ("a 1", 7, (2, 6, 2))
    np.testing.assert_array_equal(glyph.variants[0, [0, 3, 5]], [(0, 48), (32, 100), (60, 98)])
    assert glyph.slices == (slice(0, 4), slice(4, 6))


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ([], "glyph 'x': expected a variant, got none"),
        ([""], "glyph 'x': expected points in each stroke"),
        (["0,0 1,1 /"], "glyph 'x': expected points in each stroke"),
        (["0,0 1;1"], "glyph 'x': expected a point x,y or a ring, got '1;1'"),
        (["ring(1,2,3)"], "glyph 'x': expected a point x,y or a ring, got 'ring(1,2,3)'"),
        (["0,0 1"], "glyph 'x': expected a point x,y or a ring, got '1'"),
        (["0,0 1,1", "0,0 1,1 2,2"], "glyph 'x': expected strokes of [2] points in each variant, got '0,0 1,1 2,2'"),
        (["0,0 1,1", "0,0 / 1,1"], "glyph 'x': expected strokes of [2] points in each variant"),
    ],
)
def test_an_invalid_glyph_is_an_error(variants, message):
    with pytest.raises(ValueError) as caught:
        Glyph.parse("x", 1, variants)
    assert message in str(caught.value)


def test_a_ring_goes_around():
    points = ring(10, 20, 3, 5, 0, -90, points=3)
    np.testing.assert_allclose(points, [(13, 20), (12.1, 16.5), (10, 15)], atol=0.06)
    grown = ring(0, 0, 10, 10, 0, 360, 0.5, 5)
    np.testing.assert_allclose(np.hypot(*np.transpose(grown)), [5, 6.25, 7.5, 8.75, 10], atol=0.1)

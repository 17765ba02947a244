import itertools

import numpy as np
import pytest

from nn.digits import rasterize
from nn.digits.rasterize import strokes_to_image
from nn.digits.strokes import place, transform
from tests.nn.digits.drawings import SEVEN, box, circle, mass


def coverage_of(points, pen=rasterize.PEN_WIDTH, edge=rasterize.PEN_EDGE):
    """The image of one polyline in pixels, from the definition: a loop over pixels and segments."""
    image = np.zeros((28, 28))
    for y in range(28):
        for x in range(28):
            nearest = np.inf
            for a, b in itertools.pairwise(points):
                t = np.clip((np.array([x, y]) - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
                nearest = min(nearest, np.hypot(*(np.array([x, y]) - a - t * (b - a))))
            image[y, x] = np.clip((pen / 2 - nearest) / edge + 0.5, 0, 1)
    return image


def test_the_image_is_the_pens_coverage():
    image = strokes_to_image(SEVEN[:1])
    spread = 20 - rasterize.PEN_WIDTH - rasterize.PEN_EDGE
    points = place(SEVEN[:1], spread, (6, 6))[0]
    for _ in range(10):  # to the same centre of mass
        points = points + mass(image) - mass(coverage_of(points))
    assert (image.shape, image.dtype) == ((28, 28), np.float32)
    np.testing.assert_allclose(image, coverage_of(points), atol=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 0.01, 1.0, 1e5])
@pytest.mark.parametrize("offset", [(0, 0), (1000, -500)])
def test_size_and_place_do_not_matter(scale, offset):
    moved = strokes_to_image(transform(SEVEN, scale, offset))
    np.testing.assert_allclose(moved, strokes_to_image(SEVEN), atol=1e-4)


def test_a_digit_fits_the_box_and_keeps_its_proportions():
    tall = transform(circle(), [[0.5, 0], [0, 1]])
    for strokes, width, height in (
        (tall, 0.5, 1),
        (transform(tall, [[0, 1], [1, 0]]), 1, 0.5),
        (circle(), 1, 1),
    ):
        image = strokes_to_image(strokes)
        left, right, top, bottom = box(image, 0.02)
        drawn = rasterize.PEN_WIDTH + rasterize.PEN_EDGE
        np.testing.assert_allclose(right - left + 1, drawn + (20 - drawn) * width, atol=1.1)
        np.testing.assert_allclose(bottom - top + 1, drawn + (20 - drawn) * height, atol=1.1)
        assert image.max() == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_centre_of_mass_is_in_the_middle(seed):
    rng = np.random.default_rng(seed)
    strokes = [rng.uniform(0, 100, (6, 2)), rng.uniform(0, 100, (3, 2))]
    np.testing.assert_allclose(mass(strokes_to_image(strokes)), 14, atol=0.1)


def test_lopsided_ink_stays_in_the_image():
    image = strokes_to_image([np.array([[0.0, 0.0], [0.0, 100.0]]), np.array([[100.0, 50.0]])])
    assert mass(image)[0] < 13
    assert 0 < image[:, -1].max() < 0.5 < image[:, -2].max()  # of the pen, only its soft edge reaches the last column


def test_horizontal_and_vertical_lines_are_turned_copies():
    vertical = strokes_to_image([np.array([[50.0, 10.0], [50.0, 240.0]])])
    horizontal = strokes_to_image([np.array([[10.0, 50.0], [240.0, 50.0]])])
    np.testing.assert_allclose(horizontal, vertical.T, atol=1e-5)
    left, right, top, bottom = box(vertical)
    assert bottom - top + 1 in (20, 21)
    assert right - left + 1 <= 5
    np.testing.assert_allclose(vertical[10:18].sum(axis=1), rasterize.PEN_WIDTH, atol=0.2)


@pytest.mark.parametrize(
    "strokes",
    [
        [np.array([[5.0, 7.0]])],
        [np.array([[5.0, 7.0], [5.0, 7.0]])],
        [np.full((10_000, 2), 3.0)],
        [np.array([[5.0, 7.0]]), np.array([[5.0, 7.0]])],
        [np.array([[0.0, 0.0], [5e-324, 0.0]])],
        [np.array([[1e9, -1e9]])],
        [((5, 7),)],
    ],
    ids=["tap", "two", "many", "strokes", "denormal", "far", "tuples"],
)
def test_a_dot_is_a_spot_of_the_pen(strokes):
    image = strokes_to_image(strokes)
    np.testing.assert_allclose(image, strokes_to_image([[[0, 0]]]), atol=1e-5)
    np.testing.assert_allclose(mass(image), 14, atol=0.01)
    assert image.max() == 1
    assert box(image)[1] - box(image)[0] <= 4


def test_a_tap_beside_a_stroke_is_seen():
    line = np.array([[0.0, 0.0], [0.0, 200.0]])
    image = strokes_to_image([line, np.array([[150.0, 100.0]])])
    left, right, _, _ = box(image, 0.5)
    assert right - left > 10
    assert np.count_nonzero(image.max(axis=0) > 0.5) < 8


@pytest.mark.parametrize("points", [20, 1000, 10_000])
def test_the_number_of_points_does_not_show(points):
    a = np.linspace(0, 1, points)[:, None]
    dense = [(1 - a) * stroke[i] + a * stroke[i + 1] for stroke in SEVEN for i in range(len(stroke) - 1)]
    np.testing.assert_allclose(strokes_to_image(dense), strokes_to_image(SEVEN), atol=1e-3)
    repeated = [np.repeat(stroke, points, axis=0) for stroke in SEVEN]
    np.testing.assert_allclose(strokes_to_image(repeated), strokes_to_image(SEVEN), atol=1e-3)
    np.testing.assert_allclose(strokes_to_image(circle(10_000)), strokes_to_image(circle(points + 80)), atol=0.1)


def test_endless_scribble_is_drawn_in_few_steps(monkeypatch):
    drawn = []
    plain = rasterize._draw
    monkeypatch.setattr(rasterize, "_draw", lambda a, b: drawn.append(len(a)) or plain(a, b))
    image = strokes_to_image([np.random.default_rng(0).uniform(0, 280, (10_000, 2))])
    assert max(drawn) <= rasterize.MAX_STEPS + 1
    assert image[9:19, 9:19].min() == 1
    around = np.concatenate(circle() * 30)
    np.testing.assert_allclose(strokes_to_image([around]), strokes_to_image(circle()), atol=0.1)


def test_strokes_may_come_in_any_order_and_direction():
    backwards = [stroke[::-1] for stroke in reversed(SEVEN)]
    np.testing.assert_allclose(strokes_to_image(backwards), strokes_to_image(SEVEN), atol=1e-5)


def test_no_strokes_are_a_blank_image():
    image = strokes_to_image([])
    assert (image.shape, image.dtype, image.any()) == ((28, 28), np.float32, False)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e10])
def test_strokes_of_impossible_numbers_are_errors(bad):
    with pytest.raises(ValueError, match="stroke 2"):
        strokes_to_image([SEVEN[0], np.array([[1.0, 2.0], [bad, 3.0]])])


def test_strokes_are_left_as_they_are():
    strokes = [stroke.copy() for stroke in SEVEN]
    strokes_to_image(strokes)
    for stroke, before in zip(strokes, SEVEN, strict=True):
        np.testing.assert_array_equal(stroke, before)

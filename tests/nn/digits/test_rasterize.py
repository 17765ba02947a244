import itertools

import numpy as np
import pytest

from nn.digits import rasterize
from nn.digits.painting import paint
from nn.digits.rasterize import picture_to_image, strokes_to_image
from nn.digits.strokes import place, transform

SEVEN = [np.array([[61.0, 70.5], [190.0, 66.0], [120.0, 230.0]]), np.array([[90.0, 150.0], [180.0, 148.0]])]


def mass(image):
    """The centre of mass (x, y), in pixel indices."""
    positions = np.arange(28)
    return np.array([image.sum(axis=0) @ positions, image.sum(axis=1) @ positions]) / image.sum()


def box(image, above=0.0):
    """First and last inked column, first and last inked row."""
    columns, rows = np.flatnonzero((image > above).any(axis=0)), np.flatnonzero((image > above).any(axis=1))
    return columns[0], columns[-1], rows[0], rows[-1]


def circle(points=200, radius=100.0):
    angle = np.linspace(0, 2 * np.pi, points)
    return [radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)]


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


# Strokes


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
    plain = rasterize._drawn
    monkeypatch.setattr(rasterize, "_drawn", lambda a, b: drawn.append(len(a)) or plain(a, b))
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
def test_strokes_of_impossible_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="stroke 2"):
        strokes_to_image([SEVEN[0], np.array([[1.0, 2.0], [bad, 3.0]])])


def test_strokes_are_left_as_they_are():
    strokes = [stroke.copy() for stroke in SEVEN]
    strokes_to_image(strokes)
    for stroke, before in zip(strokes, SEVEN, strict=True):
        np.testing.assert_array_equal(stroke, before)


# Pictures


def enlarged(image, side, pad=0):
    """A picture of an image, ``side`` pixels square, by smooth resampling; ``pad`` background pixels go around it."""
    padded = np.pad(image, pad)
    at = (np.arange(side) + 0.5) * len(padded) / side - 0.5
    near = np.clip(np.floor(at).astype(int), 0, len(padded) - 2)
    part = (at - near).clip(0, 1)
    rows = padded[near] * (1 - part)[:, None] + padded[near + 1] * part[:, None]
    return rows[:, near] * (1 - part) + rows[:, near + 1] * part


def mnist_like():
    """Images in MNIST's form: the longer side exactly 20 pixels, the peak full, centred by whole pixels.

    None is so even that its centre of mass lies halfway between two pixels.
    """
    at = np.arange(20) - 9.5
    radius = np.hypot(at, at[:, None])
    ring = np.minimum(radius - 6.5, 10.5 - radius).clip(0, 1)
    ring[9:12, 5:18] = 1
    ring[14:18, 8:16] = 1
    seven = (3 - np.abs(at[5:-2] * 2.5 + at[:, None])).clip(0, 1)
    seven[:3] = 1
    one = np.ones((20, 3))
    one[12:, 0] = 0
    for digit in (ring, ring[:, :11], seven, seven.T, one):
        image = np.zeros((28, 28))
        image[: digit.shape[0], : digit.shape[1]] = digit
        yield np.roll(image, np.rint(14 - mass(image)).astype(int)[::-1], axis=(0, 1)).astype(np.float32)


def test_an_image_in_mnists_form_is_hardly_changed():
    for image in mnist_like():
        np.testing.assert_allclose(picture_to_image(image), image, atol=0.03)
        as_bytes = (image * 255).round().astype(np.uint8)
        np.testing.assert_allclose(picture_to_image(as_bytes), image, atol=0.03)


def test_dark_ink_is_bright_ink():
    for image in mnist_like():
        as_bytes = (image * 255).round().astype(np.uint8)
        np.testing.assert_allclose(picture_to_image(255 - as_bytes), picture_to_image(as_bytes), atol=0.01)


@pytest.mark.parametrize("side", [100, 200, 320, 321, 1000])
def test_pictures_of_any_size_come_out_alike(side):
    for image in mnist_like():
        result = picture_to_image(enlarged(image, side, pad=6).astype(np.float32))
        assert (result.shape, result.dtype) == ((28, 28), np.float32)
        assert np.abs(result - image).mean() < 0.06
        assert np.abs(mass(result) - 14).max() <= 0.51


def test_place_in_the_picture_does_not_matter():
    for image in mnist_like():
        canvas = np.zeros((90, 70), np.float32)
        canvas[55:83, 3:31] = image
        np.testing.assert_allclose(picture_to_image(canvas), picture_to_image(image), atol=0.01)


def test_a_picture_fits_the_box_in_its_proportions_and_is_centred():
    picture = np.zeros((300, 300), np.uint8)
    picture[100:126, 20:180] = 255
    image = picture_to_image(picture)
    assert box(image, 0.5) == (4, 23, 13, 15)
    assert image.max() == 1


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_uneven_light_is_taken_away(bright, noise):
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(*[np.linspace(0, 1, 200)] * 2)
    light = 0.95 - 0.4 * x - 0.2 * y**2
    for image in mnist_like():
        ink = enlarged(image, 200, pad=8)
        picture = (light * (1 - 0.7 * ink) + rng.normal(0, noise + 1e-9, ink.shape)).clip(0, 1)
        result = picture_to_image(1 - picture if bright else picture)
        assert np.abs(result - image).mean() < 0.06
        assert np.corrcoef(result.ravel(), image.ravel())[0, 1] > 0.9


def test_ink_that_leaves_little_background_is_still_ink():
    for image in list(mnist_like())[:-1]:
        left, right, top, bottom = box(image)
        tight = image[top : bottom + 1, left : right + 1]
        np.testing.assert_allclose(picture_to_image(tight), picture_to_image(image), atol=0.05)


def test_thin_ink_comes_out_at_full_strength():
    picture = np.zeros((300, 300), np.uint8)
    for step in range(240):
        picture[30 + step, 30 + step : 32 + step] = 200
    assert picture_to_image(picture).max() == 1


def test_soft_edges_of_a_small_image_belong_to_the_digit():
    image = next(mnist_like())
    image[4] *= 0.4
    image[23] *= 0.4
    image[:, 4] *= 0.4
    image[:, 23] *= 0.4
    np.testing.assert_allclose(picture_to_image(image), image, atol=0.03)


def test_a_lopsided_picture_stays_in_the_image():
    picture = np.zeros((200, 200), np.uint8)
    picture[10:190, 10:32] = 255
    picture[60:82, 168:190] = 255
    assert box(picture_to_image(picture), 0.5)[:2] == (8, 27)
    assert box(picture_to_image(picture[:, ::-1]), 0.5)[:2] == (0, 19)
    assert box(picture_to_image(picture.T), 0.5)[2:] == (8, 27)


def test_a_large_picture_is_made_small_before_ink_is_sought(monkeypatch):
    shapes = []
    plain = rasterize._ink
    monkeypatch.setattr(rasterize, "_ink", lambda picture: shapes.append(picture.shape) or plain(picture))
    for shape in ((320, 200), (321, 200), (1000, 3000)):
        picture_to_image(np.zeros(shape, np.uint8))
    assert shapes == [(320, 200), (161, 100), (100, 300)]


@pytest.mark.parametrize("level", [0, 19, 100, 255])
@pytest.mark.parametrize("shape", [(28, 28), (2, 2), (1, 1), (1, 50), (300, 2), (400, 400)])
def test_an_even_picture_is_blank(level, shape):
    image = picture_to_image(np.full(shape, level, np.uint8))
    assert (image.shape, image.dtype, image.any()) == ((28, 28), np.float32, False)


@pytest.mark.parametrize("noise", [0.0, 0.005, 0.02, 0.05, 0.1])
def test_paper_in_uneven_light_is_blank(noise):
    x, y = np.meshgrid(*[np.linspace(0, 1, 200)] * 2)
    picture = 0.9 - 0.45 * x - 0.2 * y**2 + np.random.default_rng(0).normal(0, noise + 1e-9, x.shape)
    assert not picture_to_image(picture.clip(0, 1)).any()


def test_a_blob_is_a_dot():
    dot = strokes_to_image([[(0.0, 0.0)]])
    pixel = np.zeros((28, 28), np.uint8)
    pixel[5, 5] = 255
    np.testing.assert_array_equal(picture_to_image(pixel), dot)
    np.testing.assert_array_equal(picture_to_image(paint([[(140.0, 120.0)]], (280, 280), 60)), dot)


@pytest.mark.parametrize("brush", [4, 8, 16, 26, 40])
def test_any_brush_comes_out_as_wide_as_the_pen_of_mnist(brush):
    for strokes in (SEVEN, transform(circle(), 1.0, (140, 140))):
        image = picture_to_image(paint(strokes, (280, 280), brush))
        assert rasterize.THIN_PEN <= rasterize.pen_width(image) <= rasterize.THICK_PEN
        # Whole pixels move what is not drawn anew by half a pixel at most, and fat ink is shorter at its ends.
        assert np.abs(image - strokes_to_image(strokes)).mean() < (0.02 if brush < 10 else 0.12)


def test_depth_is_the_distance_to_where_a_mask_is_clear(rng):
    mask = np.pad(rng.random((9, 7)) < 0.9, 1)
    clear = np.argwhere(~mask)
    expected = [[np.hypot(*(clear - (y, x)).T).min() for x in range(9)] for y in range(11)]
    np.testing.assert_allclose(rasterize._depth(mask), expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
def test_every_depth_gives_the_same_image(dtype):
    image = picture_to_image(strokes_to_image(SEVEN))
    scale = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    result = picture_to_image((image * np.float64(scale)).astype(dtype))
    np.testing.assert_allclose(result, picture_to_image(image), atol=0.01)
    assert result.dtype == np.float32


def test_black_and_white_pictures_may_be_boolean():
    picture = enlarged(strokes_to_image(SEVEN), 100) > 0.5
    np.testing.assert_array_equal(picture_to_image(picture), picture_to_image(picture.astype(np.uint8) * 255))


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28, 3), np.uint8),
        np.zeros(28, np.uint8),
        np.zeros((0, 28), np.uint8),
        np.zeros((28, 28), np.int64),
        np.zeros((28, 28), complex),
        np.full((28, 28), 255.0),
        np.full((28, 28), -0.1),
        np.full((28, 28), np.nan),
        [["a"]],
    ],
)
def test_what_is_no_gray_picture_is_refused(picture):
    with pytest.raises(ValueError, match="picture: expected"):
        picture_to_image(picture)


def test_a_picture_is_left_as_it_is():
    picture = (strokes_to_image(SEVEN) * 255).astype(np.uint8)
    before = picture.copy()
    picture_to_image(picture)
    np.testing.assert_array_equal(picture, before)

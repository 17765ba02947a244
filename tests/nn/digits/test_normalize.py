import numpy as np
import pytest

from nn.digits import normalize
from nn.digits.normalize import ink_to_image, picture_to_image
from nn.digits.painting import paint
from nn.digits.rasterize import strokes_to_image
from nn.digits.strokes import transform
from tests.nn.digits.drawings import SEVEN, box, circle, mass


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
def test_pictures_of_any_size_give_similar_images(side):
    for image in mnist_like():
        result = picture_to_image(enlarged(image, side, pad=6).astype(np.float32))
        assert (result.shape, result.dtype) == ((28, 28), np.float32)
        # Moved by a pixel, most would differ by 40 to 60 percent of their ink.
        assert np.abs(result - image).mean() < (0.5 if side == 100 else 0.3) * image.mean()
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
        assert np.abs(result - image).mean() < 0.35 * image.mean()
        assert np.corrcoef(result.ravel(), image.ravel())[0, 1] > 0.93


def test_ink_that_leaves_little_background_is_still_ink():
    for image in list(mnist_like())[:-1]:
        left, right, top, bottom = box(image)
        tight = image[top : bottom + 1, left : right + 1]
        np.testing.assert_allclose(picture_to_image(tight), picture_to_image(image), atol=0.05)


def test_thin_ink_is_normalized_to_full_strength():
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


def test_a_blob_is_a_dot():
    dot = strokes_to_image([[(0.0, 0.0)]])
    pixel = np.zeros((28, 28), np.uint8)
    pixel[5, 5] = 255
    np.testing.assert_array_equal(picture_to_image(pixel), dot)
    np.testing.assert_array_equal(picture_to_image(paint([[(140.0, 120.0)]], (280, 280), 60)), dot)


def test_a_filled_shape_is_a_dot_and_a_thick_line_is_not():
    rectangle = np.zeros((90, 90), np.uint8)
    rectangle[10:70, 20:56] = 255
    np.testing.assert_array_equal(picture_to_image(rectangle), strokes_to_image([[(0.0, 0.0)]]))
    rectangle[:, 45:] = 0
    assert box(picture_to_image(rectangle), 0.5)[1] - box(picture_to_image(rectangle), 0.5)[0] < 6


@pytest.mark.parametrize("brush", [4, 8, 16, 26, 40])
def test_any_brush_is_normalized_to_the_pen_width_of_mnist(brush):
    for strokes in (SEVEN, transform(circle(), 1.0, (140, 140))):
        image = picture_to_image(paint(strokes, (280, 280), brush))
        assert normalize.THIN_PEN <= normalize.pen_width(image) <= normalize.THICK_PEN
        # Whole pixels move what is not drawn anew by half a pixel at most, and fat ink is shorter at its ends.
        assert np.abs(image - strokes_to_image(strokes)).mean() < (0.02 if brush < 10 else 0.12)


def test_the_distance_transform_is_the_distance_to_the_nearest_clear_pixel(rng):
    mask = np.pad(rng.random((9, 7)) < 0.9, 1)
    clear = np.argwhere(~mask)
    expected = [[np.hypot(*(clear - (y, x)).T).min() for x in range(9)] for y in range(11)]
    np.testing.assert_allclose(normalize._distance_transform(mask), expected, rtol=1e-6)


def test_thin_lines_between_two_pixels_stay_whole():
    ink = np.zeros((32, 32), np.float32)
    ink[4:28, 10] = 1
    ink[10:20, 10:12] = 0.4  # between two columns
    image = ink_to_image(ink)
    assert (image.max(axis=1)[5:23] > 0.5).all()

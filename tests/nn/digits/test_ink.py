import numpy as np
import pytest

from nn.digits.ink import as_bytes, made_even, picture_to_ink, smooth_ink
from nn.digits.painting import paint

PICTURE = paint([[(61.0, 70.5), (190.0, 66.0), (120.0, 230.0)]], (280, 280), 9)


def test_a_large_picture_is_reduced_first():
    shapes = [picture_to_ink(np.zeros(shape, np.uint8)).shape for shape in ((320, 200), (321, 200), (1000, 3000))]
    assert shapes == [(320, 200), (161, 100), (100, 300)]


@pytest.mark.parametrize("level", [0, 19, 100, 255])
@pytest.mark.parametrize("shape", [(28, 28), (2, 2), (1, 1), (1, 50), (300, 2), (400, 400)])
def test_a_uniform_picture_is_blank(level, shape):
    ink = picture_to_ink(np.full(shape, level, np.uint8))
    assert (ink.dtype, ink.any()) == (np.float32, False)
    assert not smooth_ink(np.full(shape, level / 255, np.float32), likely=False).any()  # it has no other shade


@pytest.mark.parametrize("noise", [0.0, 0.005, 0.02, 0.05, 0.1])
def test_paper_in_uneven_light_is_blank(noise):
    x, y = np.meshgrid(*[np.linspace(0, 1, 200)] * 2)
    picture = 0.9 - 0.45 * x - 0.2 * y**2 + np.random.default_rng(0).normal(0, noise + 1e-9, x.shape)
    assert not picture_to_ink(picture.clip(0, 1)).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
def test_every_depth_gives_the_same_ink(dtype):
    scale = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    ink = picture_to_ink((PICTURE / 255 * scale).astype(dtype))
    np.testing.assert_allclose(ink, picture_to_ink(PICTURE), atol=0.01)
    assert ink.dtype == np.float32
    assert ink.max() == 1


def test_black_and_white_pictures_may_be_boolean():
    np.testing.assert_array_equal(picture_to_ink(PICTURE > 127), picture_to_ink((PICTURE > 127) * np.uint8(255)))


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
def test_an_invalid_picture_is_an_error(picture):
    with pytest.raises(ValueError, match="picture: expected"):
        picture_to_ink(picture)


def test_a_picture_is_not_changed():
    before = PICTURE.copy()
    picture_to_ink(PICTURE)
    np.testing.assert_array_equal(PICTURE, before)


def test_means_halfway_between_two_bytes_are_rounded_down():
    """Whichever side of the half the last bit of a float is on."""
    halves = ((np.arange(255) + 0.5) / 255).astype(np.float32)
    for picture in (halves, np.nextafter(halves, np.float32(0)), np.nextafter(halves, np.float32(1))):
        np.testing.assert_array_equal(as_bytes(picture), np.arange(255))
    np.testing.assert_array_equal(as_bytes((np.arange(256) / 255).astype(np.float32)), np.arange(256))


def test_pale_ink_becomes_even_with_what_is_near():
    ink = np.zeros((12, 20), np.float32)
    ink[3, 4:7], ink[3, 5], ink[9, 17] = 0.3, 0.6, 0.2
    even = made_even(ink, 1, 0.35)
    np.testing.assert_allclose(even[3, 4:7], [0.5, 1, 0.5])
    assert even[9, 17] == np.float32(0.2) / np.float32(0.35)
    assert np.array_equal(even > 0, ink > 0)
    assert not made_even(np.zeros_like(ink), 1, 0.35).any()

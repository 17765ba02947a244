"""The corruptions of MNIST-C: each does what its definition says, on small cases that can be worked out."""

import numpy as np
import pytest

from nn.data import corruptions
from nn.data.corruptions import CORRUPTIONS, SIDE, affine, blurs, corrupt, corrupt_some, edges, lines, noise, weather
from nn.data.corruptions.images import gaussian_blur

STEPS = [(name, severity) for name, entry in CORRUPTIONS.items() for severity in range(1, len(entry.strengths) + 1)]


@pytest.fixture
def images(rng):
    """Six images with a bright cross, a little off the centre."""
    images = rng.integers(0, 30, (6, SIDE, SIDE)).astype(np.float32) / 255
    images[:, 6:22, 12:15] = images[:, 10:13, 6:20] = 0.9
    return images


@pytest.fixture
def dot():
    """One bright pixel at row 10, column 12."""
    image = np.zeros((1, SIDE, SIDE), np.float32)
    image[0, 10, 12] = 1
    return image


class Signs:
    """Instead of a generator: always the same sign."""

    def __init__(self, sign):
        self.sign = sign

    def choice(self, values, count):
        return np.full(count, self.sign)


def test_there_are_fifteen_with_the_severities_of_mnist_c():
    severities = {name: entry.severity for name, entry in CORRUPTIONS.items()}
    assert list(severities.values()) == [5, 4, 1, 1, 2, 3, 2, 5, 3, 1, 5, 4, 1, 1, 1]
    assert set(CORRUPTIONS) - {name for name, severity in STEPS if severity == 4} == {
        *("stripe", "dotted line", "zigzag", "canny edges")
    }


@pytest.mark.parametrize(("name", "severity"), STEPS)
def test_the_seed_decides_and_the_chunks_do_not_matter_to_the_dtype(name, severity, images):
    original = images.copy()
    found = corrupt(images, name, np.random.default_rng(1), severity=severity)
    assert (found.shape, found.dtype) == (images.shape, np.float32)
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_array_equal(images, original)
    assert (found != images).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(corrupt(images, name, np.random.default_rng(1), severity=severity), found)
    as_bytes = np.rint(255 * images).astype(np.uint8)
    assert corrupt(as_bytes, name, np.random.default_rng(1), severity=severity).dtype == np.uint8


@pytest.mark.parametrize("name", sorted(set(CORRUPTIONS) - {"scale", "brightness", "stripe", "canny edges"}))
def test_each_image_has_its_own_draws(name):
    images = np.tile(np.linspace(0, 1, SIDE, dtype=np.float32), (8, SIDE, 1))
    found = corrupt(images, name, np.random.default_rng(0))
    assert (found[1:] != found[0]).any()


def test_bytes_are_those_of_floats(images, monkeypatch):
    as_bytes = np.rint(255 * images).astype(np.uint8)
    found = corrupt(as_bytes, "scale", np.random.default_rng(0))
    expected = corrupt(as_bytes / np.float32(255), "scale", np.random.default_rng(0))
    np.testing.assert_allclose(found / 255, expected, atol=0.51 / 255)
    monkeypatch.setattr(corruptions, "CHUNK", 4)
    np.testing.assert_array_equal(corrupt(as_bytes, "scale", np.random.default_rng(0)), found)


def test_shot_noise_has_the_variance_of_photons(rng):
    found = noise.shot_noise(np.full((20, SIDE, SIDE), 0.5, np.float32), 12, rng)
    assert found.mean() == pytest.approx(0.5, abs=0.01)
    assert found.var() == pytest.approx(0.5 / 12, rel=0.1)


def test_impulse_noise_breaks_a_fraction_of_the_pixels(rng):
    found = noise.impulse_noise(np.full((20, SIDE, SIDE), 0.5, np.float32), 0.2, rng)
    assert np.mean(found == 1) == pytest.approx(0.1, abs=0.01)
    assert np.mean(found == 0) == pytest.approx(0.1, abs=0.01)
    assert set(np.unique(found)) == {0.0, 0.5, 1.0}


def test_gaussian_blur_is_the_gaussian(dot):
    found = gaussian_blur(dot, 1.0)[0]
    assert found.sum() == pytest.approx(1)
    assert found[10, 12] / found[10, 13] == pytest.approx(np.exp(0.5), rel=1e-4)
    np.testing.assert_allclose(gaussian_blur(np.ones_like(dot), 3.0), 1, rtol=1e-5)
    assert gaussian_blur(np.ones_like(dot), 3.0, "constant")[0, 0, 0] < 0.5


def test_glass_blur_moves_ink_by_one_pixel_in_each_pass(dot, rng):
    found = blurs.glass_blur(np.repeat(dot, 50, axis=0), (0.4, 1, 1), rng)
    places = np.array([np.unravel_index(image.argmax(), image.shape) for image in found])
    assert len(np.unique(places, axis=0)) > 3
    assert np.abs(np.median(places, axis=0) - (10, 12)).max() <= 1


def test_motion_blur_has_its_brightest_end_at_the_ink(dot, rng):
    found = blurs.motion_blur(np.repeat(dot, 20, axis=0), (10, 3), rng)
    np.testing.assert_allclose(found.sum(axis=(1, 2)), 1, rtol=1e-3)  # a tail leaves the image
    assert (found.reshape(20, -1).argmax(axis=1) == 10 * SIDE + 12).all()
    assert found[:, :, 13:].max() == 0  # to one side alone


def test_affine_maps_keep_the_centre_and_move_as_defined(dot):
    centre = np.zeros((1, SIDE, SIDE), np.float32)
    centre[0, 13:15, 13:15] = 1
    for apply, strength in ((affine.shear, 0.4), (affine.scale, 0.7), (affine.rotate, 0.4)):
        found = apply(centre, strength, Signs(1))[0]
        places = np.arange(SIDE)
        assert found.sum(axis=0) @ places / found.sum() == pytest.approx(13.5, abs=1e-4)
        assert found.sum(axis=1) @ places / found.sum() == pytest.approx(13.5, abs=1e-4)
    np.testing.assert_allclose(affine.translate(dot, 3, Signs(1)), np.roll(dot, (-3, -3), axis=(1, 2)))
    np.testing.assert_allclose(affine.rotate(dot, np.pi / 2, Signs(1)), np.rot90(dot, 1, axes=(1, 2)), atol=1e-6)
    np.testing.assert_allclose(affine.rotate(dot, np.pi / 2, Signs(-1)), np.rot90(dot, -1, axes=(1, 2)), atol=1e-6)
    assert affine.scale(np.ones_like(dot), 0.5, Signs(1)).sum() == pytest.approx(14 * 14, rel=0.1)


def test_shear_leaves_rows_in_their_place_but_for_the_height(dot):
    left, right = (affine.shear(dot, 0.4, Signs(sign))[0] for sign in (1, -1))
    for found in (left, right):
        assert found.sum(axis=1).argmax() == round(13.5 - 3.5 / np.cos(0.4))
    assert left.sum(axis=0).argmax() != right.sum(axis=0).argmax()


def test_brightness_is_added(dot):
    assert np.unique(weather.brightness(dot, 0.5, None)).tolist() == [0.5, 1.5]


def test_fog_hides_contrast_and_is_smooth(images, rng):
    found = weather.fog(images, (3, 1.4), rng)
    assert (found.max(axis=(1, 2)) <= images.max(axis=(1, 2)) + 1e-6).all()
    clouds = weather._clouds(3, 1.4, rng)
    assert clouds.min() == 0
    assert clouds.max() == 1
    assert np.abs(np.diff(clouds)).mean() < 0.1 * clouds.std()


def test_spatter_covers_with_one_gray(rng):
    found = weather.spatter(np.ones((20, SIDE, SIDE), np.float32), (1, 0.3, 0.65, 1.5), rng)
    assert found.min() == pytest.approx(63 / 255, abs=1e-3)
    assert 0.05 < np.mean(found < 1) < 0.5


def test_stripes_are_the_outer_quarters(dot):
    found = lines.stripe(dot, None, None)
    assert found[0, 0, [0, 6, 7, 20, 21, 27]].tolist() == [1, 1, 0, 0, 1, 1]
    assert found[0, 10, 12] == 1


def test_a_dotted_line_has_dots_of_two_pixels(dot, rng):
    found = lines.dotted_line(np.zeros((9, SIDE, SIDE), np.float32), None, rng).max(axis=1)
    inked = np.arange(SIDE) // 2 % 2 == 1
    assert (found[:, inked][:, :-1] > 0.4).all()
    assert (found[:, ~inked] == 0).all()


def test_a_zigzag_crosses_from_the_third_column(rng):
    found = lines.zigzag(np.zeros((30, SIDE, SIDE), np.float32), None, rng)
    assert (found[:, :, :1] == 0).all()
    middle = found[:, :, 6:20].max(axis=1)
    assert (middle > 0.3).mean() > 0.8
    inside = [image for image in found if image[[0, -1]].max() == 0]
    for image in inside:
        rows = image[:, 4:22].argmax(axis=0)
        assert 2 <= np.ptp(rows) <= 12
        assert {-1, 1} <= set(np.sign(np.diff(rows)))  # up and down


def test_canny_edges_are_the_outline():
    image = np.zeros((1, SIDE, SIDE), np.float32)
    image[0, 8:20, 8:20] = 1
    found = edges.canny_edges(image, None, None)[0]
    assert set(np.unique(found)) == {0.0, 1.0}
    assert found[:, 14].nonzero()[0].tolist() in ([7, 20], [8, 19], [7, 19], [8, 20], [7, 8, 19, 20])
    assert found[11:17, 11:17].sum() == found[:4].sum() == 0


def test_some_images_get_one_corruption_and_the_others_stay(images):
    clean, seen = np.tile(images, (5, 1, 1)), set()
    for seed in range(30):
        found = clean.copy()
        corrupt_some(found, 0.25, np.random.default_rng(seed))
        changed = (found != clean).any(axis=(1, 2))
        assert changed.sum() <= 8
        seen.add(changed.tobytes())
        again = clean.copy()
        corrupt_some(again, 0.25, np.random.default_rng(seed))
        np.testing.assert_array_equal(again, found)
    assert len(seen) > 20


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"corruption": "snow"}, "corrupt: corruption: expected .*'snow'"),
        (
            {"images": np.zeros((2, 12, 12), np.uint8)},
            r"floats \(N, 28, 28\), got uint8 \(2, 12, 12\)",
        ),
        ({"images": np.zeros((2, 28, 28), np.uint16)}, "got uint16"),
        ({"severity": 6}, "corrupt: severity"),
        ({"severity": 0}, "corrupt: severity"),
        ({"corruption": "stripe", "severity": 2}, "corrupt: severity"),
        ({"rng": 3}, "corrupt: rng"),
    ],
)
def test_invalid_arguments_are_one_line(changes, message):
    values = {"images": np.zeros((1, 28, 28), np.uint8), "corruption": "scale", "rng": np.random.default_rng(0)}
    values |= {"severity": None} | changes
    with pytest.raises(ValueError, match=message):
        corrupt(values.pop("images"), values.pop("corruption"), values.pop("rng"), **values)

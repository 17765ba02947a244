"""Effects on pictures: what each of them changes, and what it keeps."""

import numpy as np
import pytest

from nn.digits.synthesis.picture_effects import EFFECTS, perturb

DARK_ON_LIGHT = np.full((80, 60), 230, np.uint8)
DARK_ON_LIGHT[20:60, 28:34] = 20
LIGHT_ON_DARK = 255 - DARK_ON_LIGHT

KEPT_SIZE = sorted(EFFECTS.keys() - {"scale", "pen"})


def changed(name, value, picture=DARK_ON_LIGHT, seed=0):
    return perturb(picture, name, value, np.random.default_rng(seed))


@pytest.mark.parametrize("picture", [DARK_ON_LIGHT, LIGHT_ON_DARK])
@pytest.mark.parametrize("name", EFFECTS)
def test_each_effect_repeats_and_grows_with_its_strength(name, picture):
    values = EFFECTS[name].values
    first, last = (changed(name, value, picture) for value in (values[0], values[-1]))
    assert first.dtype == np.uint8
    assert np.array_equal(first, changed(name, values[0], picture))
    if name in KEPT_SIZE:
        assert first.shape == last.shape == picture.shape
        weak, strong = (np.abs(each.astype(int) - picture).sum() for each in (first, last))
        assert weak > 0
        assert weak <= strong or name in ("invert", "rotate")


@pytest.mark.parametrize("picture", [DARK_ON_LIGHT, LIGHT_ON_DARK])
@pytest.mark.parametrize("name", ["strip", "frame", "corner", "specks", "rules", "squares"])
def test_foreign_ink_is_on_the_side_of_the_ink(name, picture):
    ink, paper = int(picture[40, 30]), int(picture[0, 0])
    difference = changed(name, EFFECTS[name].values[-1], picture).astype(int) - picture
    assert (difference * np.sign(ink - paper) >= 0).all()


def test_strips_and_frames_have_their_width():
    strip = changed("strip", 10) == 20
    assert strip.sum() - 240 in (6 * 80, 6 * 60)
    frame = changed("frame", 1)
    assert ((frame == 20).sum(axis=0)[5:25] == 2).all()


def test_shadows_have_a_sharp_edge_and_cover_about_half():
    shadow = changed("shadow", 50)
    dark = shadow == 115
    assert set(np.unique(shadow)) == {10, 20, 115, 230}
    assert 0.3 < dark.mean() < 0.7


def test_light_falls_off_by_its_percentage():
    blank = np.full((81, 61), 200, np.uint8)
    vignette, gradient = changed("vignette", 50, blank), changed("gradient", 50, blank)
    assert (vignette[0, 0], vignette[0, 30], vignette[40, 30]) == (100, 150, 200)
    assert (gradient.min(), gradient.max()) == (100, 200)
    assert changed("glare", 90, blank).max() > 230


def test_pale_and_inverted_ink_keep_a_percentage_of_the_range():
    assert set(np.unique(changed("fade", 50))) == {125, 230}
    assert set(np.unique(changed("invert", 50))) == {140, 245}
    grain = changed("grain", 50)
    assert (grain[DARK_ON_LIGHT == 230] == 230).all()
    assert 20 <= grain.min() < 40 < 100 < grain[DARK_ON_LIGHT == 20].max() <= 125


def test_rotation_is_clockwise_and_keeps_the_paper():
    turned = changed("rotate", 20) < 100
    top, bottom = (np.flatnonzero(turned[rows].any(axis=0)).mean() for rows in (slice(0, 35), slice(45, 80)))
    assert top > bottom
    assert np.ptp(changed("rotate", 20)[0]) == 0


def test_sizes_and_pens():
    assert changed("scale", 200).shape == (200, 150)
    assert changed("scale", 20).shape == (20, 15)
    areas = [(changed("pen", width) < 128).sum() for width in (1, 4, 20)]
    assert areas == sorted(areas)
    assert changed("pen", 4, LIGHT_ON_DARK)[0, 0] == 0


def test_a_pen_draws_the_digit_again_without_what_is_foreign():
    strip = DARK_ON_LIGHT.copy()
    strip[:, 58:] = 20
    np.testing.assert_array_equal(changed("pen", 1, strip), changed("pen", 1))


def test_blank_pictures_are_no_error():
    for name, effect in EFFECTS.items():
        for level in (0, 255):
            assert changed(name, effect.values[0], np.full((30, 20), level, np.uint8)).size


def test_all_kinds_of_numbers():
    for picture in (DARK_ON_LIGHT.astype(np.uint16) * 257, DARK_ON_LIGHT / 255):
        assert np.abs(changed("blur", 2, picture).astype(int) - changed("blur", 2)).max() <= 1


def test_bad_arguments():
    with pytest.raises(ValueError, match="effect: expected"):
        changed("fog", 1)
    for picture in (np.zeros((3, 4, 3)), np.full((4, 4), 2.0), np.full((4, 4), np.nan)):
        with pytest.raises(ValueError, match=r"picture: expected \(H, W\), numbers from 0 to 1, got"):
            changed("blur", 1, picture)

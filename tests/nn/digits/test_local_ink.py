import numpy as np
import pytest

from nn.digits.components import Components
from nn.digits.local_ink import is_bright, local_ink
from nn.digits.painting import paint
from nn.digits.strokes import transform
from tests.nn.digits.drawings import SEVEN

SEVEN_INK = paint(SEVEN, (280, 280), 10) / np.float32(255)


def overlap(ink, expected):
    found, wanted = ink > 0.5, expected > 0.5
    return (found & wanted).sum() / (found | wanted).sum()


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize("slope", [0, 0.7])
def test_a_sharp_shadow_is_background(bright, slope):
    rows, columns = np.mgrid[:280, :280]
    light = np.where(columns + slope * rows < 150 + 140 * slope, 0.9, 0.45).astype(np.float32)
    picture = light * (1 - 0.8 * SEVEN_INK)
    ink = local_ink(1 - picture if bright else picture, bright)
    assert overlap(ink, SEVEN_INK) > 0.95


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize("side", [28, 30, 32, 34, 90, 91])
def test_the_edge_of_a_shadow_is_no_ink_at_any_size(bright, side):
    rows, columns = np.mgrid[:side, :side]
    for slope in (0, 0.3, -0.8):
        picture = np.where(columns + slope * rows < side * (0.5 + slope / 2), 0.9, 0.4).astype(np.float32)
        assert not local_ink(picture, bright).any()


def test_strokes_of_small_pictures_stay_whole_across_a_shadow():
    rows, columns = np.mgrid[:32, :32]
    stroke = paint([[(8.5, 4), (23.5, 28)]], (32, 32), 2) / np.float32(255)
    for slope in (0.5, 1, 2):
        light = np.where(columns + slope * rows < 16 + 16 * slope, 1, 0.3).astype(np.float32)
        ink = local_ink(light * (1 - 0.6 * stroke), bright=False)
        assert len(Components.of(ink >= 0.5)) == 1


def test_the_polarity_is_that_of_the_ink_and_not_of_the_shadow():
    rows, columns = np.mgrid[:96, :96]
    stroke = paint(transform(SEVEN, 0.33), (96, 96), 3) / np.float32(255)
    for slope in (-1, -0.3, 0.3, 1):
        light = np.where(columns + slope * rows < 48 + 48 * slope, 1, 0.2).astype(np.float32)
        assert not is_bright(light * (1 - 0.6 * stroke))


@pytest.mark.parametrize("bright", [False, True])
def test_a_frame_is_background_and_does_not_change_the_polarity(bright):
    for thickness in (1, 3, 8):
        picture = np.pad(SEVEN_INK[thickness:-thickness, thickness:-thickness], thickness, constant_values=1)
        shown = picture if bright else 1 - picture
        assert is_bright(shown) == bright
        ink = local_ink(shown, bright)
        assert overlap(ink, SEVEN_INK) > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (28, 28)])
@pytest.mark.parametrize("level", [0, 0.3, 1])
def test_a_uniform_picture_has_no_ink(shape, level):
    picture = np.full(shape, level, np.float32)
    assert not local_ink(picture, is_bright(picture)).any()

import numpy as np
import pytest

from nn.digits.local_ink import local_ink
from nn.digits.painting import paint
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
    ink = local_ink(1 - picture if bright else picture)
    # A line as thin as a pixel may be left along the edge of the shadow, and corners at the edge of the picture.
    assert overlap(ink[40:250, 40:250], SEVEN_INK[40:250, 40:250]) > 0.75


@pytest.mark.parametrize("bright", [False, True])
def test_a_frame_does_not_change_the_polarity(bright):
    for thickness in (1, 3, 8):
        picture = np.pad(SEVEN_INK[thickness:-thickness, thickness:-thickness], thickness, constant_values=1)
        ink = local_ink(picture if bright else 1 - picture)
        assert overlap(ink, picture) > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (28, 28)])
@pytest.mark.parametrize("level", [0, 0.3, 1])
def test_a_uniform_picture_has_no_ink(shape, level):
    assert not local_ink(np.full(shape, level, np.float32)).any()

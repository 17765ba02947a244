import numpy as np
import pytest

from nn.digits.components import Components
from nn.digits.painting import paint
from nn.digits.skew import find_slope, level
from nn.digits.strokes import transform
from tests.nn.digits.shapes import BAR, CROSS, RING, beside


def page(slope):
    """Two lines of shapes, 40 pixels high, that fall with this slope."""
    lines = [
        *transform(beside(RING, CROSS, BAR, RING, RING), 0.4, (30, 90)),
        *transform(beside(CROSS, BAR, BAR, RING), 0.4, (30, 170)),
    ]
    return paint([stroke + np.stack([0 * stroke[:, 0], slope * stroke[:, 0]], 1) for stroke in lines], (340, 320), 5)


@pytest.mark.parametrize("slope", [-0.25, -0.1, 0.0, 0.08, 0.2])
def test_the_slope_of_the_lines_is_found(slope):
    assert find_slope(Components.of(page(slope) > 100), 40) == pytest.approx(slope, abs=0.03)


def test_few_digits_show_no_slope():
    mask = np.zeros((100, 200), bool)
    mask[10:50, 20:40] = mask[30:70, 100:120] = True
    assert find_slope(Components.of(mask), 40) == 0
    assert find_slope(Components.of(np.zeros((5, 5), bool)), 0.0) == 0


@pytest.mark.parametrize("slope", [0.0, -0.2, 0.2])
def test_boxes_are_placed_in_the_picture(slope):
    ink = np.zeros((200, 300), np.float32)
    ink[120:140, 240:260] = 1
    levelled, placement = level(ink, slope, 2.0)
    rows, columns = np.nonzero(levelled > 0.5)
    box = placement.to_picture((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    assert ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) == pytest.approx((500, 260), abs=2)

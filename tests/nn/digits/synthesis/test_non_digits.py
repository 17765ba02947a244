import numpy as np
import pytest

from nn.digits.rasterize import strokes_to_image
from nn.digits.strokes import bounds
from nn.digits.synthesis.non_digits import KINDS, several_digits


def test_the_shares_of_the_kinds_are_percents():
    assert sum(share for share, _ in KINDS.values()) == pytest.approx(100)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leaves_ink(kind, rng):
    for strokes in KINDS[kind][1](5, rng):
        assert all(stroke.dtype == np.float64 and np.isfinite(stroke).all() for stroke in strokes)
        low, high = bounds(strokes)
        assert (high - low).max() < 5
        assert strokes_to_image(strokes).max() == 1


def test_several_digits_are_wider_than_one(rng):
    """Two to three beside each other or partly across."""
    widths = [np.ptp(np.concatenate(strokes)[:, 0]) for strokes in several_digits(60, rng)]
    assert np.median(widths) > 1.0
    assert min(widths) > 0.4

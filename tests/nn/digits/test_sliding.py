"""Extremes in a sliding window."""

import numpy as np
import pytest

from nn.digits.sliding import sliding


@pytest.mark.parametrize("window", [1, 2, 3, 5, 8, 15])
@pytest.mark.parametrize("extreme", [np.maximum, np.minimum])
def test_each_pixel_gets_the_extreme_of_the_window_around_it(extreme, window, rng):
    picture = rng.random((12, 19)).astype(np.float32)
    before = (window - 1) // 2
    padded = np.pad(picture, (before, window - 1 - before), mode="edge")
    expected = extreme.reduce(np.lib.stride_tricks.sliding_window_view(padded, (window, window)), axis=(2, 3))
    found = sliding(extreme, picture, window)
    assert found.dtype == np.float32
    assert np.array_equal(found, expected)


def test_masks_are_dilated():
    mask = np.zeros((9, 7), bool)
    mask[4, 3] = True
    assert np.argwhere(sliding(np.logical_or, mask, 3)).tolist() == [[y, x] for y in (3, 4, 5) for x in (2, 3, 4)]

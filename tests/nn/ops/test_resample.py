"""Resampled pictures: as Pillow, whose method is the same, resamples them."""

import numpy as np
import pytest
from PIL import Image

from nn.ops.resample import blocks, cubic


@pytest.mark.parametrize("shape", [(20, 14), (90, 130), (53, 1), (40, 30)])
def test_cubic_interpolation_is_that_of_pillow(shape, rng):
    picture, out = rng.random((53, 40)).astype(np.float32), np.empty(shape, np.float32)
    cubic(picture, out)
    expected = Image.fromarray(picture).resize(shape[::-1], Image.Resampling.BICUBIC)
    np.testing.assert_allclose(out, np.asarray(expected), atol=2e-7)


@pytest.mark.parametrize("side", [2, 7, 60])
def test_blocks_are_those_of_pillow(side, rng):
    picture = rng.random((53, 40)).astype(np.float32)
    expected = np.asarray(Image.fromarray(picture).reduce(side))
    out = np.empty(expected.shape, np.float32)
    blocks(picture, side, out)
    np.testing.assert_allclose(out, expected, atol=2e-7)

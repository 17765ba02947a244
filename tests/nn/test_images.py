"""Images as models take them; more wrong ones are in ``test_wrong_uses.py``."""

import numpy as np
import pytest

from nn.images import as_batch, to_unit

SHAPE = (5, 4, 1)


def test_the_channel_axis_may_be_left_out(rng):
    images = rng.random((2, 5, 4))
    np.testing.assert_array_equal(as_batch(images, SHAPE), images[..., None])
    assert as_batch(images, (5, 4)) is images


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 4, 5, 1), np.uint8), r"expected images \(N, 5, 4, 1\), got \(2, 4, 5, 1\): use images.reshape"),
        (np.zeros((2, 5, 4), np.int64), "expected images of uint8 or floats .*, got int64: for bytes"),
        (np.full((2, 5, 4), 255.0), r"expected floats in \[0, 1\], got 0 to 255: scale them first"),
    ],
)
def test_images_that_do_not_fit_are_errors(images, message):
    with pytest.raises(ValueError, match=message):
        as_batch(images, SHAPE)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bytes_become_the_unit_interval_and_floats_stay(dtype, rng):
    found = to_unit(np.array([[0, 255]], np.uint8), dtype)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [[0, 1]], rtol=1e-7)
    floats = rng.random((3, 2)).astype(dtype)
    assert to_unit(floats, dtype) is floats

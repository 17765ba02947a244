"""Winograd's matrices, and which convolutions use them; test_rungs.py compares the results with the references."""

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("needs_numba")


def test_the_matrices_compute_a_convolution(rng):
    from nn.ops.fast.winograd_transforms import A_T, B_T, G

    a_t, b_t, g = (np.array(matrix, float) for matrix in (A_T, B_T, G))
    x, kernel = rng.standard_normal((6, 6)), rng.standard_normal((3, 3))
    found = a_t @ ((g @ kernel @ g.T) * (b_t @ x @ b_t.T)) @ a_t.T
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3))
    np.testing.assert_allclose(found, np.einsum("ijuv,uv->ij", windows, kernel), rtol=1e-12, atol=1e-12)


def test_a_number_times_the_ones_is_added_to_all_outputs():
    from nn.ops.fast.winograd_transforms import A_T, ONES

    a_t = np.array(A_T, float)
    np.testing.assert_allclose(a_t @ ONES.reshape(6, 6) @ a_t.T, np.ones((4, 4)), rtol=1e-13)


@pytest.mark.parametrize(
    ("n", "size", "channels", "filters", "window", "stride", "expected"),
    [
        (32, 12, 64, 64, 3, (1, 1), True),
        (32, 12, 64, 64, 5, (1, 1), False),
        (32, 12, 64, 64, 3, (2, 2), False),
        (32, 12, 1, 64, 3, (1, 1), False),
        (32, 12, 64, 65, 3, (1, 1), False),
        (32, 5, 16, 16, 3, (1, 1), False),
        (1, 12, 64, 64, 3, (1, 1), False),
    ],
)
def test_convolutions_of_many_channels_and_pixels_use_it(n, size, channels, filters, window, stride, expected):
    from nn.ops.fast import winograd

    x, kernel = np.empty((n, size, size, channels), np.float32), np.empty((window, window, channels, filters))
    out_size = (size - window) // stride[0] + 1
    out = np.empty((n, out_size, out_size, filters), np.float32)
    assert winograd.is_faster(x, kernel, stride, out) is expected
    assert not winograd.is_faster(np.empty(x.shape), kernel, stride, out)


def test_the_error_is_about_twice_that_of_a_plain_sum(rng):
    from nn.ops import conv2d

    x = rng.standard_normal((8, 14, 14, 64)).astype(np.float32)
    kernel = (rng.standard_normal((3, 3, 64, 64)) / 24).astype(np.float32)
    bias, found, exact = np.zeros(64, np.float32), np.empty((8, 12, 12, 64), np.float32), np.empty((8, 12, 12, 64))
    conv2d.forward(x, kernel, bias, (1, 1), found, False)
    conv2d.forward.rungs["numpy"](*(array.astype(float) for array in (x, kernel, bias)), (1, 1), exact, False)
    assert np.sqrt(np.square(found - exact).mean()) < 1e-6  # a plain sum: 4e-7

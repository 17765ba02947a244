"""The gradients as docs/ops derives them, written down literally, and those of the operations."""

import itertools

import numpy as np
import pytest

from nn.ops import backend, batch_norm, conv2d


@pytest.fixture(autouse=True)
def _reference():
    with backend.use("numpy"):  # test_rungs.py compares the others with it
        yield


def at(array, *indices):
    """An element, or 0 where an index is no whole number inside."""
    whole = tuple(map(int, indices))
    inside = all(0 <= place < size for place, size in zip(whole, array.shape, strict=True))
    return array[whole] if whole == indices and inside else 0.0


@pytest.mark.parametrize(
    ("width", "size", "stride", "padding"), [(7, 3, 2, 1), (8, 3, 2, 1), (9, 4, 3, 2), (6, 3, 1, 0)]
)
def test_convolution_in_one_dimension(width, size, stride, padding, rng):
    x, k = rng.standard_normal(width), rng.standard_normal(size)
    outputs = (width + 2 * padding - size) // stride + 1
    dy = rng.standard_normal(outputs)
    dk = [sum(dy[i] * at(x, i * stride + u - padding) for i in range(outputs)) for u in range(size)]
    dx = [sum(at(dy, (h + padding - u) / stride) * k[u] for u in range(size)) for h in range(width)]
    places = range(-width - size, width + size)
    dilated = {m: at(dy, m / stride) for m in places}
    flipped = [sum(dilated[h + u - (size - 1 - padding)] * k[size - 1 - u] for u in range(size)) for h in range(width)]
    np.testing.assert_allclose(flipped, dx, atol=1e-12)

    image, slope = x.reshape(1, 1, width, 1), dy.reshape(1, 1, outputs, 1)
    padded = conv2d.pad(image, (1, size), (1, stride), (0, padding), (1, outputs))
    d_kernel, d_image = np.empty((1, size, 1, 1)), np.empty_like(image)
    conv2d.backward_kernel(padded, slope, (1, stride), d_kernel, np.empty(1))
    conv2d.backward_input(slope, k.reshape(1, size, 1, 1), (1, stride), (0, padding), d_image)
    np.testing.assert_allclose(d_kernel.ravel(), dk, atol=1e-12)
    np.testing.assert_allclose(d_image.ravel(), dx, atol=1e-12)


def test_convolution_in_two_dimensions(rng):
    (height, width, channels), (size_h, size_w, filters), (stride_h, stride_w) = (5, 4, 2), (3, 2, 3), (2, 3)
    top, left, out_h, out_w = 1, 1, 3, 2
    x, k = rng.standard_normal((1, height, width, channels)), rng.standard_normal((size_h, size_w, channels, filters))
    dy = rng.standard_normal((1, out_h, out_w, filters))
    dk, dx = np.zeros(k.shape), np.zeros(x.shape)
    for (u, v, c, f), (i, j) in itertools.product(np.ndindex(k.shape), np.ndindex(out_h, out_w)):
        dk[u, v, c, f] += at(x[0, :, :, c], i * stride_h + u - top, j * stride_w + v - left) * dy[0, i, j, f]
    for (h, w, c), (u, v, f) in itertools.product(np.ndindex(x.shape[1:]), np.ndindex(size_h, size_w, filters)):
        slope = at(dy[0, :, :, f], (h + top - u) / stride_h, (w + left - v) / stride_w)
        dx[0, h, w, c] += k[u, v, c, f] * slope

    padded = conv2d.pad(x, (size_h, size_w), (stride_h, stride_w), (top, left), (out_h, out_w))
    d_kernel, d_x = np.empty(k.shape), np.empty(x.shape)
    conv2d.backward_kernel(padded, dy, (stride_h, stride_w), d_kernel, np.empty(filters))
    conv2d.backward_input(dy, k, (stride_h, stride_w), (top, left), d_x)
    np.testing.assert_allclose(d_kernel, dk, atol=1e-12)
    np.testing.assert_allclose(d_x, dx, atol=1e-12)


def test_the_three_paths_of_batch_normalization(rng):
    x, dy = rng.standard_normal((2, 9))
    gamma, epsilon, count = 1.7, 0.1, len(x)
    mean, s = x.mean(), 1 / np.sqrt(x.var() + epsilon)
    d_x_hat = gamma * dy
    d_var = (d_x_hat * (x - mean) * -(s**3) / 2).sum()
    d_mean = -s * d_x_hat.sum()
    dx = s * d_x_hat + 2 / count * (x - mean) * d_var + d_mean / count

    found = np.empty((count, 1))
    arguments = np.array([mean]), np.array([s]), np.array([gamma]), np.zeros(1), False
    batch_norm.backward(x[:, None], dy[:, None], *arguments, found, np.empty(1), np.empty(1))
    np.testing.assert_allclose(found[:, 0], dx, atol=1e-12)

import numpy as np
import pytest

from nn.ops import conv_relu_pool

pytestmark = pytest.mark.usefixtures("each_backend")


def test_takes_the_first_of_equals_and_keeps_nan():
    x = np.ones((1, 4, 4, 1), np.float32)
    kernel, bias = np.ones((3, 3, 1, 1), np.float32), np.zeros(1, np.float32)
    y, max_index = np.empty((1, 1, 1, 1), np.float32), np.empty((1, 1, 1, 1), np.uint8)
    conv_relu_pool.forward(x, kernel, bias, y, max_index)
    assert (y.item(), max_index.item()) == (9, 0)
    conv_relu_pool.forward(-x, kernel, bias, y, max_index)
    assert (y.item(), max_index.item()) == (0, conv_relu_pool.INACTIVE)
    x[0, 0, 0, 0] = np.nan  # only under the first window
    conv_relu_pool.forward(x, kernel, bias, y, max_index)
    assert np.isnan(y.item())


def test_unpool_puts_gradients_where_the_maximum_was():
    dy, max_index = np.array([5.0, 6, 7]).reshape(1, 1, 1, 3), np.array([0, 3, conv_relu_pool.INACTIVE], np.uint8)
    dz = conv_relu_pool.unpool(dy, max_index.reshape(1, 1, 1, 3), (1, 4, 5, 1))
    assert dz.shape == (1, 2, 3, 3)
    assert dz[0, :, :2].tolist() == [[[5, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 6, 0]]]
    assert not dz[0, :, 2].any()

import numpy as np
import pytest

from nn.ops import conv_relu_pool

pytestmark = pytest.mark.usefixtures("each_backend")


def test_takes_the_first_of_equals_and_keeps_nan():
    x = np.ones((1, 4, 4, 1), np.float32)
    kernel, bias = np.ones((3, 3, 1, 1), np.float32), np.zeros(1, np.float32)
    y, max_index = np.empty((1, 1, 1, 1), np.float32), np.empty((1, 1, 1, 1), np.uint8)
    conv_relu_pool.forward(x, kernel, bias, (2, 2), y, max_index)
    assert (y.item(), max_index.item()) == (9, 0)
    conv_relu_pool.forward(-x, kernel, bias, (2, 2), y, max_index)
    assert (y.item(), max_index.item()) == (0, 4)
    x[0, 0, 0, 0] = np.nan  # only under the first window
    conv_relu_pool.forward(x, kernel, bias, (2, 2), y, max_index)
    assert np.isnan(y.item())


def test_unpool_puts_gradients_where_the_maximum_was():
    dy, max_index = np.array([5.0, 6, 7]).reshape(1, 1, 1, 3), np.array([0, 3, 4], np.uint8).reshape(1, 1, 1, 3)
    dz = np.full((1, 2, 3, 3), 9.0)
    conv_relu_pool.unpool(dy, max_index, (2, 2), dz)
    assert dz[0, :, :2].tolist() == [[[5, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 6, 0]]]
    assert not dz[0, :, 2].any()


@pytest.mark.parametrize("images", [1, 9])
def test_nan_is_the_maximum_of_any_window(images):
    """The first of them, whatever the number of images, of which the tuned version depends."""
    x = np.ones((images, 8, 8, 2), np.float32)
    x[-1, 3, 5] = np.nan
    kernel, bias = np.ones((1, 1, 2, 3), np.float32), np.zeros(3, np.float32)
    y, max_index = np.empty((images, 4, 4, 3), np.float32), np.empty((images, 4, 4, 3), np.uint8)
    conv_relu_pool.forward(x, kernel, bias, (2, 2), y, max_index)
    assert np.isnan(y[-1, 1, 2]).all()
    assert (max_index[-1, 1, 2] == 3).all()
    y[-1, 1, 2] = 2
    assert (y == 2).all()

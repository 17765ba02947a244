"""Conv2D: what its contract does not say."""

import numpy as np
import pytest

from nn import Conv2D

pytestmark = pytest.mark.usefixtures("each_backend")


def test_same_padding_is_that_of_keras(rng):
    """An odd zero goes to the bottom and the right."""
    layer = Conv2D(1, 2, padding="same")
    layer.build((2, 2, 1), rng, np.float64)
    layer.kernel.value[...] = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1, 1)
    y = layer.forward(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1))
    np.testing.assert_array_equal(y[0, :, :, 0], [[4321, 402], [43, 4]])

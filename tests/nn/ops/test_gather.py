import numpy as np
import pytest

from nn.ops.gather import gather


@pytest.mark.usefixtures("each_backend")
def test_bytes_become_numbers_up_to_one():
    images = np.array([[[0, 51], [204, 255]]], np.uint8)
    out = np.empty((1, 2, 2, 1), np.float32)
    gather(images, np.array([0]), out)
    np.testing.assert_allclose(out.ravel(), [0, 0.2, 0.8, 1], rtol=1e-7)

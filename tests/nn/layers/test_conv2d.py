"""Conv2D: what its contract does not say."""

import numpy as np
import pytest

from nn import BatchNorm, Conv2D, Sequential, checkpoint

pytestmark = pytest.mark.usefixtures("each_backend")


def test_same_padding_is_that_of_keras(rng):
    """An odd zero goes to the bottom and the right."""
    layer = Conv2D(1, 2, padding="same")
    layer.build((2, 2, 1), rng, np.float64)
    layer.kernel.value[...] = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1, 1)
    y = layer.forward(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1))
    np.testing.assert_array_equal(y[0, :, :, 0], [[4321, 402], [43, 4]])


def test_without_a_bias_only_the_kernel_is_trained(rng):
    layer = Conv2D(3, 2, use_bias=False)
    layer.build((4, 4, 1), rng)
    assert [array.name for array in layer.parameters] == ["conv2d/kernel"]
    assert [array.value.tolist() for array in layer.buffers] == [[0, 0, 0]]


def test_files_keep_what_is_not_trained(rng, tmp_path):
    model = Sequential([Conv2D(3, 2, use_bias=False), BatchNorm(scale=False)], (4, 4, 1), rng=rng)
    model.layers[0].bias.value[...] = [1, 2, 3]  # as folding of batch normalization does
    checkpoint.save(tmp_path / "a.npz", model, {})
    again = checkpoint.load(tmp_path / "a.npz").model
    assert [array.name for array in again.parameters] == ["conv2d_1/kernel", "batch_norm_1/beta"]
    assert again.layers[0].bias.value.tolist() == [1, 2, 3]


def test_files_of_plain_layers_do_not_name_the_new_arguments():
    """So that earlier releases read them."""
    assert not {"use_bias", "scale"} & (Conv2D(3).config() | BatchNorm().config()).keys()

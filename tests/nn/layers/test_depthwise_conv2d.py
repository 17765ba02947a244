"""DepthwiseConv2D: what its contract does not say."""

import numpy as np
import pytest

from nn import Conv2D, DepthwiseConv2D, GlobalAvgPool2D, Sequential
from nn.trace import Trace

pytestmark = pytest.mark.usefixtures("each_backend")


@pytest.mark.parametrize("options", [{}, {"padding": "same"}, {"stride": (2, 1), "padding": "same"}, {"stride": 3}])
def test_it_is_a_convolution_that_mixes_no_channels(options, rng):
    shape, x = (7, 6, 4), rng.standard_normal((3, 7, 6, 4))
    depthwise, full = DepthwiseConv2D((3, 2), **options), Conv2D(4, (3, 2), **options)
    assert depthwise.build(shape, rng, np.float64) == full.build(shape, rng, np.float64)
    full.kernel.value[...] = depthwise.kernel.value[..., None] * np.eye(4)
    np.testing.assert_allclose(depthwise.forward(x, training=True), full.forward(x, training=True))
    dy = rng.standard_normal((3, *full.output_shape))
    np.testing.assert_allclose(depthwise.backward(dy), full.backward(dy))
    np.testing.assert_allclose(depthwise.kernel.grad, full.kernel.grad[:, :, range(4), range(4)])
    assert 4 * depthwise.multiply_adds() == full.multiply_adds()


def test_an_output_is_explained_by_the_window_of_its_channel(rng):
    model = Sequential([DepthwiseConv2D((2, 3), padding="same"), GlobalAvgPool2D()], (5, 4, 3), rng=rng)
    explanation = Trace.of(model, rng.random((5, 4, 3))).explain("depthwise_conv2d_1", (2, 1, 2))
    (window,) = explanation.windows
    assert window.values.size == 6
    np.testing.assert_array_equal(window.weights.ravel(), model.parameters[0].value[..., 2].ravel())
    assert len(explanation.steps) == 1  # there is no bias

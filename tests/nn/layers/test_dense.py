"""Dense: what its contract does not say."""

import numpy as np
import pytest

from nn import Dense
from tests.gradcheck import check_gradients

pytestmark = pytest.mark.usefixtures("each_backend")


def test_is_a_product_and_a_bias(rng):
    layer = Dense(4)
    layer.build((3,), rng, np.float64)
    layer.bias.value[...] = rng.standard_normal(4)
    x = rng.standard_normal((5, 3))
    np.testing.assert_allclose(layer.forward(x), x @ layer.kernel.value + layer.bias.value)
    assert layer.multiply_adds() == 12


def test_gradients_of_a_batch_of_nine(rng):
    """More images than a register tile has rows."""
    layer = Dense(7)
    layer.build((5,), rng, np.float64)
    check_gradients(layer, rng.standard_normal((9, 5)), rng)

"""Initial weights, and how many there may be."""

import numpy as np
import pytest

from nn import Conv2D, Dense, Sequential, initializers, zoo


def test_glorot_limits():
    kernel = zoo.build("baseline").state_dict()["dense_1/kernel"]
    limit = np.sqrt(6 / (5408 + 64))
    assert 0.99 * limit < np.abs(kernel).max() <= limit


def test_the_normal_one_has_its_variance(rng):
    kernel = initializers.draw("he_normal", (300, 400), 300, 400, rng, np.float32)
    assert kernel.dtype == np.float32
    assert kernel.std() == pytest.approx(np.sqrt(2 / 300), rel=0.01)


def test_unknown_name():
    with pytest.raises(ValueError, match=r"kernel_initializer: expected one of glorot_uniform, .*, got 'none'"):
        Dense(3, "none")


def test_weights_can_be_limited():
    with initializers.limit_weights(100):
        Sequential([Dense(10)], (9,))
        with pytest.raises(ValueError, match="weights: expected at most 10 more, got 18"):
            Sequential([Conv2D(2)], (3, 3, 1))
    Sequential([Dense(10)], (100,))

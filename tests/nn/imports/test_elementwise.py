"""Functions are identified by their values."""

import numpy as np
import pytest

from nn.imports.elementwise import GRID, erf, identify, sigmoid
from nn.ops import gelu


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_is_that_of_the_operation(approximate):
    values = np.empty_like(GRID)
    gelu.forward(GRID.copy(), approximate, values)
    assert identify(values) == ("gelu", {"approximate": approximate})


def test_float32_constants_are_near_enough():
    values = GRID * np.float32(0.5) * (1 + erf(GRID / np.float64(np.float32(2**0.5))))
    assert identify(values).operation == "gelu"


def test_leaky_relu_keeps_its_slope():
    assert identify(np.where(GRID > 0, GRID, 0.25 * GRID)) == ("leaky_relu", {"negative_slope": 0.25})


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.clip(x, 0, 6),
        lambda x: np.clip(x, -50, 50),
        lambda x: np.clip(x, 0, 1e5),
        lambda x: x * sigmoid(x),
        lambda x: np.where(x > 0, x, -0.5 * x),
        np.abs,
        np.square,
        lambda x: np.logaddexp(x, 0),
    ],
)
def test_others_are_not_known(function):
    assert identify(function(GRID)) is None

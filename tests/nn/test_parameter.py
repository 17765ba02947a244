"""Parameters, and the vector that an optimizer makes of them."""

import copy

import numpy as np
import pytest

from nn.parameter import Parameter, check_state, flatten


def test_flatten_keeps_everything_and_shares_memory(rng):
    parameters = [Parameter("a", rng.standard_normal((2, 3))), Parameter("b", rng.standard_normal(4))]
    before = [parameter.value.copy() for parameter in parameters]
    values, grads = flatten(parameters)
    for parameter, value in zip(parameters, before, strict=True):
        np.testing.assert_array_equal(parameter.value, value)
    values[:6] = 1
    grads[6:] = 2
    assert (parameters[0].value == 1).all()
    assert (parameters[1].grad == 2).all()
    assert parameters[0].value.shape == (2, 3)


def test_flatten_wants_one_dtype_and_each_name_once():
    a, b = Parameter("a", np.ones(2)), Parameter("b", np.ones(2, np.float32))
    with pytest.raises(ValueError, match="expected each name once, got a, a"):
        flatten([a, a])
    with pytest.raises(ValueError, match="expected one dtype, got float32, float64"):
        flatten([a, b])


def test_copies():
    kernel = Parameter("dense_1/kernel", np.ones((2, 3)), output_axis=1)
    deep, frozen = copy.deepcopy(kernel), kernel.frozen()
    kernel.value[...] = 5
    assert (deep.value == 1).all()
    assert frozen.value is kernel.value
    assert (deep.name, deep.output_axis, deep.trainable) == ("dense_1/kernel", 1, True)
    assert (frozen.trainable, kernel.trainable) == (False, True)


@pytest.mark.parametrize("found", [{}, {"a": np.ones(3)}, {"a": np.ones(2, np.float32)}, {"b": np.ones(2)}])
def test_a_state_that_does_not_fit(found):
    check_state("Owner", {"a": np.ones(2)}, {"a": np.zeros(2)})
    with pytest.raises(ValueError, match="Owner: "):
        check_state("Owner", {"a": np.ones(2)}, found)

"""The step of Adam in the backward pass; ``test_rungs.py`` covers the equations."""

import numpy as np
import pytest

from nn.ops import adam, dense


@pytest.mark.usefixtures("each_backend")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "inputs", "units"), [(32, 300, 64), (33, 129, 65), (131, 40, 10), (0, 8, 8)])
def test_a_step_of_adam_in_the_backward_pass_is_the_same(n, inputs, units, dtype, rng):
    """Same bits as writing the gradient and stepping after it; dx is that of the weights before the step."""
    x = (rng.standard_normal((n, inputs)) * (rng.random((n, inputs)) < 0.4)).astype(dtype)
    dy = rng.standard_normal((n, units)).astype(dtype)
    before = [rng.standard_normal((inputs, units)).astype(dtype) for _ in range(2)]
    before.append(np.square(before[1]))
    coefficients = adam.adam_coefficients(1e-2, 0.9, 0.999, 1e-8, 3, np.dtype(dtype))
    found = []
    for in_backward in (False, True):
        weights, first, second = (array.copy() for array in before)
        dw, db, dx = np.empty_like(weights), np.empty(units, dtype), np.empty_like(x)
        step = adam.AdamStep(first, second, coefficients)
        dense.backward(x, dy, weights, dw, db, dx=dx, behind_relu=True, adam=step if in_backward else None)
        if not in_backward:
            step.apply(weights, dw)
        found.append([weights, first, second, db, dx])
    for separate, together in zip(*found, strict=True):
        np.testing.assert_array_equal(separate, together)

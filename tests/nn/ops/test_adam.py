import numpy as np
import pytest

from nn.ops import adam


@pytest.mark.usefixtures("needs_numba")
def test_moments_never_become_denormal():
    """Denormal numbers slow the processor down; a moment without gradients becomes zero instead."""
    w, g, m, v = (np.full(8, value, np.float32) for value in (1, 0, 1e-3, 1e-3))
    for t in range(1, 1500):
        coefficients = adam.adam_coefficients(1e-3, 0.9, 0.95, 1e-8, t, w.dtype)
        adam.step(w, g, m, v, np.array([(0, 8)]), coefficients)
    assert (m == 0).all()
    assert (v == 0).all()


@pytest.mark.usefixtures("each_backend")
def test_first_step_has_the_size_of_the_learning_rate():
    w, g, m, v = np.array([1.0, 1, 1]), np.array([1e-3, -20, 0]), np.zeros(3), np.zeros(3)
    adam.step(w, g, m, v, np.array([(0, 3)]), adam.adam_coefficients(0.01, 0.9, 0.999, 1e-12, 1, w.dtype))
    np.testing.assert_allclose(w, [0.99, 1.01, 1])

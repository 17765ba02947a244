import numpy as np
import pytest

from nn.ops import batch_norm


@pytest.mark.usefixtures("each_backend")
def test_variance_beside_a_large_mean(rng):
    x = (rng.standard_normal((4000, 2)) * 0.1 + 1000).astype(np.float32)
    mean, var = np.empty((2, 2), np.float32)
    batch_norm.moments(x, mean, var)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(mean, exact.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(var, exact.var(axis=0), rtol=1e-2)

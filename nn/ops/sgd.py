"""A step of stochastic gradient descent with momentum, over vectors.

With gradient g, velocity b, learning rate η and momentum μ (Polyak, 1964):

    b <- μ b + g
    w <- w - η b            or, with Nesterov's momentum (Sutskever et al., 2013),    w <- w - η (g + μ b)
"""

import numpy as np

from nn.ops.backend import njit, operation, prange

#: The loops set a velocity this small to zero. It moves no weight, but decays into denormal numbers, which are slow.
TINY = 1e-30


@operation()
def step(w: np.ndarray, g: np.ndarray, b: np.ndarray, learning_rate: float, momentum: float, nesterov: bool) -> None:
    """Make one step; the vectors ``w`` and ``b`` change in place."""
    b *= momentum
    b += g
    w -= learning_rate * (g + momentum * b if nesterov else b)


@step.loops
@njit(parallel=True, fastmath=True)
def _step_loops(w, g, b, learning_rate, momentum, nesterov):
    rate, mu = w.dtype.type(learning_rate), w.dtype.type(momentum)
    for i in prange(len(w)):
        velocity = mu * b[i] + g[i]
        velocity = velocity if abs(velocity) > TINY else 0 * velocity
        b[i] = velocity
        w[i] -= rate * (g[i] + mu * velocity if nesterov else velocity)

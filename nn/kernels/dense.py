"""The dense layer's three products.

With input x (N, I), weights w (O, I) and bias (O,), each row of w being one output's weights:

    y[n, o]  = bias[o] + sum over i of  x[n, i] w[o, i]        y  = x wᵀ + bias
    dx[n, i] = sum over o of            dy[n, o] w[o, i]       dx = dy w
    dw[o, i] = sum over n of            dy[n, o] x[n, i]       dw = dyᵀ x
    dbias[o] = sum over n of            dy[n, o]

With the weights stored (O, I) all three run along the long contiguous axis I.
"""

import numpy as np


def forward_numpy(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray) -> None:
    """The equation for y."""
    np.matmul(x, weights.T, out=out)
    out += bias


def backward_input_numpy(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """The equation for dx."""
    np.matmul(dy, weights, out=dx)


def backward_weights_numpy(x: np.ndarray, dy: np.ndarray, d_weights: np.ndarray, d_bias: np.ndarray) -> None:
    """The equations for dw and dbias."""
    np.matmul(dy.T, x, out=d_weights)
    dy.sum(axis=0, out=d_bias)


forward = forward_numpy
backward_input = backward_input_numpy
backward_weights = backward_weights_numpy

"""The dense layer: products of matrices.

With input x (N, I), weights w (I, O) and bias (O,), each row of w holding the weights of one input:

    y[n, o]  = bias[o] + sum over i of  x[n, i] w[i, o]        y  = x w + bias
    dw[i, o] = sum over n of            x[n, i] dy[n, o]       dw = xᵀ dy
    dx[n, i] = sum over o of            dy[n, o] w[i, o]       dx = dy wᵀ
    dbias[o] = sum over n of            dy[n, o]
"""

import numpy as np

from nn.ops.adam import AdamStep
from nn.ops.backend import njit, operation, prange


@operation(fast=True)
def forward(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool) -> None:
    """Fill ``out`` (N, O) with y, or max(y, 0) if ``relu``."""
    np.matmul(x, weights, out=out)
    out += bias
    if relu:
        np.maximum(out, 0, out=out)


@forward.loops
@njit(parallel=True)
def _forward_loops(x, weights, bias, out, relu):
    inputs, units = weights.shape
    for n in prange(len(x)):
        y = out[n]
        for o in range(units):
            y[o] = bias[o]
        for i in range(inputs):
            for o in range(units):
                y[o] += x[n, i] * weights[i, o]
        if relu:
            for o in range(units):
                y[o] = 0 if y[o] < 0 else y[o]


@operation(fast=True)
def backward_input(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, I)."""
    np.matmul(dy, weights.T, out=dx)


@backward_input.loops
@njit(parallel=True, fastmath=True)
def _backward_input_loops(dy, weights, dx):
    inputs, units = weights.shape
    for n in prange(len(dy)):
        for i in range(inputs):
            total = dx.dtype.type(0)
            for o in range(units):
                total += dy[n, o] * weights[i, o]
            dx[n, i] = total


@operation()
def backward_weights(x: np.ndarray, dy: np.ndarray, d_weights: np.ndarray, d_bias: np.ndarray) -> None:
    """Fill ``d_weights`` (I, O) and ``d_bias`` (O,)."""
    np.matmul(x.T, dy, out=d_weights)
    dy.sum(axis=0, out=d_bias)


@backward_weights.loops
@njit(parallel=True)
def _backward_weights_loops(x, dy, d_weights, d_bias):
    inputs, units = d_weights.shape
    for i in prange(inputs):
        d_weights[i] = 0
        for n in range(len(x)):
            for o in range(units):
                d_weights[i, o] += x[n, i] * dy[n, o]
    d_bias[:] = 0
    for n in range(len(x)):
        for o in range(units):
            d_bias[o] += dy[n, o]


@operation(fast=True)
def backward(
    x: np.ndarray,
    dy: np.ndarray,
    weights: np.ndarray,
    d_weights: np.ndarray,
    d_bias: np.ndarray,
    *,
    y: np.ndarray | None = None,
    dx: np.ndarray | None = None,
    behind_relu: bool = False,
    adam: AdamStep | None = None,
) -> None:
    """The whole backward pass: fill ``d_weights`` (I, O), ``d_bias`` (O,) and ``dx`` (N, I).

    Args:
        x, dy, weights: as in the equations.
        d_weights, d_bias, dx: filled; None for dx if it is not needed.
        y: the output (N, O) of a ReLU after the layer, if ``dy`` is the gradient of that output.
        behind_relu: whether x is the output of a ReLU, which stops dx where x is zero, so that dx may be zero there.
        adam: a step of ``weights`` to make at once. ``d_weights`` may be left unwritten then.
    """
    dy = dy if y is None else np.where(y > 0, dy, 0)
    if dx is not None:
        backward_input(dy, weights, dx)
        if behind_relu:
            dx *= x != 0
    backward_weights(x, dy, d_weights, d_bias)
    if adam is not None:
        adam.apply(weights, d_weights)


# The steps above are operations, so on the plain loops they run as loops.
backward.loops(backward.rungs["numpy"])

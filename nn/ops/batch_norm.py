"""Batch normalization over the last axis, followed by an optional ReLU.

Ioffe and Szegedy, "Batch normalization", 2015. Of x (R, C), R being all pixels of all images, for each channel c:

    mean[c] = sum over r of x[r, c] / R                 var[c] = sum over r of (x[r, c] - mean[c])² / R
    z[r, c] = gamma[c] (x[r, c] - mean[c]) / sqrt(var[c] + ε) + beta[c]          y = z, or max(z, 0)

and with g = dy, or dy [z > 0] with the ReLU, and x̂ = (x - mean) / sqrt(var + ε):

    dbeta[c] = sum over r of g[r, c]                    dgamma[c] = sum over r of g[r, c] x̂[r, c]
    dx[r, c] = gamma[c] / sqrt(var[c] + ε) (g[r, c] - dbeta[c] / R - x̂[r, c] dgamma[c] / R)

With fixed mean and var, z is a scale and a shift of each channel, which ``fold`` makes part of the layer before it.
"""

import numpy as np

from nn.ops.backend import njit, operation, prange


@operation(fast=True)
def moments(x: np.ndarray, mean: np.ndarray, var: np.ndarray) -> None:
    """Fill ``mean`` and ``var`` (C,) from x (R, C), R > 0."""
    x.mean(axis=0, out=mean)
    x.var(axis=0, out=var)


@moments.loops
@njit(parallel=True)
def _moments_loops(x, mean, var):
    rows, channels = x.shape
    for c in prange(channels):
        total = 0.0
        for r in range(rows):
            total += x[r, c]
        mean[c] = total / rows
        total = 0.0
        for r in range(rows):
            total += (x[r, c] - mean[c]) ** 2
        var[c] = total / rows


@operation(fast=True)
def forward(x: np.ndarray, scale: np.ndarray, shift: np.ndarray, relu: bool, out: np.ndarray) -> None:
    """Fill ``out`` (R, C) with y = x scale + shift, or max(y, 0) if ``relu``.

    That is the equation for y with scale = gamma / sqrt(var + ε) and shift = beta - mean scale.
    """
    np.multiply(x, scale, out=out)
    out += shift
    if relu:
        np.maximum(out, 0, out=out)


@forward.loops
@njit(parallel=True)
def _forward_loops(x, scale, shift, relu, out):
    rows, channels = x.shape
    for r in prange(rows):
        for c in range(channels):
            z = x[r, c] * scale[c] + shift[c]
            out[r, c] = 0 if relu and z < 0 else z


@operation(fast=True)
def backward(
    x: np.ndarray,
    dy: np.ndarray,
    mean: np.ndarray,
    rstd: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    relu: bool,
    dx: np.ndarray,
    d_gamma: np.ndarray,
    d_beta: np.ndarray,
) -> None:
    """Fill ``dx`` (R, C), ``d_gamma`` and ``d_beta`` (C,); ``rstd`` is 1 / sqrt(var + ε)."""
    x_hat = (x - mean) * rstd
    g = dy * (x_hat * gamma + beta > 0) if relu else dy
    d_beta[...] = g.sum(axis=0)
    d_gamma[...] = (g * x_hat).sum(axis=0)
    dx[...] = gamma * rstd * (g - (d_beta + x_hat * d_gamma) / max(1, len(x)))


@backward.loops
@njit(parallel=True)
def _backward_loops(x, dy, mean, rstd, gamma, beta, relu, dx, d_gamma, d_beta):
    rows, channels = x.shape
    for c in prange(channels):
        sum_g, sum_g_x_hat = 0.0, 0.0
        for r in range(rows):
            x_hat = (x[r, c] - mean[c]) * rstd[c]
            if not relu or x_hat * gamma[c] + beta[c] > 0:
                sum_g += dy[r, c]
                sum_g_x_hat += dy[r, c] * x_hat
        d_beta[c], d_gamma[c] = sum_g, sum_g_x_hat
        for r in range(rows):
            x_hat = (x[r, c] - mean[c]) * rstd[c]
            g = dy[r, c] if not relu or x_hat * gamma[c] + beta[c] > 0 else 0 * dy[r, c]
            dx[r, c] = gamma[c] * rstd[c] * (g - (d_beta[c] + x_hat * d_gamma[c]) / rows)


@operation()
def fold(
    kernel: np.ndarray,
    bias: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    mean: np.ndarray,
    var: np.ndarray,
    epsilon: float,
    out_kernel: np.ndarray,
    out_bias: np.ndarray,
) -> None:
    """Fill ``out_kernel`` (..., C) with kernel s, and ``out_bias`` (C,) with (bias - mean) s + beta.

    With s = gamma / sqrt(var + ε), the layer of these weights computes z of the layer of ``kernel`` and ``bias``.
    """
    scale = gamma / np.sqrt(var + var.dtype.type(epsilon))
    np.multiply(kernel, scale, out=out_kernel)
    out_bias[...] = (bias - mean) * scale + beta


@fold.loops
@njit()
def _fold_loops(kernel, bias, gamma, beta, mean, var, epsilon, out_kernel, out_bias):
    scale = gamma / np.sqrt(var + var.dtype.type(epsilon))
    rows, out_rows = kernel.reshape(-1, len(scale)), out_kernel.reshape(-1, len(scale))
    for c in range(len(scale)):
        out_bias[c] = (bias[c] - mean[c]) * scale[c] + beta[c]
    for k in range(len(rows)):
        source, target = rows[k], out_rows[k]
        for c in range(len(scale)):
            target[c] = source[c] * scale[c]

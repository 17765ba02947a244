"""Batch normalization over the last axis, with or without the ReLU that follows.

Ioffe and Szegedy, "Batch normalization", 2015. Of x (R, C), R counting every pixel of every image, per channel c:

    mean[c] = sum over r of x[r, c] / R                 var[c] = sum over r of (x[r, c] - mean[c])² / R
    z[r, c] = gamma[c] (x[r, c] - mean[c]) / sqrt(var[c] + ε) + beta[c]          y = z, or max(z, 0)

and with g = dy, or where ReLU follows dy [z > 0], and x̂ = (x - mean) / sqrt(var + ε):

    dbeta[c] = sum over r of g[r, c]                    dgamma[c] = sum over r of g[r, c] x̂[r, c]
    dx[r, c] = gamma[c] / sqrt(var[c] + ε) (g[r, c] - dbeta[c] / R - x̂[r, c] dgamma[c] / R)
"""

import numpy as np

from nn.ops import backend
from nn.ops.backend import njit, prange

#: Partial sums: a fixed number, so that the order of addition never depends on the threads.
CHUNKS = 32

#: Numbers worked on in one go: several rows, so that the loop over them is worth vectorizing.
RUN = 512


def moments_numpy(x: np.ndarray, mean: np.ndarray, var: np.ndarray) -> None:
    """The equations for mean and var, of x (R, C) with R > 0."""
    x.mean(axis=0, out=mean)
    x.var(axis=0, out=var)


def forward_numpy(x: np.ndarray, scale: np.ndarray, shift: np.ndarray, relu: bool, out: np.ndarray) -> None:
    """y = x scale + shift, the equation for y with scale = gamma / sqrt(var + ε) and shift = beta - mean scale."""
    np.multiply(x, scale, out=out)
    out += shift
    if relu:
        np.maximum(out, 0, out=out)


def backward_numpy(
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
    """The equations for dbeta, dgamma and dx; ``rstd`` is 1 / sqrt(var + ε)."""
    normal = (x - mean) * rstd
    g = dy * (normal * gamma + beta > 0) if relu else dy
    d_beta[...] = g.sum(axis=0)
    d_gamma[...] = (g * normal).sum(axis=0)
    dx[...] = gamma * rstd * (g - (d_beta + normal * d_gamma) / max(1, len(x)))


# The arrays are taken as they lie, row after row, in runs of several rows; what belongs to a channel is repeated to the
# length of a run. So the inner loops are long and plain, and LLVM vectorizes them.


@njit()
def _fold(run, channels, out):
    """Sum what the same channel has in the rows of a run."""
    out[:] = 0
    for i in range(len(run)):
        out[i % channels] += run[i]


@njit(fastmath=True)
def _add_run(x, sums):
    for i in range(len(x)):
        sums[i] += x[i]


@njit(fastmath=True)
def _add_squares(x, mean, sums):
    for i in range(len(x)):
        sums[i] += (x[i] - mean[i]) * (x[i] - mean[i])


@njit(parallel=True)
def _moments_numba(x, channels, length, mean, var):
    """Mean and variance of each chunk of rows, and of all of them together (Chan, Golub and LeVeque, 1979)."""
    rows = len(x) // channels
    means, squares = np.zeros((CHUNKS, channels), x.dtype), np.zeros((CHUNKS, channels), x.dtype)
    for chunk in prange(CHUNKS):
        first, last = chunk * rows // CHUNKS * channels, (chunk + 1) * rows // CHUNKS * channels
        count = max(1, (last - first) // channels)
        sums, repeated = np.zeros(length, x.dtype), np.empty(length, x.dtype)
        for start in range(first, last, length):
            _add_run(x[start : min(start + length, last)], sums)
        _fold(sums, channels, means[chunk])
        for c in range(channels):
            means[chunk, c] /= count
        for i in range(length):
            repeated[i] = means[chunk, i % channels]
            sums[i] = 0
        for start in range(first, last, length):
            _add_squares(x[start : min(start + length, last)], repeated, sums)
        _fold(sums, channels, squares[chunk])
    _combine(means, squares, rows, mean, var)


@njit()
def _combine(means, squares, rows, mean, var):
    chunks = len(means)
    for c in range(len(mean)):
        total, center, square = 0, 0.0, 0.0
        for chunk in range(chunks):
            count = (chunk + 1) * rows // chunks - chunk * rows // chunks
            if count:
                difference = means[chunk, c] - center
                square += squares[chunk, c] + difference * difference * total * count / (total + count)
                total += count
                center += difference * count / total
        mean[c] = center
        var[c] = square / rows


@njit(fastmath=True)
def _scale_run(x, scale, shift, relu, y):
    if relu:
        for i in range(len(x)):
            z = x[i] * scale[i] + shift[i]
            y[i] = 0 if z < 0 else z
    else:
        for i in range(len(x)):
            y[i] = x[i] * scale[i] + shift[i]


@njit(parallel=True)
def _forward_numba(x, scale, shift, relu, y):
    length = len(scale)
    for run in prange((len(x) + length - 1) // length):
        part = slice(run * length, min((run + 1) * length, len(x)))
        _scale_run(x[part], scale, shift, relu, y[part])


@njit(fastmath=True)
def _add_gradients(x, dy, mean, scale, shift, relu, sums, products):
    if relu:
        for i in range(len(x)):
            g = dy[i] if x[i] * scale[i] + shift[i] > 0 else 0 * dy[i]
            sums[i] += g
            products[i] += g * (x[i] - mean[i])
    else:
        for i in range(len(x)):
            sums[i] += dy[i]
            products[i] += dy[i] * (x[i] - mean[i])


@njit(parallel=True)
def _sums_numba(x, dy, channels, mean, scale, shift, relu, sums, products):
    """``sums[chunk]`` and ``products[chunk]`` (C,): of g and of g (x - mean), over a chunk of rows."""
    rows, length = len(x) // channels, len(mean)
    for chunk in prange(len(sums)):
        last = (chunk + 1) * rows // len(sums) * channels
        run_sums, run_products = np.zeros(length, x.dtype), np.zeros(length, x.dtype)
        for start in range(chunk * rows // len(sums) * channels, last, length):
            part = slice(start, min(start + length, last))
            _add_gradients(x[part], dy[part], mean, scale, shift, relu, run_sums, run_products)
        _fold(run_sums, channels, sums[chunk])
        _fold(run_products, channels, products[chunk])


@njit(fastmath=True)
def _gradient_run(x, dy, mean, scale, shift, relu, mean_g, slope, dx):
    if relu:
        for i in range(len(x)):
            g = dy[i] if x[i] * scale[i] + shift[i] > 0 else 0 * dy[i]
            dx[i] = scale[i] * (g - mean_g[i] - (x[i] - mean[i]) * slope[i])
    else:
        for i in range(len(x)):
            dx[i] = scale[i] * (dy[i] - mean_g[i] - (x[i] - mean[i]) * slope[i])


@njit(parallel=True)
def _backward_numba(x, dy, mean, scale, shift, relu, mean_g, slope, dx):
    length = len(mean)
    for run in prange((len(x) + length - 1) // length):
        part = slice(run * length, min((run + 1) * length, len(x)))
        _gradient_run(x[part], dy[part], mean, scale, shift, relu, mean_g, slope, dx[part])


def _repeat(values: np.ndarray) -> np.ndarray:
    """What belongs to the channels, to the length of a run."""
    return np.tile(values, -(-RUN // len(values)))


def moments(x: np.ndarray, mean: np.ndarray, var: np.ndarray) -> None:
    """Fill ``mean`` and ``var`` (C,) from x (R, C), R > 0."""
    if backend.compiled():
        _moments_numba(x.reshape(-1), len(mean), -(-RUN // len(mean)) * len(mean), mean, var)
    else:
        moments_numpy(x, mean, var)


def forward(x: np.ndarray, scale: np.ndarray, shift: np.ndarray, relu: bool, out: np.ndarray) -> None:
    """Fill ``out`` (R, C) with x scale + shift, rectified if ``relu``."""
    if backend.compiled():
        _forward_numba(x.reshape(-1), _repeat(scale), _repeat(shift), relu, out.reshape(-1))
    else:
        forward_numpy(x, scale, shift, relu, out)


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
    if not backend.compiled():
        backward_numpy(x, dy, mean, rstd, gamma, beta, relu, dx, d_gamma, d_beta)
        return
    rows, channels = x.shape
    scale = gamma * rstd
    run = [_repeat(values) for values in (mean, scale, beta - mean * scale)]
    sums, products = np.empty((2, CHUNKS, channels), x.dtype)
    _sums_numba(x.reshape(-1), dy.reshape(-1), channels, *run, relu, sums, products)
    sums.sum(axis=0, out=d_beta)
    np.multiply(products.sum(axis=0), rstd, out=d_gamma)
    share = x.dtype.type(1 / max(1, rows))
    mean_g, slope = _repeat(d_beta * share), _repeat(d_gamma * rstd * share)
    _backward_numba(x.reshape(-1), dy.reshape(-1), *run, relu, mean_g, slope, dx.reshape(-1))

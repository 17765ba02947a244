"""Batch normalization in long loops that vectorize; see ``nn.ops.batch_norm`` for the equations.

The arrays are read in runs of several rows, and the values of the channels are repeated to the length of a run: the
inner loops are long and simple, so LLVM vectorizes them.
"""

import numpy as np

from nn.ops import batch_norm
from nn.ops.backend import njit, prange

#: Partial sums, at most, and the fewest numbers for one: the order of the additions does not depend on the threads.
CHUNKS, CHUNK = 32, 1 << 12

#: The numbers of a run: several rows, so that vectorizing its loop pays.
RUN = 512


@njit()
def _sum_rows(run, channels, out):
    """Sum the rows of a run, channel by channel. (A remainder for each number took half the time of ``moments``.)"""
    for c in range(channels):
        out[c] = 0
    for start in range(0, len(run), channels):
        for c in range(channels):
            out[c] += run[start + c]


@njit(fastmath=True)
def _add_run(x, sums):
    for i in range(len(x)):
        sums[i] += x[i]


@njit(fastmath=True)
def _add_squares(x, mean, sums):
    for i in range(len(x)):
        sums[i] += (x[i] - mean[i]) * (x[i] - mean[i])


@njit()
def _chunk_moments(x, length, mean, squares):
    """The mean of some rows, and the sum of the squares of the distances from it."""
    channels = len(mean)
    count = max(1, len(x) // channels)
    sums, repeated = np.zeros(length, x.dtype), np.empty(length, x.dtype)
    for start in range(0, len(x), length):
        _add_run(x[start : min(start + length, len(x))], sums)
    _sum_rows(sums, channels, mean)
    for c in range(channels):
        mean[c] /= count
    for i in range(0, length, channels):
        for c in range(channels):
            repeated[i + c] = mean[c]
            sums[i + c] = 0
    for start in range(0, len(x), length):
        _add_squares(x[start : min(start + length, len(x))], repeated, sums)
    _sum_rows(sums, channels, squares)


@njit(parallel=True)
def _moments(x, length, means, squares):
    """Mean and sum of squares of each chunk of rows, (chunks, C)."""
    chunks, channels = means.shape
    rows = len(x) // channels
    for task in prange(chunks):
        chunk = np.int64(task)
        part = x[chunk * rows // chunks * channels : (chunk + 1) * rows // chunks * channels]
        _chunk_moments(part, length, means[chunk], squares[chunk])


@njit()
def _combine(means, squares, rows, mean, var):
    """The mean and variance of all chunks (Chan, Golub and LeVeque, 1979); no division in the inner loops."""
    chunks, channels, total = len(means), len(mean), 0
    center, square = np.zeros(channels), np.zeros(channels)
    for chunk in range(chunks):
        count = (chunk + 1) * rows // chunks - chunk * rows // chunks
        total += count
        share = count / max(1, total)
        weight = share * (total - count)
        for c in range(channels):
            difference = means[chunk, c] - center[c]
            square[c] += squares[chunk, c] + difference * difference * weight
            center[c] += difference * share
    for c in range(channels):
        mean[c] = center[c]
        var[c] = square[c] / rows


@njit(fastmath=True)
def _scale_run(x, scale, shift, relu, y):
    for i in range(len(x)):
        z = x[i] * scale[i] + shift[i]
        y[i] = 0 if relu and z < 0 else z


@njit(parallel=True)
def _forward(x, scale, shift, relu, y):
    length = len(scale)
    for run in prange((len(x) + length - 1) // length):
        part = slice(run * length, min((run + 1) * length, len(x)))
        _scale_run(x[part], scale, shift, relu, y[part])


@njit(fastmath=True)
def _gradients_of_run(x, dy, scale, shift, relu, g):
    for i in range(len(x)):
        g[i] = dy[i] if not relu or x[i] * scale[i] + shift[i] > 0 else 0 * dy[i]


@njit(fastmath=True)
def _add_products(x, g, mean, products):
    for i in range(len(x)):
        products[i] += g[i] * (x[i] - mean[i])


@njit(parallel=True)
def _sums(x, dy, channels, mean, scale, shift, relu, sums, products):
    """``sums[chunk]`` and ``products[chunk]`` (C,): of g and of g (x - mean), over a chunk of rows."""
    rows, length = len(x) // channels, len(mean)
    for chunk in prange(len(sums)):
        last = (chunk + 1) * rows // len(sums) * channels
        run_sums, run_products = np.zeros(length, x.dtype), np.zeros(length, x.dtype)
        memory = np.empty(length, x.dtype)
        for start in range(chunk * rows // len(sums) * channels, last, length):
            part = slice(start, min(start + length, last))
            g = memory[: part.stop - start]
            # Three loops, because one with so many arrays does not vectorize.
            _gradients_of_run(x[part], dy[part], scale, shift, relu, g)
            _add_run(g, run_sums)
            _add_products(x[part], g, mean, run_products)
        _sum_rows(run_sums, channels, sums[chunk])
        _sum_rows(run_products, channels, products[chunk])


@njit(fastmath=True)
def _gradient_run(x, dy, mean, scale, shift, relu, mean_g, slope, dx):
    for i in range(len(x)):
        g = dy[i] if not relu or x[i] * scale[i] + shift[i] > 0 else 0 * dy[i]
        dx[i] = scale[i] * (g - mean_g[i] - (x[i] - mean[i]) * slope[i])


@njit(parallel=True)
def _backward(x, dy, mean, scale, shift, relu, mean_g, slope, dx):
    length = len(mean)
    for run in prange((len(x) + length - 1) // length):
        part = slice(run * length, min((run + 1) * length, len(x)))
        _gradient_run(x[part], dy[part], mean, scale, shift, relu, mean_g, slope, dx[part])


def _repeat(values):
    """The values of the channels, repeated to the length of a run. (``numpy.tile`` takes six times as long.)"""
    rows = np.empty((-(-RUN // len(values)), len(values)), values.dtype)
    rows[:] = values
    return rows.reshape(-1)


def moments(x, mean, var):
    """See ``nn.ops.batch_norm.moments``."""
    means, squares = np.empty((2, min(CHUNKS, x.size // CHUNK + 1), len(mean)), x.dtype)
    _moments(x.reshape(-1), -(-RUN // len(mean)) * len(mean), means, squares)
    _combine(means, squares, len(x), mean, var)


def forward(x, scale, shift, relu, out):
    """See ``nn.ops.batch_norm.forward``."""
    if x.size <= RUN:
        batch_norm.forward.rungs["numpy"](x, scale, shift, relu, out)
        return
    _forward(x.reshape(-1), _repeat(scale), _repeat(shift), relu, out.reshape(-1))


def backward(x, dy, mean, rstd, gamma, beta, relu, dx, d_gamma, d_beta):
    """See ``nn.ops.batch_norm.backward``."""
    rows, channels = x.shape
    scale = gamma * rstd
    run = [_repeat(values) for values in (mean, scale, beta - mean * scale)]
    sums, products = np.empty((2, min(CHUNKS, x.size // CHUNK + 1), channels), x.dtype)
    _sums(x.reshape(-1), dy.reshape(-1), channels, *run, relu, sums, products)
    sums.sum(axis=0, out=d_beta)
    np.multiply(products.sum(axis=0), rstd, out=d_gamma)
    share = x.dtype.type(1 / max(1, rows))
    mean_g, slope = _repeat(d_beta * share), _repeat(d_gamma * rstd * share)
    _backward(x.reshape(-1), dy.reshape(-1), *run, relu, mean_g, slope, dx.reshape(-1))

"""A network for one image in one call of compiled code.

For one image of a small network the arithmetic takes 5 to 30 us. To call its kernels from Python one after another,
with their checks, tables and allocations, takes as long again. So ``nn/layers/program.py`` lists the steps once: each
is a row of a table, with the sizes and the addresses of what it reads and writes. ``run`` then follows the table.

Wide 3x3 convolutions take Winograd's algorithm, with transformed weights that are kept from call to call. Threads share
them, and the large dense layers after them.
"""

import numpy as np
from numba import carray, types
from numba.extending import intrinsic

from nn.ops.backend import njit, prange
from nn.ops.fast import conv2d, conv_relu_pool, dense, winograd
from nn.ops.fast.tiles import NR_VECTORS, SPARSE_VECTORS, lane_count

#: The kinds of steps.
PAD, FOLD, CONVOLVE, CONVOLVE_AND_POOL, DEPTHWISE, MAX_POOL, DENSE, NORMALIZE, WINOGRAD, LARGE_DENSE = range(10)

#: Where the columns of the table begin: the kind; the addresses of the input (0 for the image) and the output; their
#: shapes and that of the window, three numbers each; more numbers; the addresses of arrays.
KIND, SOURCE, TARGET, IN, OUT, WINDOW, NUMBERS, ARRAYS, END = 0, 1, 2, 3, 6, 9, 12, 15, 24


@intrinsic
def _pointer(typing_context, address, array):
    """The address as a pointer to numbers of the dtype of ``array``."""

    def codegen(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(array.dtype)(types.int64, array), codegen


@njit()
def _vector(step, number, size, like):
    """One of the arrays of a step."""
    return carray(_pointer(step[ARRAYS + number], like), (size,))


@njit()
def _pad(x, top, left, out):
    """Copy an image between rows and columns of zeros, or without those that lie outside of ``out``."""
    h, channels = x.shape[1], x.shape[3]
    for i in range(out.shape[1]):
        row = out[0, i].reshape(-1)
        for k in range(len(row)):
            row[k] = 0
        if top <= i < top + h:
            source, target = x[0, i - top].reshape(-1), row[left * channels :]
            for k in range(min(len(source), len(target))):
                target[k] = source[k]


@njit()
def _fold(step, channels, size, like):
    """See ``nn.ops.batch_norm.fold``."""
    gamma, beta = _vector(step, 0, channels, like), _vector(step, 1, channels, like)
    mean, variance = _vector(step, 2, channels, like), _vector(step, 3, channels, like)
    epsilon = _vector(step, 4, 1, like)[0]
    kernel, bias = _vector(step, 5, size, like), _vector(step, 6, channels, like)
    out_kernel, out_bias = _vector(step, 7, size, like), _vector(step, 8, channels, like)
    scale = np.empty_like(gamma)
    for c in range(channels):
        scale[c] = gamma[c] / np.sqrt(variance[c] + epsilon)
        out_bias[c] = (bias[c] - mean[c]) * scale[c] + beta[c]
    for start in range(0, size, channels):
        source, target = kernel[start : start + channels], out_kernel[start : start + channels]
        for c in range(channels):
            target[c] = source[c] * scale[c]


@njit()
def _depthwise(x, kernel, stride, out):
    _, out_h, out_w, channels = out.shape
    for i in range(out_h):
        for j in range(out_w):
            y = out[0, i, j]
            for c in range(channels):
                y[c] = 0
            for u in range(kernel.shape[0]):
                for v in range(kernel.shape[1]):
                    pixel, weights = x[0, i * stride[0] + u, j * stride[1] + v], kernel[u, v]
                    for c in range(channels):
                        y[c] += pixel[c] * weights[c]


@njit()
def _maximum(a, b):
    """The larger number; the first NaN stays."""
    return a if b <= a or a != a else b


@njit()
def _max_pool(x, window, stride, out):
    _, out_h, out_w, channels = out.shape
    for i in range(out_h):
        for j in range(out_w):
            y, top, left = out[0, i, j], i * stride[0], j * stride[1]
            if window == (2, 2):  # in registers: a third of the time
                first, second = x[0, top, left], x[0, top, left + 1]
                third, fourth = x[0, top + 1, left], x[0, top + 1, left + 1]
                for c in range(channels):
                    y[c] = _maximum(_maximum(_maximum(first[c], second[c]), third[c]), fourth[c])
                continue
            for c in range(channels):
                y[c] = x[0, top, left, c]
            for u in range(window[0]):
                for v in range(window[1]):
                    pixel = x[0, top + u, left + v]
                    for c in range(channels):
                        y[c] = _maximum(y[c], pixel[c])


@njit()
def _normalize(x, scale, shift, relu, out):
    channels = len(scale)
    for start in range(0, len(x), channels):
        for c in range(channels):
            y = x[start + c] * scale[c] + shift[c]
            out[start + c] = 0 if relu and y < 0 else y


@njit()
def _softmax(row):
    """See ``nn.ops.softmax_cross_entropy.softmax``; in place."""
    largest, total = row[0], row.dtype.type(0)
    for k in range(1, len(row)):
        largest = max(largest, row[k])
    for k in range(len(row)):
        row[k] = np.exp(row[k] - largest)
        total += row[k]
    for k in range(len(row)):
        row[k] /= total


@njit()
def _replace(kept, array):
    """Whether ``kept`` had other numbers than ``array``, or NaN; then it gets those of ``array``."""
    differs = False
    for k in range(len(array)):
        differs |= kept[k] != array[k]
    for k in range(len(array) if differs else 0):
        kept[k] = array[k]
    return differs


@njit()
def _winograd(step, x, relu, threads, out):
    """Winograd's algorithm; threads share the filters if there are many, else the tiles.

    The weights are transformed unless the kernel and the factors of its filters are those of the last call.
    """
    channels, filters = x.shape[3], out.shape[3]
    size = 9 * channels * filters
    kernel, scale, bias = _vector(step, 0, size, x), _vector(step, 1, filters, x), _vector(step, 2, filters, x)
    weights = _vector(step, 5, winograd.PLACES * winograd.step_of(channels, filters), x)
    if _replace(_vector(step, 3, size, x), kernel) | _replace(_vector(step, 4, filters, x), scale):
        scaled = np.empty_like(kernel)
        for start in range(0, size, filters):
            for f in range(filters):
                scaled[start + f] = kernel[start + f] * scale[f]
        for c in range(channels):
            winograd.transform_weights(scaled.reshape((3, 3, channels, filters)), c, weights)
    memory = carray(_pointer(step[ARRAYS + 6], x), (threads, winograd.memory_size(channels, filters)))
    has_many = filters >= threads * NR_VECTORS * lane_count(x)
    tile_parts, filter_parts = (np.int64(1), threads) if has_many else (threads, np.int64(1))
    winograd.forward_parts(x, weights, bias, relu, memory, tile_parts, filter_parts, out)


@njit()
def _dense(step, x, relu, first, end, out):
    """Some units of a dense layer; x is (1, inputs)."""
    weights = carray(_pointer(step[ARRAYS], x), (x.shape[1], out.shape[1]))
    dense.forward_row(x, weights, _vector(step, 1, out.shape[1], x), relu, out, first, end)


@njit(parallel=True, is_inner=True)
def _large_dense(step, x, relu, out):
    units, size = out.shape[1], SPARSE_VECTORS * lane_count(x)
    for panel in prange((units + size - 1) // size):
        first = np.int64(panel) * size
        _dense(step, x, relu, first, min(first + size, units), out)


@njit()
def run(steps, image, places, out, probabilities, largest, threads):
    """Follow the table from an image to the outputs, ``out`` (1, units), and with ``probabilities`` their softmax.

    Returns:
        whether they are to be trusted: no output is NaN, and ``nn.images.as_batch`` accepts the image, where values
        may be above ``largest`` only if others are negative.

    Args:
        places: memory for indices of maxima.
        threads: for the steps that several can share; None if there are none.
    """
    steps[len(steps) - 1, TARGET] = out.ctypes.data
    for s in range(len(steps)):
        step = steps[s]
        kind, flag, zero = step[KIND], step[NUMBERS] > 0, np.int64(0)
        shape, out_shape = (1, step[IN], step[IN + 1], step[IN + 2]), (1, step[OUT], step[OUT + 1], step[OUT + 2])
        source = step[SOURCE] if step[SOURCE] else image.ctypes.data
        x, y = carray(_pointer(source, image), shape), carray(_pointer(step[TARGET], image), out_shape)
        window, stride = (step[WINDOW], step[WINDOW + 1]), (step[NUMBERS + 1], step[NUMBERS + 2])
        channels, filters, terms = shape[3], out_shape[3], window[0] * window[1] * step[WINDOW + 2]
        if kind == PAD:
            _pad(x, stride[0], stride[1], y)
        elif kind == FOLD:
            _fold(step, step[WINDOW], step[WINDOW + 1], image)
        elif kind == CONVOLVE:
            weights, bias = _vector(step, 0, terms * filters, image), _vector(step, 1, filters, image)
            starts, offsets = _vector(step, 2, out_shape[1] * out_shape[2], step), _vector(step, 3, terms, step)
            for first in range(0, len(starts), conv2d.MC):
                conv2d.forward_block(
                    x, starts, offsets, np.int64(1), terms, weights, filters, bias, flag, y, zero, first
                )
        elif kind == CONVOLVE_AND_POOL:
            bias = _vector(step, 1, filters, image)
            kernel = carray(_pointer(step[ARRAYS], image), (*window, channels, filters))
            starts, offsets = _vector(step, 2, 8, step), _vector(step, 3, terms, step)
            for i in range(out_shape[1]):
                conv_relu_pool.forward_row(x, kernel, bias, starts, offsets, y, places, zero, i)
        elif kind == DEPTHWISE:
            _depthwise(x, carray(_pointer(step[ARRAYS], image), (*window, channels)), stride, y)
        elif kind == MAX_POOL:
            _max_pool(x, window, stride, y)
        elif kind == DENSE:
            _dense(step, x[0, 0], flag, np.int64(0), filters, y[0, 0])
        elif kind == NORMALIZE:
            scale, shift = _vector(step, 0, filters, image), _vector(step, 1, filters, image)
            _normalize(x.reshape(-1), scale, shift, flag, y.reshape(-1))
        if threads is not None:  # else that is not compiled
            if kind == WINOGRAD:
                _winograd(step, x, flag, threads, y)
            elif kind == LARGE_DENSE:
                _large_dense(step, x[0, 0], flag, y[0, 0])
    if probabilities:
        _softmax(out[0])
    values, limit, is_large, is_negative = image.reshape(-1), image.dtype.type(largest), False, False
    for k in range(len(values)):
        is_large |= values[k] > limit
        is_negative |= values[k] < 0
    return (is_negative or not is_large or image.ndim < 4) and np.isfinite(out[0, 0])

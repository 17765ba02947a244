"""A network for one image in one call of compiled code.

For one image of a small network the arithmetic takes 5 to 30 us. To call its kernels from Python one after another,
with their checks, tables and allocations, takes as long again. So ``nn/layers/program.py`` lists the steps once: each
is a row of a table, with the sizes and the addresses of what it reads and writes. ``run`` then follows the table.
"""

import numpy as np
from numba import carray, types
from numba.extending import intrinsic

from nn.ops.backend import njit
from nn.ops.fast import conv2d, conv_relu_pool, dense

#: The kinds of steps.
PAD, FOLD, CONVOLVE, CONVOLVE_AND_POOL, DEPTHWISE, MAX_POOL, DENSE, NORMALIZE = range(8)

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
def _max_pool(x, window, stride, out):
    _, out_h, out_w, channels = out.shape
    for i in range(out_h):
        for j in range(out_w):
            y = out[0, i, j]
            for u in range(window[0]):
                for v in range(window[1]):
                    pixel = x[0, i * stride[0] + u, j * stride[1] + v]
                    if u == 0 and v == 0:
                        for c in range(channels):
                            y[c] = pixel[c]
                    else:
                        for c in range(channels):
                            keep = pixel[c] <= y[c] or y[c] != y[c]  # the first NaN becomes the maximum and stays
                            y[c] = y[c] if keep else pixel[c]


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
def run(steps, image, places, out, probabilities, largest):
    """Follow the table from an image to the outputs, ``out`` (1, units), and with ``probabilities`` their softmax.

    Returns:
        whether they are to be trusted: no output is NaN, and ``nn.images.as_batch`` accepts the image, where values
        may be above ``largest`` only if others are negative.

    Args:
        places: memory for indices of maxima.
    """
    steps[len(steps) - 1, TARGET] = out.ctypes.data
    for s in range(len(steps)):
        step = steps[s]
        kind, flag, one = step[KIND], step[NUMBERS] > 0, np.int64(0)
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
                    x, starts, offsets, np.int64(1), terms, weights, filters, bias, flag, y, one, first
                )
        elif kind == CONVOLVE_AND_POOL:
            bias = _vector(step, 1, filters, image)
            kernel = carray(_pointer(step[ARRAYS], image), (*window, channels, filters))
            starts, offsets = _vector(step, 2, 8, step), _vector(step, 3, terms, step)
            for i in range(out_shape[1]):
                conv_relu_pool.forward_row(x, kernel, bias, starts, offsets, y, places, one, i)
        elif kind == DEPTHWISE:
            _depthwise(x, carray(_pointer(step[ARRAYS], image), (*window, channels)), stride, y)
        elif kind == MAX_POOL:
            _max_pool(x, window, stride, y)
        elif kind == DENSE:
            weights = carray(_pointer(step[ARRAYS], image), (channels, filters))
            dense.forward_row(x[0, 0], weights, _vector(step, 1, filters, image), flag, y[0, 0], one)
        else:
            scale, shift = _vector(step, 0, filters, image), _vector(step, 1, filters, image)
            _normalize(x.reshape(-1), scale, shift, flag, y.reshape(-1))
    if probabilities:
        _softmax(out[0])
    values, limit, is_large, is_negative = image.reshape(-1), image.dtype.type(largest), False, False
    for k in range(len(values)):
        is_large |= values[k] > limit
        is_negative |= values[k] < 0
    return (is_negative or not is_large or image.ndim < 4) and np.isfinite(out[0, 0])

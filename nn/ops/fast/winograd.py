"""3x3 convolutions of many channels by Winograd's algorithm F(4x4, 3x3); see ``nn.ops.conv2d`` for the equations.

Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016. A tile Y of 4x4 outputs depends on a tile X
of 6x6 pixels. With the matrices A, B and G of ``winograd_transforms``,

    Y = A^T [ (G K G^T) * (B^T X B) ] A        where * multiplies number by number, summed over the channels,

needs 36 multiplications for each channel and filter instead of 144. For each of the 36 places that is a product of
matrices, tiles by channels and channels by filters. The transposed equations give the gradients:

    dK = G^T [ (B^T X B) * (A dY A^T) ] G      summed over the tiles,
    dX = B [ (G K G^T) * (A dY A^T) ] B^T      summed over the filters; where tiles overlap, they add up.

A block of tiles stays in the cache of a core from one transform to the other. The products reach 97 % of the peak and
take 60 to 85 % of the time; docs/ops/conv2d.md has times and rounding errors.
"""

import numpy as np
from numba import config, get_num_threads, get_thread_id

from nn.ops import backend
from nn.ops.backend import njit, prange
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.tiles import NR_VECTORS, lane_count
from nn.ops.fast.winograd_blocks import (
    ROWS,
    TILES,
    add_bias_gradients,
    add_input_gradients,
    add_products,
    fill_with_zeros,
    step_of,
    transform_gradients,
    transform_inputs,
    transform_weights,
    write_outputs,
    write_products,
)
from nn.ops.fast.winograd_transforms import IN, OUT, PLACES, transform_kernel_gradient
from nn.ops.memory import empty

#: Multiply-adds that take as long as the transforms of a channel of a tile, and of the 3x3 weights of a channel.
TRANSFORM, KERNEL_TRANSFORM = 250, 750

#: Weights of a place of the window below which the larger rounding error is not worth the time that is saved.
FEW = 512

#: Partial sums of the gradient at most, and tiles of one at least: fixed numbers, so that the order of the additions
#: does not depend on the number of threads.
CHUNKS, TILES_OF_CHUNK = 16, 64


@njit()
def memory_size(channels, filters):
    """Numbers that a thread needs: for the transforms of x, those of y or dy, and a tile at the edge."""
    return PLACES * (step_of(TILES, channels) + step_of(TILES, filters) + max(channels, filters))


@njit()
def _split(memory, channels, filters):
    """The parts of the memory of a thread; the last two are the same tile, of pixels and of outputs."""
    first = PLACES * step_of(TILES, channels)
    second = first + PLACES * step_of(TILES, filters)
    patch = memory[second:]
    in_patch = patch[: PLACES * channels].reshape((1, IN, IN, channels))
    out_patch = patch[: OUT * OUT * filters].reshape((1, OUT, OUT, filters))
    return memory[:first], memory[first:second], in_patch, out_patch


@njit()
def tile_count(n, out):
    """The tiles of ``n`` images of the output."""
    return n * ((out.shape[1] + OUT - 1) // OUT) * ((out.shape[2] + OUT - 1) // OUT)


@njit()
def _share(count, unit, part, parts):
    """Where a part of ``count`` things begins and ends, a multiple of ``unit`` except at the end."""
    units = (count + unit - 1) // unit
    return units * part // parts * unit, min(units * (part + 1) // parts * unit, count)


@njit(parallel=True, is_inner=True)
def forward_parts(x, weights, bias, relu, memory, tile_parts, filter_parts, out):
    """Parts of the tiles, of a multiple of ``ROWS``, by parts of the filters; ``memory`` has a row for each thread."""
    channels, (_, out_h, out_w, filters) = x.shape[3], out.shape
    tiles, panel = tile_count(len(x), out), NR_VECTORS * lane_count(x)
    for task in prange(tile_parts * filter_parts):
        part = np.int64(task)
        first, end = _share(tiles, np.int64(ROWS), part // filter_parts, tile_parts)
        first_filter, end_filter = _share(filters, panel, part % filter_parts, filter_parts)
        inputs, products, in_patch, out_patch = _split(memory[get_thread_id()], channels, filters)
        for start in range(first, end, TILES):
            count = min(TILES, end - start)
            transform_inputs(x, start, count, out_h, out_w, in_patch, inputs)
            write_products(inputs, weights, bias, count, channels, filters, first_filter, end_filter, products)
            write_outputs(products, start, count, first_filter, end_filter, relu, out_patch, out)


@njit(parallel=True)
def _transform_kernel(kernel, weights):
    for c in prange(kernel.shape[2]):
        transform_weights(kernel, np.int64(c), weights)


@njit(parallel=True)
def _backward_input(dy, kernel, zeros, weights, memory, offset, images, dx):
    """``kernel`` is (3, 3, F, C); a task is as many ``images``."""
    filters, channels = kernel.shape[2:]
    n, out_h, out_w, _ = dy.shape
    for f in prange(filters):
        transform_weights(kernel, np.int64(f), weights)
    tiles, zero = tile_count(1, dy), np.int64(0)
    for task in prange((n + images - 1) // images):
        image = np.int64(task) * images
        end = min(image + images, n)
        products, gradients, in_patch, out_patch = _split(memory[get_thread_id()], channels, filters)
        fill_with_zeros(dx[image:end])
        for first in range(image * tiles, end * tiles, TILES):
            count = min(TILES, end * tiles - first)
            transform_gradients(dy, first, count, out_patch, gradients)
            write_products(gradients, weights, zeros, count, filters, channels, zero, channels, products)
            add_input_gradients(products, first, count, (out_h, out_w), offset, in_patch, dx)


@njit(parallel=True)
def _backward_kernel(x, dy, memory, sums, partial, partial_bias):
    """``partial`` (chunks, 3, 3, C, F) and ``partial_bias`` (chunks, F) get the gradients from a part of the tiles."""
    channels, (_, out_h, out_w, filters) = x.shape[3], dy.shape
    chunks, size, step = len(partial), channels * filters, step_of(channels, filters)
    tiles = tile_count(len(x), dy)
    for task in prange(chunks):
        chunk, thread = np.int64(task), get_thread_id()
        total, d_bias = sums[thread], partial_bias[chunk]
        fill_with_zeros(total)
        fill_with_zeros(d_bias)
        inputs, gradients, in_patch, out_patch = _split(memory[thread], channels, filters)
        end = tiles * (chunk + 1) // chunks
        for first in range(tiles * chunk // chunks, end, TILES):
            count = min(TILES, end - first)
            transform_inputs(x, first, count, out_h, out_w, in_patch, inputs)
            transform_gradients(dy, first, count, out_patch, gradients)
            add_products(inputs, gradients, count, channels, filters, total)
            add_bias_gradients(dy, first, count, d_bias)
        d_kernel = partial[chunk].reshape(-1)
        for start in range(0, size, lane_count(x)):
            transform_kernel_gradient(total, start, IN * step, step, d_kernel, start, 3 * size, size, False)


def is_faster(x, kernel, stride, out, keeps_weights=False):
    """Whether this file has kernels for such a convolution, and they take less time than a product in place."""
    _, out_h, out_w, filters = out.shape
    channels, lanes = x.shape[3], REGISTER_BYTES // x.itemsize
    if kernel.shape[:2] != (3, 3) or stride != (1, 1) or channels % lanes or filters % lanes:
        return False
    if channels * filters < FEW or x.itemsize != 4:  # float64 checks gradients: not worth compiling these kernels for
        return False
    tiles, pixels, weights = len(x) * -(-out_h // OUT) * -(-out_w // OUT), len(x) * out_h * out_w, channels * filters
    transforms = TRANSFORM * tiles * (channels + filters) + (0 if keeps_weights else KERNEL_TRANSFORM * weights)
    return tiles * PLACES * weights + transforms < pixels * kernel.size


def _memory(x, channels, filters):
    return empty((get_num_threads(), memory_size(channels, filters)), x.dtype)


def kept_arrays(kernel):
    """What a program of single images keeps for a convolution.

    The kernel and the factors of its filters, of which it has made transforms; these; and memory for each thread.
    """
    channels, filters = kernel.shape[2:]
    transforms = empty((PLACES * step_of(channels, filters),), kernel.dtype)
    memory = empty((config.NUMBA_NUM_THREADS, memory_size(channels, filters)), kernel.dtype)
    return np.full(kernel.size, np.nan, kernel.dtype), np.empty(filters, kernel.dtype), transforms, memory


def forward(x, kernel, bias, out, relu):
    """See ``nn.ops.conv2d.forward``."""
    channels, filters = kernel.shape[2:]
    weights = empty((PLACES * step_of(channels, filters),), x.dtype)
    _transform_kernel(kernel, weights)
    parts = -(-tile_count(len(x), out) // TILES)
    with backend.lock:
        forward_parts(x, weights, bias, relu, _memory(x, channels, filters), parts, 1, out)


def backward_kernel(x, dy, d_kernel, d_bias):
    """See ``nn.ops.conv2d.backward_kernel``."""
    channels, filters = d_kernel.shape[2:]
    tiles = len(x) * -(-dy.shape[1] // OUT) * -(-dy.shape[2] // OUT)
    chunks = max(1, min(CHUNKS, tiles // TILES_OF_CHUNK))
    partial, partial_bias = empty((chunks, *d_kernel.shape), x.dtype), empty((chunks, filters), x.dtype)
    memory = _memory(x, channels, filters)
    sums = empty((len(memory), PLACES * step_of(channels, filters)), x.dtype)
    _backward_kernel(x, dy, memory, sums, partial, partial_bias)
    d_kernel[...], d_bias[...] = partial.sum(axis=0), partial_bias.sum(axis=0)


def backward_input(dy, kernel, offset, dx):
    """See ``nn.ops.conv2d.backward_input``."""
    channels, filters = kernel.shape[2:]
    weights, zeros = empty((PLACES * step_of(filters, channels),), dy.dtype), np.zeros(channels, dy.dtype)
    images = max(1, TILES // (-(-dy.shape[1] // OUT) * -(-dy.shape[2] // OUT)))
    transposed = np.ascontiguousarray(kernel.transpose(0, 1, 3, 2))
    _backward_input(dy, transposed, zeros, weights, _memory(dy, channels, filters), offset, images, dx)

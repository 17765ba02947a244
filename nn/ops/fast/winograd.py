"""3x3 convolutions of many channels by Winograd's algorithm F(4x4, 3x3); see ``nn.ops.conv2d`` for the equations.

Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016. A tile Y of 4x4 outputs depends on a tile X
of 6x6 pixels. With the matrices A, B and G of ``winograd_transforms``,

    Y = A^T [ (G K G^T) * (B^T X B) ] A        where * multiplies number by number, summed over the channels,

needs 36 multiplications for each channel and filter instead of 144. For each of the 36 places that is a product of
matrices, tiles by channels and channels by filters. The transposed equations give the gradients:

    dK = G^T [ (B^T X B) * (A dY A^T) ] G      summed over the tiles,
    dX = B [ (G K G^T) * (A dY A^T) ] B^T      summed over the filters; where tiles overlap, they add up.

A block of tiles stays in the cache of a core from one transform to the other.

Measured on one core with AVX-512, in times of the product in place (``conv2d.py``), which reaches the peak of the
machine: forward 2.3 (16 to 32 channels, 24x24 outputs), 2.7 (32 to 32, 28x28), 3.1 (64 to 64, 8x8); the gradient of
the weights 2.2, 2.6, 3.1. The products reach 97 % of the peak and take 60 to 85 % of the time. With 64 channels of
normal numbers and outputs of variance 1, the root-mean-square error is 8e-7 (in place 4e-7), the largest one 1e-5
(in place 3e-6).
"""

import numpy as np
from numba import get_num_threads, get_thread_id

from nn.ops.backend import njit, prange
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.tiles import lane_count
from nn.ops.fast.winograd_blocks import (
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
from nn.ops.fast.winograd_transforms import IN, ONES, OUT, PLACES, transform_kernel_gradient
from nn.ops.memory import empty

#: Multiply-adds that take as long as the transforms of a channel of a tile, and of the 3x3 weights of a channel.
TRANSFORM, KERNEL_TRANSFORM = 250, 750

#: Weights of a place of the window below which the larger rounding error is not worth the time that is saved.
FEW = 512

#: Partial sums of the gradient at most, and tiles of one at least: fixed numbers, so that the order of the additions
#: does not depend on the number of threads.
CHUNKS, TILES_OF_CHUNK = 16, 64


@njit(parallel=True)
def _forward(x, kernel, initial, relu, weights, inputs, products, patches, out):
    """``inputs``, ``products`` and ``patches`` are memory for each thread."""
    channels, filters = kernel.shape[2:]
    _, out_h, out_w, _ = out.shape
    for c in prange(channels):
        transform_weights(kernel, np.int64(c), weights)
    tiles = len(x) * ((out_h + OUT - 1) // OUT) * ((out_w + OUT - 1) // OUT)
    for task in prange((tiles + TILES - 1) // TILES):
        first, thread = np.int64(task) * TILES, get_thread_id()
        count = min(TILES, tiles - first)
        in_patch = patches[thread, : PLACES * channels].reshape((1, IN, IN, channels))
        out_patch = patches[thread, : OUT * OUT * filters].reshape((1, OUT, OUT, filters))
        transform_inputs(x, first, count, out_h, out_w, in_patch, inputs[thread])
        write_products(inputs[thread], weights, initial, count, channels, filters, products[thread])
        write_outputs(products[thread], first, count, relu, out_patch, out)


@njit(parallel=True)
def _backward_input(dy, kernel, initial, weights, gradients, products, patches, offset, images, dx):
    """``kernel`` is (3, 3, F, C); a task is as many ``images``."""
    filters, channels = kernel.shape[2:]
    n, out_h, out_w, _ = dy.shape
    for f in prange(filters):
        transform_weights(kernel, np.int64(f), weights)
    tiles = ((out_h + OUT - 1) // OUT) * ((out_w + OUT - 1) // OUT)
    for task in prange((n + images - 1) // images):
        image, thread = np.int64(task) * images, get_thread_id()
        end = min(image + images, n)
        in_patch = patches[thread, : PLACES * channels].reshape((1, IN, IN, channels))
        out_patch = patches[thread, : OUT * OUT * filters].reshape((1, OUT, OUT, filters))
        fill_with_zeros(dx[image:end])
        for first in range(image * tiles, end * tiles, TILES):
            count = min(TILES, end * tiles - first)
            transform_gradients(dy, first, count, out_patch, gradients[thread])
            write_products(gradients[thread], weights, initial, count, filters, channels, products[thread])
            add_input_gradients(products[thread], first, count, (out_h, out_w), offset, in_patch, dx)


@njit(parallel=True)
def _backward_kernel(x, dy, inputs, gradients, sums, patches, partial, partial_bias):
    """``partial`` (chunks, 3, 3, C, F) and ``partial_bias`` (chunks, F) get the gradients from a part of the tiles."""
    channels, (_, out_h, out_w, filters) = x.shape[3], dy.shape
    chunks, size, step = len(partial), channels * filters, step_of(channels, filters)
    tiles = len(x) * ((out_h + OUT - 1) // OUT) * ((out_w + OUT - 1) // OUT)
    for task in prange(chunks):
        chunk, thread = np.int64(task), get_thread_id()
        total, d_bias = sums[thread], partial_bias[chunk]
        fill_with_zeros(total)
        fill_with_zeros(d_bias)
        in_patch = patches[thread, : PLACES * channels].reshape((1, IN, IN, channels))
        out_patch = patches[thread, : OUT * OUT * filters].reshape((1, OUT, OUT, filters))
        end = tiles * (chunk + 1) // chunks
        for first in range(tiles * chunk // chunks, end, TILES):
            count = min(TILES, end - first)
            transform_inputs(x, first, count, out_h, out_w, in_patch, inputs[thread])
            transform_gradients(dy, first, count, out_patch, gradients[thread])
            add_products(inputs[thread], gradients[thread], count, channels, filters, total)
            add_bias_gradients(dy, first, count, d_bias)
        d_kernel = partial[chunk].reshape(-1)
        for start in range(0, size, lane_count(x)):
            transform_kernel_gradient(total, start, IN * step, step, d_kernel, start, 3 * size, size, False)


def is_faster(x, kernel, stride, out):
    """Whether this file has kernels for such a convolution, and they take less time than a product in place."""
    _, out_h, out_w, filters = out.shape
    channels, lanes = x.shape[3], REGISTER_BYTES // x.itemsize
    if kernel.shape[:2] != (3, 3) or stride != (1, 1) or channels % lanes or filters % lanes:
        return False
    if channels * filters < FEW or x.itemsize != 4:  # float64 checks gradients: not worth compiling these kernels for
        return False
    tiles, pixels, weights = len(x) * -(-out_h // OUT) * -(-out_w // OUT), len(x) * out_h * out_w, channels * filters
    transforms = TRANSFORM * tiles * (channels + filters) + KERNEL_TRANSFORM * weights
    return tiles * PLACES * weights + transforms < pixels * kernel.size


def _memory(x, channels, filters):
    """For each thread: the transforms of x, those of y or dy, and a tile at the edge."""
    threads = get_num_threads()
    sizes = PLACES * step_of(TILES, channels), PLACES * step_of(TILES, filters), PLACES * max(channels, filters)
    return tuple(empty((threads, size), x.dtype) for size in sizes)


def forward(x, kernel, bias, out, relu):
    """See ``nn.ops.conv2d.forward``."""
    channels, filters = kernel.shape[2:]
    weights = empty((PLACES * step_of(channels, filters),), x.dtype)
    initial = np.outer(ONES, bias).astype(x.dtype).ravel()
    _forward(x, kernel, initial, relu, weights, *_memory(x, channels, filters), out)


def backward_kernel(x, dy, d_kernel, d_bias):
    """See ``nn.ops.conv2d.backward_kernel``."""
    channels, filters = d_kernel.shape[2:]
    tiles = len(x) * -(-dy.shape[1] // OUT) * -(-dy.shape[2] // OUT)
    chunks = max(1, min(CHUNKS, tiles // TILES_OF_CHUNK))
    partial, partial_bias = empty((chunks, *d_kernel.shape), x.dtype), empty((chunks, filters), x.dtype)
    inputs, gradients, patches = _memory(x, channels, filters)
    sums = empty((len(inputs), PLACES * step_of(channels, filters)), x.dtype)
    _backward_kernel(x, dy, inputs, gradients, sums, patches, partial, partial_bias)
    d_kernel[...], d_bias[...] = partial.sum(axis=0), partial_bias.sum(axis=0)


def backward_input(dy, kernel, offset, dx):
    """See ``nn.ops.conv2d.backward_input``."""
    channels, filters = kernel.shape[2:]
    weights, initial = empty((PLACES * step_of(filters, channels),), dy.dtype), np.zeros(PLACES * channels, dy.dtype)
    products, gradients, patches = _memory(dy, channels, filters)
    images = max(1, TILES // (-(-dy.shape[1] // OUT) * -(-dy.shape[2] // OUT)))
    transposed = np.ascontiguousarray(kernel.transpose(0, 1, 3, 2))
    _backward_input(dy, transposed, initial, weights, gradients, products, patches, offset, images, dx)

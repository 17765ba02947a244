"""What one thread does of Winograd's algorithm: a block of tiles, from one transform to the other; see ``winograd``."""

import numpy as np

from nn.ops.backend import njit
from nn.ops.fast.llvm import AVX512
from nn.ops.fast.products import multiply_add
from nn.ops.fast.tiles import NR_VECTORS, lane_count, load_tile, store_tile
from nn.ops.fast.winograd_transforms import (
    IN,
    ONES,
    OUT,
    PLACES,
    transform_gradient,
    transform_input,
    transform_input_gradient,
    transform_kernel,
    transform_output,
)

#: Tiles of a block; rows of the tiles in registers: four divide the numbers of tiles of small images.
TILES, ROWS = 32, 4

#: The same in the gradient of the weights, where the rows are channels.
CHANNEL_ROWS = 8 if AVX512 else 4

#: Numbers of a cache line.
LINE = 16


@njit()
def step_of(count, channels):
    """Numbers from one place to the next, each (count, channels).

    Not a power of two, whose multiples share few cache lines: the transforms took twice the time.
    """
    return count * channels + LINE


@njit()
def fill_with_zeros(array):
    """Set all numbers to 0. Loops, because a slice assignment takes Numba seconds to compile."""
    flat = array.reshape(-1)
    for i in range(len(flat)):
        flat[i] = 0


@njit()
def _position(tile, out_h, out_w):
    """The image, and the first row and column of the output, of a tile."""
    down, across = (out_h + OUT - 1) // OUT, (out_w + OUT - 1) // OUT
    return tile // (down * across), tile // across % down * OUT, tile % across * OUT


@njit()
def _pixels(x, n, top, left, size, patch):
    """An array that holds the pixels of a tile, where they begin, and the distance of its rows.

    At the edge of the image it is ``patch``, with zeros beyond the edge.
    """
    _, h, w, channels = x.shape
    if top + size <= h and left + size <= w:
        return x, ((n * h + top) * w + left) * channels, w * channels
    for r in range(size):
        for s in range(size):
            is_inside = top + r < h and left + s < w
            for c in range(channels):
                patch[0, r, s, c] = x[n, top + r, left + s, c] if is_inside else 0
    return patch, 0, patch.shape[2] * channels


@njit()
def transform_weights(kernel, c, weights):
    """The transforms of the 3x3 weights of a channel."""
    channels, filters = kernel.shape[2:]
    size, step = channels * filters, step_of(channels, filters)
    for start in range(c * filters, (c + 1) * filters, lane_count(kernel)):
        transform_kernel(kernel, start, 3 * size, size, weights, start, IN * step, step, False)


@njit()
def transform_inputs(x, first, count, out_h, out_w, patch, out):
    """The transforms of the pixels under some tiles, (``PLACES``, ``TILES``, C)."""
    channels = x.shape[3]
    step = step_of(TILES, channels)
    for t in range(count):
        n, top, left = _position(first + t, out_h, out_w)
        source, start, row = _pixels(x, n, top, left, IN, patch)
        for c in range(0, channels, lane_count(x)):
            transform_input(source, start + c, row, channels, out, t * channels + c, IN * step, step, False)


@njit()
def transform_gradients(dy, first, count, patch, out):
    """The transforms of the gradients of some tiles, (``PLACES``, ``TILES``, F)."""
    _, out_h, out_w, filters = dy.shape
    step = step_of(TILES, filters)
    for t in range(count):
        n, top, left = _position(first + t, out_h, out_w)
        source, start, row = _pixels(dy, n, top, left, OUT, patch)
        for f in range(0, filters, lane_count(dy)):
            transform_gradient(source, start + f, row, filters, out, t * filters + f, IN * step, step, False)


@njit()
def write_products(inputs, weights, bias, count, channels, filters, begin, end, out):
    """The products of the transforms, place by place, and the transform of the bias: the filters from ``begin`` on."""
    initial = np.empty_like(bias)
    for place in range(PLACES):
        for f in range(begin, end):
            initial[f] = bias[f] * ONES[place]
        for f in range(begin, end, NR_VECTORS * lane_count(inputs)):
            width = min(NR_VECTORS * lane_count(inputs), end - f)
            for t in range(0, count, ROWS):
                at, b_start = place * step_of(TILES, channels) + t * channels, place * step_of(channels, filters) + f
                tile = load_tile(ROWS, NR_VECTORS, initial, f, 0, width)
                tile = multiply_add(tile, inputs, at, channels, 1, weights, b_start, filters, channels, width)
                store_tile(tile, out, place * step_of(TILES, filters) + t * filters + f, filters, width)


@njit()
def write_outputs(products, first, count, begin, end, relu, patch, out):
    """Write some tiles of the output: of some filters."""
    _, out_h, out_w, filters = out.shape
    step = step_of(TILES, filters)
    for t in range(count):
        n, top, left = _position(first + t, out_h, out_w)
        is_inside = top + OUT <= out_h and left + OUT <= out_w
        target, start, row = patch, 0, patch.shape[2] * filters
        if is_inside:
            target, start, row = out, ((n * out_h + top) * out_w + left) * filters, out_w * filters
        for f in range(begin, end, lane_count(out)):
            transform_output(products, t * filters + f, IN * step, step, target, start + f, row, filters, relu)
        if not is_inside:
            for r in range(min(OUT, out_h - top)):
                for s in range(min(OUT, out_w - left)):
                    for f in range(begin, end):
                        out[n, top + r, left + s, f] = patch[0, r, s, f]


@njit()
def add_products(inputs, gradients, count, channels, filters, sums):
    """Add to ``sums`` (``PLACES``, C, F) the products of the transforms of some tiles."""
    for place in range(PLACES):
        for f in range(0, filters, NR_VECTORS * lane_count(inputs)):
            width = min(NR_VECTORS * lane_count(inputs), filters - f)
            for c in range(0, channels, CHANNEL_ROWS):
                start, at = place * step_of(channels, filters) + c * filters + f, place * step_of(TILES, channels) + c
                b_start = place * step_of(TILES, filters) + f
                tile = load_tile(CHANNEL_ROWS, NR_VECTORS, sums, start, filters, width)
                tile = multiply_add(tile, inputs, at, 1, channels, gradients, b_start, filters, count, width)
                store_tile(tile, sums, start, filters, width)


@njit()
def add_bias_gradients(dy, first, count, d_bias):
    """Add to ``d_bias`` (F,) the gradients of some tiles."""
    _, out_h, out_w, filters = dy.shape
    for t in range(count):
        n, top, left = _position(first + t, out_h, out_w)
        for r in range(top, min(top + OUT, out_h)):
            for s in range(left, min(left + OUT, out_w)):
                for f in range(filters):
                    d_bias[f] += dy[n, r, s, f]


@njit()
def add_input_gradients(products, first, count, size, offset, patch, dx):
    """Add to ``dx`` what some tiles of the output, which has this size, give."""
    _, h, w, channels = dx.shape
    step = step_of(TILES, channels)
    for t in range(count):
        n, top, left = _position(first + t, size[0], size[1])
        top, left = top - offset[0], left - offset[1]
        is_inside = top >= 0 and left >= 0 and top + IN <= h and left + IN <= w
        target, start, row = patch, 0, IN * channels
        if is_inside:
            target, start, row = dx, ((n * h + top) * w + left) * channels, w * channels
        else:
            fill_with_zeros(patch)
        for c in range(0, channels, lane_count(dx)):
            transform_input_gradient(
                products, t * channels + c, IN * step, step, target, start + c, row, channels, False
            )
        if not is_inside:
            for r in range(max(0, -top), min(IN, h - top)):
                for s in range(max(0, -left), min(IN, w - left)):
                    for c in range(channels):
                        dx[n, top + r, left + s, c] += patch[0, r, s, c]

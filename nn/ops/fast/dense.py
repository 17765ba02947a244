"""The dense products without the terms that are zero; see ``nn.ops.dense`` for the equations.

After a ReLU most of x is zero, and the ReLU stops dx where x is zero. So the kernels skip zeros (also zero times
infinity, which is NaN), and the backward pass reads the weights once, for both gradients and, if wanted, the step of
Adam: dw then never goes through memory. Where no number of x is zero, the forward pass takes as long as a plain
product in tiles and the backward pass a third longer; with half of them zero both are ahead by a fifth (32 images, 5408
inputs, 64 outputs, one core).

The threads share the inputs of a large layer, so that each stays with its part of x, of w, and of the moments.
"""

import numpy as np

from nn.ops.backend import njit, prange
from nn.ops.fast import sparse
from nn.ops.fast.adam import adam_step
from nn.ops.fast.products import multiply_add
from nn.ops.fast.tiles import MR, NR_VECTORS, SPARSE_VECTORS, lane_count, load_tile, store_tile, zero_tile
from nn.ops.fast.tiles import relu as relu_tile

#: Below this many multiply-adds a second thread costs more than it gains.
SMALL = 1 << 17

#: Inputs whose weights stay in the nearest cache while ``MC`` rows of the batch use them: as many as a word has bits.
KC = sparse.WORD_BITS

#: Rows of the batch that share these weights.
MC = 64

#: Rows of the batch that one of the two words of ``column_bits`` has bits for.
HALF_WORD = sparse.WORD_BITS // 2

#: Weights that each thread can hold in its cache: forward, the threads then share the rows of the batch and need no
#: sums of parts. LeNet-5's dense layers take half as long so.
FEW_WEIGHTS = 1 << 18

#: Rows that a thread then takes at once.
ROWS = 16

#: The parts of the inputs, always the same ones, for the threads to share.
PARTS = 8


@njit()
def _part(size, step, part):
    """The first input of one of the ``PARTS``, a multiple of ``step``."""
    return min((size + step - 1) // step * part // PARTS * step, size)


@njit()
def _forward_part(x, weights, first_row, end_row, first, end, sums):
    """Fill ``sums`` (rows, units) with the products of some rows over some inputs.

    Two rows are taken together, over the inputs that are nonzero in either: rows of a batch are alike enough for this
    to be less work than one after the other, where branch prediction misses the end of each loop.
    """
    inputs, units = weights.shape
    size = SPARSE_VECTORS * lane_count(x)
    for unit in range(0, units, size):
        width = min(size, units - unit)
        for i in range(first, max(end, first + 1), KC):  # at least once, to write zeros
            count = min(KC, end - i)
            for n in range(first_row, end_row, 2):
                # The last row of an odd number is paired with itself.
                step = 1 if n + 1 < end_row else 0
                start, place = n * inputs + i, (n - first_row) * units + unit
                bits = sparse.nonzero_bits(x, start, count) | sparse.nonzero_bits(x, start + step * inputs, count)
                if i == first:
                    tile = zero_tile(2, SPARSE_VECTORS, sums)
                else:
                    tile = load_tile(2, SPARSE_VECTORS, sums, place, step * units, width)
                tile = sparse.multiply_add_where(
                    tile, x, start, step * inputs, 1, bits, weights, i * units + unit, units, width
                )
                store_tile(tile, sums, place, step * units, width)


@njit()
def _forward_rows(x, weights, bias, out, relu, first_row, end_row):
    """Some rows of the output."""
    _forward_part(x, weights, first_row, end_row, np.int64(0), x.shape[1], out[first_row:end_row])
    for n in range(first_row, end_row):
        y = out[n]
        for unit in range(len(y)):
            y[unit] += bias[unit]
            y[unit] = 0 if relu and y[unit] < 0 else y[unit]


@njit()
def _add_parts(sums, bias, out, relu, n):
    """A row of the output: the bias plus the parts, in order."""
    y, block, row = out[n], n // MC, n % MC
    for unit in range(len(y)):
        y[unit] = bias[unit]
    for part in range(sums.shape[1]):
        terms = sums[block, part, row]
        for unit in range(len(y)):
            y[unit] += terms[unit]
    if relu:
        for unit in range(len(y)):
            y[unit] = 0 if y[unit] < 0 else y[unit]


@njit(parallel=True)
def _forward(x, weights, bias, out, relu):
    rows, inputs = x.shape
    if rows * weights.size < SMALL:
        _forward_rows(x, weights, bias, out, relu, np.int64(0), rows)
    elif weights.size <= FEW_WEIGHTS:
        for task in prange((rows + ROWS - 1) // ROWS):
            first = np.int64(task) * ROWS
            _forward_rows(x, weights, bias, out, relu, first, min(first + ROWS, rows))
    else:
        step, blocks = lane_count(x), (rows + MC - 1) // MC
        sums = np.empty((blocks, PARTS, min(rows, MC), len(bias)), x.dtype)  # of a block over a part of the inputs
        for task in prange(PARTS * blocks):  # part by part, so that a thread stays with its inputs
            part, block = np.int64(task) // blocks, np.int64(task) % blocks
            first, end = _part(inputs, step, part), _part(inputs, step, part + 1)
            _forward_part(x, weights, MC * block, min(MC * (block + 1), rows), first, end, sums[block, part])
        for task in prange(rows):
            _add_parts(sums, bias, out, relu, np.int64(task))


@njit()
def forward_row(x, weights, bias, relu, out, first, end):
    """The output for one row: the units from ``first`` to ``end``."""
    inputs, units = weights.shape
    for unit in range(first, end, SPARSE_VECTORS * lane_count(x)):
        width = min(SPARSE_VECTORS * lane_count(x), end - unit)
        tile = load_tile(1, SPARSE_VECTORS, bias, unit, 0, width)
        for i in range(0, inputs, KC):
            bits = sparse.nonzero_bits(x, i, min(KC, inputs - i))
            tile = sparse.multiply_add_where(tile, x, i, 0, 1, bits, weights, i * units + unit, units, width)
        store_tile(relu_tile(tile, relu), out, unit, 0, width)


@njit()
def _relu_backward(dy, y, relu, dz, d_bias):
    """Fill ``dz`` with dy, with ``relu`` multiplied by y > 0, and ``d_bias`` with its sum over the batch."""
    for unit in range(len(d_bias)):
        d_bias[unit] = 0
    for n in range(len(dy)):
        for unit in range(len(d_bias)):
            dz[n, unit] = dy[n, unit] if y[n, unit] > 0 or not relu else 0
            d_bias[unit] += dz[n, unit]


@njit()
def _backward_inputs(x, dz, weights, first, second, coefficients, adam, dx, need_dx, start, sums, words):
    """For one register of inputs, from ``start`` on: the gradients of their weights, or the step, and their dx."""
    rows, inputs = x.shape
    units, lanes = weights.shape[1], lane_count(x)
    count, size = min(lanes, inputs - start), SPARSE_VECTORS * lanes
    zeros = zero_tile(1, 1, dx)
    for unit in range(0, units, size):
        width = min(size, units - unit)
        for row in range(0, max(rows, 1), sparse.WORD_BITS):
            chunk = min(sparse.WORD_BITS, rows - row)
            if need_dx and unit == 0:
                for n in range(row, row + chunk):
                    store_tile(zeros, dx, n * inputs + start, 0, count)
            sparse.column_bits(x, row * inputs + start, inputs, min(chunk, HALF_WORD), words[0], count)
            if chunk > HALF_WORD:
                sparse.column_bits(x, (row + HALF_WORD) * inputs + start, inputs, chunk - HALF_WORD, words[1], count)
            for i in range(count):
                bits, place = np.int64(words[0, i]), (start + i) * units + unit
                if chunk > HALF_WORD:
                    bits |= np.int64(words[1, i]) << HALF_WORD
                if chunk % sparse.UNROLL == 0:  # else there may be too few zero rows to pad with
                    bits = sparse.pad_to_unroll(bits)
                x_start, dz_start = row * inputs + start + i, row * units + unit
                if row == 0:
                    tile = zero_tile(1, SPARSE_VECTORS, sums)
                else:
                    tile = load_tile(1, SPARSE_VECTORS, sums, i * size, 0, width)
                if need_dx:
                    w = load_tile(1, SPARSE_VECTORS, weights, place, 0, width)
                    tile = sparse.multiply_add_both(tile, x, x_start, inputs, bits, dz, dz_start, units, w, dx, width)
                else:
                    tile = sparse.multiply_add_where(tile, x, x_start, 0, inputs, bits, dz, dz_start, units, width)
                if row + chunk < rows:
                    store_tile(tile, sums, i * size, 0, width)
                elif adam:
                    adam_step(tile, weights, first, second, place, width, coefficients)
                else:
                    store_tile(tile, first, place, 0, width)


@njit(parallel=True)
def _backward(x, dy, y, relu, weights, first, second, coefficients, adam, d_bias, dx, need_dx):
    """``first`` and ``second`` are the moments with ``adam``, else dw and unused; for the others see ``backward``."""
    inputs, lanes = x.shape[1], lane_count(x)
    dz = np.empty(dy.shape, dy.dtype)
    _relu_backward(dy, y, relu, dz, d_bias)
    if len(x) * weights.size < SMALL:
        sums, words = np.empty(SPARSE_VECTORS * lanes * lanes, x.dtype), np.empty((2, lanes), np.uint32)
        for start in range(0, inputs, lanes):
            _backward_inputs(x, dz, weights, first, second, coefficients, adam, dx, need_dx, start, sums, words)
    else:
        for task in prange(PARTS):
            part = np.int64(task)
            sums, words = np.empty(SPARSE_VECTORS * lanes * lanes, x.dtype), np.empty((2, lanes), np.uint32)
            for start in range(_part(inputs, lanes, part), _part(inputs, lanes, part + 1), lanes):
                _backward_inputs(x, dz, weights, first, second, coefficients, adam, dx, need_dx, start, sums, words)


@njit()
def _product_columns(a, b, out, first):
    """NR columns of the product, from ``first`` on: one tile after the other.

    Where the number of rows is no multiple of MR, the last tile overlaps its neighbour, and both write the same bits.
    """
    count, columns = b.shape
    rows = len(out)
    width = min(NR_VECTORS * lane_count(b), columns - first)
    if rows < MR:
        for r in range(rows):
            row = multiply_add(zero_tile(1, NR_VECTORS, out), a, r * count, 0, 1, b, first, columns, count, width)
            store_tile(row, out, r * columns + first, 0, width)
        return
    for block in range((rows + MR - 1) // MR):
        r = min(block * MR, rows - MR)
        tile = multiply_add(zero_tile(MR, NR_VECTORS, out), a, r * count, count, 1, b, first, columns, count, width)
        store_tile(tile, out, r * columns + first, columns, width)


@njit(parallel=True)
def _product(a, b, out):
    """``out = a b``: the plain product in tiles."""
    width = NR_VECTORS * lane_count(b)
    blocks = (b.shape[1] + width - 1) // width
    if len(out) * b.size < SMALL:
        for block in range(blocks):
            _product_columns(a, b, out, block * width)
    else:
        for block in prange(blocks):
            _product_columns(a, b, out, np.int64(block) * width)


def forward(x, weights, bias, out, relu):
    """See ``nn.ops.dense.forward``."""
    if len(x) == 1:
        forward_row(x, weights, bias, relu, out, 0, len(bias))
    else:
        _forward(x, weights, bias, out, relu)


def backward_input(dy, weights, dx):
    """See ``nn.ops.dense.backward_input``."""
    _product(dy, np.ascontiguousarray(weights.T), dx)


def backward(x, dy, weights, d_weights, d_bias, *, y=None, dx=None, behind_relu=False, adam=None):
    """See ``nn.ops.dense.backward``."""
    if not behind_relu:  # dx is needed everywhere: the plain product
        dy, y = dy if y is None else np.where(y > 0, dy, 0), None
        if dx is not None:
            backward_input(dy, weights, dx)
            dx = None
    step = (d_weights, d_weights, d_bias, False) if adam is None else (*adam, True)
    relu = (dy, False) if y is None else (y, True)
    wanted = (x, False) if dx is None else (dx, True)
    _backward(x, dy, *relu, weights, *step, d_bias, *wanted)

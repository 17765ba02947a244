"""The dense layer's products.

With input x (N, I), weights w (I, O) and bias (O,), each row of w being what one input gives:

    y[n, o]  = bias[o] + sum over i of  x[n, i] w[i, o]        y  = x w + bias
    dw[i, o] = sum over n of            x[n, i] dy[n, o]       dw = xᵀ dy
    dx[n, i] = sum over o of            dy[n, o] w[i, o]       dx = dy wᵀ
    dbias[o] = sum over n of            dy[n, o]

Behind a ReLU most of x is zero. What a zero is multiplied with adds nothing to y and dw, and the ReLU stops dx where
x is zero: so the kernels leave zeros out (zero times infinity, which is NaN, as well), and pass once over the weights
on the way back, for both gradients and, if wanted, for the step of Adam that follows from them: dw never goes through
memory then. Where no number of x is zero, the way there takes as long as a plain product in tiles and the way back a
third longer; with half of them zero both are ahead by a fifth (32 images, 5408 inputs, 64 outputs, one core).

The threads share the inputs, so that each keeps to its part of x, w and what the optimizer remembers of it.
"""

import numpy as np

from nn.ops import backend
from nn.ops import optimizer_steps as updates
from nn.ops.backend import njit, prange

if backend.compiled():
    from nn.ops.fast.micro_kernel import (
        ROWS,
        SPARSE_VECTORS,
        TURN,
        adam_step,
        column_bits,
        lane_count,
        load_tile,
        multiply_add,
        multiply_add_both_ways,
        multiply_add_where,
        nonzero_bits,
        store_tile,
        whole_turns,
        zero_tile,
    )

#: Below so many multiply-adds a second thread costs more than it brings.
SMALL = 1 << 17

#: Inputs whose weights are brought into the nearest cache at once: as many as a word has bits.
INPUTS = 64

#: Rows of the batch that share these weights.
BLOCK = 64

#: Rows of the batch that go together on the way back: as many as two words of ``column_bits`` have bits.
CHUNK = 64

#: The inputs are cut into so many parts, always the same ones, for the threads to share.
PARTS = 8


def forward_numpy(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool = False) -> None:
    """The equation for y, and if ``relu``, zero in place of what is negative."""
    np.matmul(x, weights, out=out)
    out += bias
    if relu:
        np.maximum(out, 0, out=out)


def backward_input_numpy(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """The equation for dx."""
    np.matmul(dy, weights.T, out=dx)


def backward_weights_numpy(x: np.ndarray, dy: np.ndarray, d_weights: np.ndarray, d_bias: np.ndarray) -> None:
    """The equations for dw and dbias."""
    np.matmul(x.T, dy, out=d_weights)
    dy.sum(axis=0, out=d_bias)


@njit()
def _part(size, step, part, parts):
    """Where a part of ``size`` inputs begins, a multiple of ``step``."""
    return min((size + step - 1) // step * part // parts * step, size)


@njit()
def _forward_part(x, weights, first_row, end_row, first, end, sums):
    """Fill ``sums`` (rows, units) with the products of some rows over some inputs.

    Two rows go together over the inputs that either has: neighbours in a batch are alike enough for that to be less
    work than one after the other, for which the processor can't foresee where each loop ends.
    """
    inputs, units = weights.shape
    size = SPARSE_VECTORS * lane_count(x)
    for unit in range(0, units, size):
        width = min(size, units - unit)
        for i in range(first, max(end, first + 1), INPUTS):  # once at least, to write the zeros
            count = min(INPUTS, end - i)
            for n in range(first_row, end_row, 2):
                # The last row of an odd number is taken twice, both times from and to the same place.
                step = 1 if n + 1 < end_row else 0
                start, place = n * inputs + i, (n - first_row) * units + unit
                bits = nonzero_bits(x, start, count) | nonzero_bits(x, start + step * inputs, count)
                if i == first:
                    tile = zero_tile(2, SPARSE_VECTORS, sums)
                else:
                    tile = load_tile(2, SPARSE_VECTORS, sums, place, step * units, width)
                tile = multiply_add_where(
                    tile, x, start, step * inputs, 1, bits, weights, i * units + unit, units, width
                )
                store_tile(tile, sums, place, step * units, width)


@njit()
def _add_parts(sums, bias, out, relu, n):
    """A row of the output: the bias and the parts, in their order."""
    y, block, row = out[n], n // BLOCK, n % BLOCK
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
def _forward_numba(x, weights, bias, out, relu, parts):
    rows, inputs = x.shape
    step, blocks = lane_count(x), (rows + BLOCK - 1) // BLOCK
    sums = np.empty((blocks, parts, min(rows, BLOCK), len(bias)), x.dtype)  # of a block, over a part of the inputs
    if parts == 1:
        for block in range(blocks):
            _forward_part(x, weights, BLOCK * block, min(BLOCK * (block + 1), rows), 0, inputs, sums[block, 0])
        for n in range(rows):
            _add_parts(sums, bias, out, relu, n)
    else:
        for task in prange(parts * blocks):  # part by part, so that a thread keeps to its inputs
            part, block = np.int64(task) // blocks, np.int64(task) % blocks
            first, end = _part(inputs, step, part, parts), _part(inputs, step, part + 1, parts)
            _forward_part(x, weights, BLOCK * block, min(BLOCK * (block + 1), rows), first, end, sums[block, part])
        for task in prange(rows):
            _add_parts(sums, bias, out, relu, np.int64(task))


@njit()
def _rectify(dy, y, relu, dz, d_bias):
    """``dz``: dy, or with ``relu`` what of it passes the ReLU whose output is y; and its sum over the batch."""
    d_bias[:] = 0
    for n in range(len(dy)):
        for unit in range(len(d_bias)):
            dz[n, unit] = dy[n, unit] if y[n, unit] > 0 or not relu else 0
            d_bias[unit] += dz[n, unit]


@njit()
def _backward_inputs(x, dz, weights, first, second, numbers, adam, dx, need_dx, start, sums, words):
    """What concerns the inputs from ``start`` on, a register full: their weights' gradients or step, and their dx."""
    rows, inputs = x.shape
    units, lanes = weights.shape[1], lane_count(x)
    count, size = min(lanes, inputs - start), SPARSE_VECTORS * lanes
    tiny = numbers.dtype.type(updates.TINY)
    zeros = zero_tile(1, 1, dx)
    for unit in range(0, units, size):
        width = min(size, units - unit)
        for row in range(0, max(rows, 1), CHUNK):
            chunk = min(CHUNK, rows - row)
            if need_dx and unit == 0:
                for n in range(row, row + chunk):
                    store_tile(zeros, dx, n * inputs + start, 0, count)
            column_bits(x, row * inputs + start, inputs, min(chunk, 32), words[0], count)
            if chunk > 32:
                column_bits(x, (row + 32) * inputs + start, inputs, chunk - 32, words[1], count)
            for i in range(count):
                bits, place = np.int64(words[0, i]), (start + i) * units + unit
                if chunk > 32:
                    bits |= np.int64(words[1, i]) << 32
                if chunk % TURN == 0:  # else there may be too few zeros to fill up with
                    bits = whole_turns(bits)
                x_start, dz_start = row * inputs + start + i, row * units + unit
                if row == 0:
                    tile = zero_tile(1, SPARSE_VECTORS, sums)
                else:
                    tile = load_tile(1, SPARSE_VECTORS, sums, i * size, 0, width)
                if need_dx:
                    w = load_tile(1, SPARSE_VECTORS, weights, place, 0, width)
                    tile = multiply_add_both_ways(tile, x, x_start, inputs, bits, dz, dz_start, units, w, dx, width)
                else:
                    tile = multiply_add_where(tile, x, x_start, 0, inputs, bits, dz, dz_start, units, width)
                if row + chunk < rows:
                    store_tile(tile, sums, i * size, 0, width)
                elif adam:
                    adam_step(tile, weights, first, second, place, width, numbers, tiny)
                else:
                    store_tile(tile, first, place, 0, width)


@njit(parallel=True)
def _backward_numba(x, dy, y, relu, weights, first, second, numbers, adam, d_bias, dx, need_dx, parts):
    """``first`` and ``second``: the moments with ``adam``, else dw and nothing; see ``backward`` for the others."""
    inputs, lanes = x.shape[1], lane_count(x)
    dz = np.empty(dy.shape, dy.dtype)
    _rectify(dy, y, relu, dz, d_bias)
    if parts == 1:
        sums, words = np.empty(SPARSE_VECTORS * lanes * lanes, x.dtype), np.empty((2, lanes), np.uint32)
        for start in range(0, inputs, lanes):
            _backward_inputs(x, dz, weights, first, second, numbers, adam, dx, need_dx, start, sums, words)
    else:
        for task in prange(parts):
            part = np.int64(task)
            sums, words = np.empty(SPARSE_VECTORS * lanes * lanes, x.dtype), np.empty((2, lanes), np.uint32)
            for start in range(_part(inputs, lanes, part, parts), _part(inputs, lanes, part + 1, parts), lanes):
                _backward_inputs(x, dz, weights, first, second, numbers, adam, dx, need_dx, start, sums, words)


# The plain product holds a tile of the result in registers while it runs over the terms; see simd.py. Where a size is
# no multiple of the tile's, the last tile overlaps its neighbour, and both write the same bits there.


@njit()
def _product_columns(a, b, out, first):
    """Two registers' columns of the product, from ``first`` on: ``ROWS`` rows of ``out`` at a time."""
    count, columns = b.shape
    rows = len(out)
    width = min(2 * lane_count(b), columns - first)
    if rows < ROWS:
        for r in range(rows):
            row = multiply_add(zero_tile(1, 2, out), a, r * count, 0, 1, b, first, columns, count, width)
            store_tile(row, out, r * columns + first, 0, width)
        return
    for block in range((rows + ROWS - 1) // ROWS):
        r = min(block * ROWS, rows - ROWS)
        tile = multiply_add(zero_tile(ROWS, 2, out), a, r * count, count, 1, b, first, columns, count, width)
        store_tile(tile, out, r * columns + first, columns, width)


@njit(parallel=True)
def _product(a, b, out):
    """``out = a b``."""
    width = 2 * lane_count(b)
    blocks = (b.shape[1] + width - 1) // width
    if len(out) * b.size < SMALL:
        for block in range(blocks):
            _product_columns(a, b, out, block * width)
    else:
        for block in prange(blocks):
            _product_columns(a, b, out, np.int64(block) * width)


def _parts(x: np.ndarray, weights: np.ndarray) -> int:
    return 1 if len(x) * weights.size < SMALL else PARTS


def forward(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool = False) -> None:
    """Fill ``out`` (N, O) with y, rectified if ``relu``."""
    if backend.compiled():
        _forward_numba(x, weights, bias, out, relu, _parts(x, weights))
    else:
        forward_numpy(x, weights, bias, out, relu)


def backward_input(dy: np.ndarray, weights: np.ndarray, dx: np.ndarray) -> None:
    """Fill ``dx`` (N, I)."""
    if backend.compiled():
        _product(dy, np.ascontiguousarray(weights.T), dx)
    else:
        backward_input_numpy(dy, weights, dx)


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
    adam: updates.AdamStep | None = None,
) -> None:
    """Fill ``d_weights`` (I, O), ``d_bias`` (O,) and ``dx`` (N, I).

    Args:
        x, dy, weights: as in the equations.
        d_weights, d_bias, dx: what to fill; None for dx if nobody asks for it.
        y: the output (N, O) of a ReLU behind the layer, through which ``dy`` has still to come.
        behind_relu: whether dx is stopped wherever x is zero; there it may be zero, then, whatever it should be.
        adam: the step to make of ``weights`` in place of writing ``d_weights``.
    """
    if not behind_relu or not backend.compiled():
        dy, y = dy if y is None else np.where(y > 0, dy, 0), None
        if dx is not None:
            backward_input(dy, weights, dx)
            dx = np.multiply(dx, x != 0, out=dx) if behind_relu else None
    if not backend.compiled():
        backward_weights_numpy(x, dy, d_weights, d_bias)
        if adam is not None:
            updates.adam_numpy(weights, d_weights, *adam)
        return
    first, second, numbers = (d_weights, d_weights, d_bias) if adam is None else adam
    need_dx = dx is not None
    _backward_numba(
        x,
        dy,
        dy if y is None else y,
        y is not None,
        weights,
        first,
        second,
        numbers,
        adam is not None,
        d_bias,
        dx if need_dx else x,
        need_dx,
        _parts(x, weights),
    )

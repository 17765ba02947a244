"""Matrix products that leave zeros out.

Behind a ReLU about half of the numbers are zero, of an image with a black margin three quarters, and of gradients that
come back through a ReLU again half. What they are multiplied with adds nothing, so the kernels here go over the others
alone: by a list of them, where a row's factors are used for many columns, or by a word of bits, where they are used
once. Which product is worth it, the callers in ``dense.py`` decide.

The values are those of the plain products but for the order in which terms are added; zero times infinity, which is
NaN, is left out as well.
"""

import numpy as np

from nn.kernels import backend
from nn.kernels.backend import njit, prange

if backend.compiled():
    from nn.kernels.simd import (
        LISTED_TURNS,
        LISTED_VECTORS,
        SPARSE_TILE_ROWS,
        SPARSE_VECTORS,
        add_rows,
        add_tiles,
        lane_count,
        load_tile,
        multiply_add_listed,
        multiply_add_where,
        nonzero_bits,
        store_tile,
        store_transposed,
        zero_tile,
    )

#: Terms of a listed product that are added in one go: so many rows stay in the nearest cache.
TERMS = 64

#: Inputs whose weights are brought into the nearest cache at once: as many as a word has bits.
INPUTS = 64

#: Rows that share these weights.
ROWS = 64

#: The sum over the inputs is made of so many parts, always the same ones, for the threads to share.
PARTS = 8


@njit(error_model="numpy")
def is_sparse(x, share):
    """Whether at most ``share`` of the numbers of ``x`` (N, I) are other than zero, judged by one row in eight."""
    rows, inputs = x.shape
    found = 0
    for n in range(0, rows, 8):
        for i in range(inputs):
            found += x[n, i] != 0
    return found <= share * ((rows + 7) // 8) * inputs


@njit(error_model="numpy")
def _list_factors(a, factors, terms, counts):
    """The factors of each row of ``a`` that are not zero, and the terms they belong to; zeros make the turns full.

    ``counts`` (chunks of ``TERMS``, rows) says how many there are, ``factors`` and ``terms`` (chunks, rows, capacity)
    which.
    """
    rows, count = a.shape
    for chunk in range(len(counts)):
        for r in range(rows):
            place = 0
            for k in range(TERMS * chunk, min(TERMS * (chunk + 1), count)):
                factors[chunk, r, place], terms[chunk, r, place] = a[r, k], k
                place += a[r, k] != 0
            while place % LISTED_TURNS:
                factors[chunk, r, place], terms[chunk, r, place] = 0, 0
                place += 1
            counts[chunk, r] = place


@njit(error_model="numpy", parallel=True)
def _listed_product(factors, terms, counts, b, out):
    """``out[r, :] = sum over the listed k of a[r, k] b[k, :]``, some registers' columns at a time."""
    rows, columns = out.shape
    chunks, _, capacity = factors.shape
    size = LISTED_VECTORS * lane_count(b)
    for task in prange((columns + size - 1) // size):
        first = np.int64(task) * size
        width = min(size, columns - first)
        for chunk in range(chunks):
            for r in range(rows):
                start = (chunk * rows + r) * capacity
                sums = zero_tile(LISTED_TURNS, LISTED_VECTORS, out)
                sums = multiply_add_listed(sums, factors, terms, start, counts[chunk, r], b, first, columns, width)
                total = add_rows(sums)
                if chunk:
                    total = add_tiles(total, load_tile(1, LISTED_VECTORS, out, r * columns + first, 0, width))
                store_tile(total, out, r * columns + first, columns, width)


@njit(error_model="numpy")
def _transpose_block(weights, row, column, width, out):
    """``out[k, :] = weights[row:, column + k]``, as many rows as ``out`` has columns and there are, k < ``width``."""
    units, inputs = weights.shape
    rows, step = min(out.shape[1], units - row), lane_count(weights)
    for r in range(0, rows, step):
        for k in range(0, width, step):
            if r + step <= rows and k + step <= width:
                start = (row + r) * inputs + column + k
                store_transposed(weights, start, inputs, out, k * out.shape[1] + r, out.shape[1])
            else:
                for i in range(r, min(r + step, rows)):
                    for j in range(k, min(k + step, width)):
                        out[j, i] = weights[row + i, column + j]


@njit(error_model="numpy")
def _add_products(x, weights, first_row, end_row, first_input, end_input, sums):
    """Add to ``sums`` (rows, units) the products of some rows over some inputs.

    Two rows go together over the inputs that either has: neighbours in a batch are alike enough for that to be less
    work than one after the other, for which the processor can't foresee where each loop ends.
    """
    inputs, units = x.shape[1], len(weights)
    size = SPARSE_VECTORS * lane_count(x)
    block = np.empty((INPUTS, size), x.dtype)
    for unit in range(0, units, size):
        width = min(size, units - unit)
        for i in range(first_input, end_input, INPUTS):
            count = min(INPUTS, end_input - i)
            _transpose_block(weights, unit, i, count, block)
            for n in range(first_row, end_row, SPARSE_TILE_ROWS):
                # The last row of an odd number is taken twice, both times from and to the same place.
                step = 1 if n + 1 < end_row else 0
                start, place = n * inputs + i, (n - first_row) * units + unit
                bits = nonzero_bits(x, start, count) | nonzero_bits(x, start + step * inputs, count)
                tile = load_tile(SPARSE_TILE_ROWS, SPARSE_VECTORS, sums, place, step * units, width)
                tile = multiply_add_where(tile, x, start, step * inputs, bits, block, 0, size, width)
                store_tile(tile, sums, place, step * units, width)


@njit(error_model="numpy")
def _add_parts(sums, bias, out, relu, block, row, n):
    """A row of the output: the bias and the parts, in their order."""
    y = out[n]
    for unit in range(len(y)):
        y[unit] = bias[unit]
    for part in range(PARTS):
        terms = sums[block, part, row]
        for unit in range(len(y)):
            y[unit] += terms[unit]
    if relu:
        for unit in range(len(y)):
            y[unit] = 0 if y[unit] < 0 else y[unit]


@njit(error_model="numpy", parallel=True)
def _forward(x, weights, bias, out, relu, sums):
    """``sums`` (blocks of ``ROWS``, ``PARTS``, rows, units), zeros before: each block's, over a part of the inputs."""
    rows, inputs = x.shape
    length = (inputs + INPUTS * PARTS - 1) // (INPUTS * PARTS) * INPUTS
    blocks = len(sums)
    for task in prange(PARTS * blocks):  # part by part, so that a thread keeps to its inputs
        part, block = np.int64(task) // blocks, np.int64(task) % blocks
        end_row, end = min(ROWS * (block + 1), rows), min(length * (part + 1), inputs)
        _add_products(x, weights, ROWS * block, end_row, length * part, end, sums[block, part])
    for task in prange(rows):
        n = np.int64(task)
        _add_parts(sums, bias, out, relu, n // ROWS, n % ROWS, n)


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` (R, C) with ``a b``; ``a`` (R, K) has zeros, K is small against C."""
    chunks = -(-a.shape[1] // TERMS)
    shape = (chunks, len(a), TERMS + LISTED_TURNS)
    factors, terms, counts = np.empty(shape, a.dtype), np.empty(shape, np.int64), np.empty(shape[:2], np.int64)
    _list_factors(a, factors, terms, counts)
    _listed_product(factors, terms, counts, b, out)


def forward(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, out: np.ndarray, relu: bool) -> None:
    """Fill ``out`` (N, O) with x wᵀ + bias, rectified if ``relu``; ``x`` (N, I) has zeros."""
    blocks = -(-len(x) // ROWS)
    sums = np.zeros((blocks, PARTS, min(len(x), ROWS), len(weights)), x.dtype)
    _forward(x, weights, bias, out, relu, sums)

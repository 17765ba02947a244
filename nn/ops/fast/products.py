"""The micro-kernels of matrix products: a tile of the result stays in registers while the loop runs over the terms.

The names are those of BLIS (Van Zee and van de Geijn, "BLIS: a framework for rapidly instantiating BLAS functionality",
2015); Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, explains why this is fast.
For C (M, N) += A (M, K) B (K, N):

                                 NR                       B, packed: panels of NR columns, row after row,
                         +------+------+------+           so that the micro-kernel reads it front to back
                      KC |  B0  |  B1  |  B2  |             B0: b[0, 0..NR) b[1, 0..NR) ... b[K-1, 0..NR)
                         |      |      |      |             B1: b[0, NR..2NR) ...
                         +------+------+------+
            KC
       +----------+      +------+------+------+
    MR |   row    |      | tile |      |      | MR        One call of the micro-kernel: one tile of C, MR x NR.
       +----------+      +------+------+------+             for k in range(KC):
       |          |      |      |      |      |                 load NR numbers of B            NR / lanes loads
    MC |    A     |      |      |  C   |      |                 for r in range(MR):
       |          |      |      |      |      |                     broadcast a[r, k]
       |          |      |      |      |      |                     tile[r, :] += a[r, k] * b    fused multiply-adds
       +----------+      +------+------+------+

MR NR numbers of C take K (MR + NR) loads instead of 2 K MR NR. MC rows of A, those that use one panel of B before the
next, stay in the nearest cache. A is read where it lies, rows of an image included, so it is never packed.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nn.ops.backend import njit
from nn.ops.fast import llvm
from nn.ops.fast.tiles import Tile


@njit()
def pack(kernel, width, packed):
    """Pack the weights (K, F) into panels of ``width`` filters (K, width); zeros fill the last one.

    The rows of a panel then lie side by side. At a distance of a power of two they would compete for few cache lines.
    """
    terms, filters = kernel.shape
    for panel in range(len(packed) // (terms * width)):
        for k in range(terms):
            for f in range(width):
                column = panel * width + f
                packed[(panel * terms + k) * width + f] = kernel[k, column] if column < filters else 0


def product_loop(builder: Any, value: Any, tile: Tile, count: Any, width: Any, a_at: Any, b_at: Any) -> Any:
    """``value[r, :] += sum over k < count of a[k, r] * b[k, :]``.

    ``a_at(k)`` gives the addresses of a[k, r] for every r, each a number or a vector, ``b_at(k, v)`` that of the v-th
    vector of b[k].
    """
    count_of_lanes = value.type.element.count
    sums = llvm.registers(builder, value, tile.rows * tile.vectors)

    def add_products(masks):
        with cgutils.for_range(builder, count) as loop:
            addresses = a_at(loop.index)
            columns = [llvm.load(builder, b_at(loop.index, v), mask) for v, mask in enumerate(masks)]
            for r, address in enumerate(addresses):
                if isinstance(address.type.pointee, ir.VectorType):
                    factor = llvm.load(builder, address, None)
                else:
                    factor = llvm.splat(builder, builder.load(address), count_of_lanes)
                for column, register in zip(columns, sums[r * tile.vectors :], strict=False):
                    builder.store(llvm.fused_multiply_add(builder, factor, column, builder.load(register)), register)

    if width is None:
        add_products([None] * tile.vectors)
    else:
        llvm.split_narrow(builder, width, tile.vectors, count_of_lanes, add_products)
    return llvm.tile_of(builder, value.type, sums)


def vectors_of(b: Any, start: Any, step: Any, vector: Any) -> Any:
    """The ``b_at`` of ``product_loop`` for rows that begin ``step`` numbers apart."""
    return lambda k, v: b(start, (k, step), v * vector.count, vector=vector)


@intrinsic
def multiply_add(typing_context, tile, a, a_start, a_row, a_step, b, b_start, b_step, count, width):
    """``tile[r, :] += sum over k < count of a[a_start + r * a_row + k * a_step] * b[b_start + k * b_step + :]``."""

    def codegen(context, builder, signature, arguments):
        value, _, a_start, a_row, a_step, _, b_start, b_step, count, width = arguments
        a, b = llvm.addresses(context, builder, signature, arguments, 1, 5)

        def a_at(k):
            return [a(a_start, (k, a_step), (r, a_row)) for r in range(tile.rows)]

        b_at = vectors_of(b, b_start, b_step, value.type.element)
        return product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, index, index, b, index, index, index, index), codegen


@intrinsic
def multiply_add_rows(typing_context, tile, a, a_start, offsets, first, terms, b, b_start, b_step, count, width):
    """``multiply_add`` where each row of ``a``, and each term, has its own offset; without ``terms``, that is k.

    ``tile[r, :] += sum over k < count of a[a_start + offsets[first + r] + terms[k]] * b[b_start + k * b_step + :]``.
    """
    is_run = isinstance(terms, types.NoneType)

    def codegen(context, builder, signature, arguments):
        value, _, a_start, _, first, _, _, b_start, b_step, count, width = arguments
        a, offsets, b = llvm.addresses(context, builder, signature, arguments, 1, 3, 6)
        table = None if is_run else llvm.addresses(context, builder, signature, arguments, 5)[0]
        zero = ir.Constant(count.type, 0)
        rows = [builder.add(a_start, builder.load(offsets(first, r))) for r in range(tile.rows)]

        def a_at(k):
            term = builder.load(table(zero, k)) if table else k
            return [a(row, term) for row in rows]

        b_at = vectors_of(b, b_start, b_step, value.type.element)
        return product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, offsets, index, terms, b, index, index, index, index), codegen


@intrinsic
def multiply_add_columns(typing_context, tile, a, a_start, offsets, first, b, b_start, b_step, count, width):
    """``multiply_add`` where each column of ``a`` has its own offset.

    ``tile[r, :] += sum over k < count of a[a_start + offsets[first + k] + r] * b[b_start + k * b_step + :]``.
    """

    def codegen(context, builder, signature, arguments):
        value, _, a_start, _, first, _, b_start, b_step, count, width = arguments
        a, offsets, b = llvm.addresses(context, builder, signature, arguments, 1, 3, 5)

        def a_at(k):
            start = builder.add(a_start, builder.load(offsets(first, k)))
            return [a(start, r) for r in range(tile.rows)]

        b_at = vectors_of(b, b_start, b_step, value.type.element)
        return product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, offsets, index, b, index, index, index, index), codegen

"""Products that skip zeros: the nonzero elements are found as bits of a word, and only their terms are added.

After a ReLU most numbers are zero. ``nonzero_bits`` and ``column_bits`` compare a register of them at once and put one
bit per number into a word. The micro-kernels then take the lowest set bit, add its term, clear the bit, and so on:

    x     0  2.1   0    0  0.7   0  ...         bits  ...010010         terms k = 1, 4, ...
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nn.ops.fast import llvm
from nn.ops.fast.products import product_loop

#: Bits of a word, the number of elements that are compared at once.
WORD_BITS = 64

#: Terms that ``multiply_add_both`` takes in one iteration: the lanes of their sums are added up together.
UNROLL = 4


@intrinsic
def nonzero_bits(typing_context, array, start, count):
    """Which of the ``count`` <= ``WORD_BITS`` numbers from ``array[start]`` on are not zero: bit k is for the k-th."""

    def codegen(context, builder, signature, arguments):
        _, start, count = arguments
        (address,) = llvm.addresses(context, builder, signature, arguments, 0)
        vector = llvm.vector_type(signature.args[0].dtype, llvm.lanes(signature.args[0].dtype))
        word = ir.IntType(WORD_BITS)
        place = cgutils.alloca_once_value(builder, ir.Constant(word, 0))

        def collect(masks):
            bits: Any = ir.Constant(word, 0)
            for v, mask in enumerate(masks):
                numbers = llvm.load(builder, address(start, v * vector.count, vector=vector), mask)
                found = builder.fcmp_unordered("!=", numbers, ir.Constant(vector, None))
                found = builder.zext(builder.bitcast(found, ir.IntType(vector.count)), word)
                bits = builder.or_(bits, builder.shl(found, ir.Constant(word, v * vector.count)))
            builder.store(bits, place)

        llvm.for_width(builder, count, WORD_BITS // vector.count, vector.count, collect)
        return builder.load(place)

    return types.int64(array, types.intp, types.intp), codegen


@intrinsic
def column_bits(typing_context, a, start, row, count, words, width):
    """For each column of a register: which of its ``count`` <= 32 rows are not zero.

    Bit r of the uint32 ``words[c]`` is for ``a[start + r * row + c]``; ``words`` has as many elements as a register.
    The next columns of each row are prefetched, which the processor does not do over this distance (gained 5 % with a
    batch of 128).
    """

    def codegen(context, builder, signature, arguments):
        _, start, row, count, _, width = arguments
        a, words = llvm.addresses(context, builder, signature, arguments, 0, 4)
        vector = llvm.vector_type(signature.args[0].dtype, llvm.lanes(signature.args[0].dtype))
        word = ir.VectorType(llvm.INT32, vector.count)
        found = cgutils.alloca_once_value(builder, ir.Constant(word, [0] * vector.count))
        bit = cgutils.alloca_once_value(builder, ir.Constant(word, [1] * vector.count))

        def collect(masks):
            with cgutils.for_range(builder, count) as loop:
                pointer = a(start, (row, loop.index), vector=vector)
                llvm.prefetch(builder, builder.gep(pointer, [ir.Constant(llvm.INT32, 1)]))
                here = builder.fcmp_unordered("!=", llvm.load(builder, pointer, masks[0]), ir.Constant(vector, None))
                this = builder.load(bit)
                this_here = builder.select(here, this, ir.Constant(word, [0] * vector.count))
                builder.store(builder.or_(builder.load(found), this_here), found)
                builder.store(builder.add(this, this), bit)

        llvm.for_width(builder, width, 1, vector.count, collect)
        builder.store(builder.load(found), words(ir.Constant(start.type, 0), vector=word), align=4)
        return context.get_dummy_value()

    index = types.intp
    return types.void(a, index, index, index, words, index), codegen


@intrinsic
def pad_to_unroll(typing_context, bits):
    """The bits, and as many of the lowest other ones as make their number a multiple of ``UNROLL``."""

    def codegen(context, builder, signature, arguments):
        (bits,) = arguments

        def constant(number):
            return ir.Constant(bits.type, number)

        for _ in range(UNROLL - 1):
            count = builder.call(builder.module.declare_intrinsic("llvm.ctpop", [bits.type]), [bits])
            is_multiple = builder.icmp_unsigned("==", builder.urem(count, constant(UNROLL)), constant(0))
            bits = builder.select(is_multiple, bits, builder.or_(bits, builder.add(bits, constant(1))))
        return bits

    return types.int64(types.int64), codegen


def _lowest_bit(builder: Any, bits: Any) -> tuple[Any, Any]:
    """The number of the lowest bit that is set, and the word without it; the word's width if there is none."""
    lowest = llvm.call(builder, f"llvm.cttz.i{bits.type.width}", bits.type, [bits, ir.Constant(ir.IntType(1), 0)])
    return lowest, builder.and_(bits, builder.sub(bits, ir.Constant(bits.type, 1)))


@intrinsic
def multiply_add_where(typing_context, tile, a, a_start, a_row, a_step, bits, b, b_start, b_step, width):
    """``multiply_add`` over the terms k whose bit is set."""

    def codegen(context, builder, signature, arguments):
        value, _, a_start, a_row, a_step, bits, _, b_start, b_step, width = arguments
        a, b = llvm.addresses(context, builder, signature, arguments, 1, 6)
        vector = value.type.element
        count = builder.call(builder.module.declare_intrinsic("llvm.ctpop", [bits.type]), [bits])
        rest = cgutils.alloca_once_value(builder, bits)
        position = cgutils.alloca_once(builder, bits.type)

        def a_at(_):
            k, left = _lowest_bit(builder, builder.load(rest))
            builder.store(left, rest)
            builder.store(k, position)
            return [a(a_start, (a_step, k), (r, a_row)) for r in range(tile.rows)]

        def b_at(_, v):
            return b(b_start, (builder.load(position), b_step), v * vector.count, vector=vector)

        return product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, index, index, types.int64, b, index, index, index), codegen


@intrinsic
def multiply_add_both(typing_context, tile, x, x_start, x_row, bits, dy, dy_start, dy_row, weights, dx, width):
    """Both gradients that the rows k of a batch whose bit is set give: of one input, and of its ``weights`` (1 row).

    ``tile[0, :] += x[x_start + k * x_row] * dy[dy_start + k * dy_row + :]`` is that of the weights, and
    ``dx[x_start + k * x_row] += sum over the columns of dy[dy_start + k * dy_row + :] * weights[0, :]`` that of the
    input. Both read the same rows of ``dy``. To add up the lanes of ``UNROLL`` sums takes little longer than of one.
    """

    def codegen(context, builder, signature, arguments):
        value, _, x_start, x_row, bits, _, dy_start, dy_row, weights, _, width = arguments
        x, dy, dx = llvm.addresses(context, builder, signature, arguments, 1, 5, 9)
        vector = value.type.element
        sums = llvm.registers(builder, value, tile.vectors)
        count = builder.call(builder.module.declare_intrinsic("llvm.ctpop", [bits.type]), [bits])
        rest = cgutils.alloca_once_value(builder, bits)

        def add_term(masks):
            """The address of the next term of dx, and the lanes that add up to it."""
            k, left = _lowest_bit(builder, builder.load(rest))
            builder.store(left, rest)
            factor = llvm.splat(builder, builder.load(x(x_start, (x_row, k))), vector.count)
            total = ir.Constant(vector, None)
            for v, mask in enumerate(masks):
                column = llvm.load(builder, dy(dy_start, (dy_row, k), v * vector.count, vector=vector), mask)
                builder.store(llvm.fused_multiply_add(builder, factor, column, builder.load(sums[v])), sums[v])
                total = llvm.fused_multiply_add(builder, column, builder.extract_value(weights, v), total)
            return dx(x_start, (x_row, k)), total

        def add_terms(iterations, number, masks):
            with cgutils.for_range(builder, iterations):
                places, totals = zip(*(add_term(masks) for _ in range(number)), strict=True)
                for place, total in zip(places, llvm.lane_sums(builder, totals), strict=True):
                    builder.store(builder.fadd(builder.load(place), total), place)

        def add_all(masks):
            size = ir.Constant(count.type, UNROLL)
            add_terms(builder.udiv(count, size), UNROLL, masks)
            add_terms(builder.urem(count, size), 1, masks)

        llvm.split_narrow(builder, width, tile.vectors, vector.count, add_all)
        return llvm.tile_of(builder, value.type, sums)

    index = types.intp
    return tile(tile, x, index, index, types.int64, dy, index, index, weights, dx, index), codegen

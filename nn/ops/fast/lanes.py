"""Registers whose lanes belong to different images: transposing to them, and their micro-kernels.

The channels of a small convolution fill no register, whatever the sizes of kernel and image. The images of a batch do:
a block of as many images as a register has lanes is transposed to (H, W, C, lanes), so that each number of an image is
in one register, beside the same number of the others. Then every multiply-add is of full width.
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nn.ops.backend import njit
from nn.ops.fast import llvm
from nn.ops.fast.products import product_loop
from nn.ops.fast.tiles import lane_count

#: Numbers of an image that are transposed at once, so that the result stays in the nearest cache.
RUN = 256


@njit()
def to_lanes(x, first, out):
    """Transpose the images from ``first`` on, (count, E), to (E, lanes); zeros where there is no image."""
    lanes, size = lane_count(x), x.shape[1]
    for start in range(0, size, RUN):
        end = min(start + RUN, size)
        for lane in range(lanes):
            if first + lane < len(x):
                image = x[first + lane]
                for e in range(start, end):
                    out[e * lanes + lane] = image[e]
            else:
                for e in range(start, end):
                    out[e * lanes + lane] = 0


@njit()
def from_lanes(values, padded, lanes, first, out):
    """The reverse, of (pixels, padded, lanes) to the first channels: ``out`` is (N, pixels, C)."""
    _, pixels, channels = out.shape
    step = max(1, RUN // padded)
    for start in range(0, pixels, step):
        end = min(start + step, pixels)
        for lane in range(min(lanes, len(out) - first)):
            image = out[first + lane].reshape(-1)
            if padded == channels:
                for e in range(start * channels, end * channels):
                    image[e] = values[e * lanes + lane]
            else:
                for pixel in range(start, end):
                    for c in range(channels):
                        image[pixel * channels + c] = values[(pixel * padded + c) * lanes + lane]


@intrinsic
def multiply_add_pixels(typing_context, tile, a, a_start, a_step, b, b_start, b_step, b_column, count):
    """``tile[r, v] += sum over k < count of a[a_start + k a_step + r] * b[b_start + k b_step + v b_column]``.

    ``b`` is a register there, and ``a`` a number.
    """

    def codegen(context, builder, signature, arguments):
        value, _, a_start, a_step, _, b_start, b_step, b_column, count = arguments
        a, b = llvm.addresses(context, builder, signature, arguments, 1, 4)
        vector = value.type.element

        def a_at(k):
            return [a(a_start, (k, a_step), r) for r in range(tile.rows)]

        def b_at(k, v):
            return b(b_start, (k, b_step), (v, b_column), vector=vector)

        return product_loop(builder, value, tile, count, None, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, index, b, index, index, index, index), codegen


@intrinsic
def multiply_add_lanes(typing_context, tile, a, a_start, offsets, first, a_step, b, b_start, b_step, count):
    """The sum of products of registers, lane by lane.

    ``tile[r, v] += sum over k < count of a[a_start + offsets[first + r] + k a_step] b[b_start + k b_step + v lanes]``.
    """

    def codegen(context, builder, signature, arguments):
        value, _, a_start, _, first, a_step, _, b_start, b_step, count = arguments
        a, offsets, b = llvm.addresses(context, builder, signature, arguments, 1, 3, 6)
        vector = value.type.element
        rows = [builder.add(a_start, builder.load(offsets(first, r))) for r in range(tile.rows)]

        def a_at(k):
            return [a(row, (k, a_step), vector=vector) for row in rows]

        def b_at(k, v):
            return b(b_start, (k, b_step), v * vector.count, vector=vector)

        return product_loop(builder, value, tile, count, None, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, offsets, index, index, b, index, index, index), codegen


@intrinsic
def store_max_of(typing_context, tile, out, places, start, row, column, number, last):
    """Write the maximum of the tile and, unless ``number`` is 0, of what is there; ``places`` get its first number.

    Element [r, v] is the register from ``start + r * row + v * column`` on. With ``last``, ReLU follows: what is not
    positive becomes 0, and its place ``number`` + 1. A NaN is larger than any number.
    """

    def codegen(context, builder, signature, arguments):
        value, _, _, start, row, column, number, last = arguments
        out, places = llvm.addresses(context, builder, signature, arguments, 1, 2)
        vector = value.type.element
        numbers = ir.VectorType(ir.IntType(8), vector.count)
        zero = ir.Constant(vector, None)
        here = builder.trunc(number, ir.IntType(8))
        after = llvm.splat(builder, builder.add(here, ir.Constant(here.type, 1)), vector.count)
        here = llvm.splat(builder, here, vector.count)

        def store(is_first, is_last):
            for i in range(tile.rows * tile.vectors):
                index = start, (i // tile.vectors, row), (i % tile.vectors, column)
                best, place = builder.extract_value(value, i), here
                target, mark = out(*index, vector=vector), places(*index, vector=numbers)
                if not is_first:
                    before = llvm.load(builder, target, None)
                    larger = builder.fcmp_unordered(">", best, before)
                    larger = builder.and_(larger, builder.fcmp_ordered("ord", before, before))
                    best = builder.select(larger, best, before)
                    place = builder.select(larger, place, llvm.load(builder, mark, None))
                if is_last:
                    inactive = builder.fcmp_ordered("<=", best, zero)
                    best, place = builder.select(inactive, zero, best), builder.select(inactive, after, place)
                llvm.store(builder, best, target, None)
                llvm.store(builder, place, mark, None)

        is_first = builder.icmp_signed("==", number, ir.Constant(number.type, 0))
        is_last = builder.trunc(last, ir.IntType(1))
        with builder.if_else(is_first) as (first, later):
            with first, builder.if_else(is_last) as (then, otherwise):
                with then:
                    store(True, True)
                with otherwise:
                    store(True, False)
            with later, builder.if_else(is_last) as (then, otherwise):
                with then:
                    store(False, True)
                with otherwise:
                    store(False, False)
        return context.get_dummy_value()

    index = types.intp
    return types.void(tile, out, places, index, index, index, index, types.boolean), codegen


@intrinsic
def store_lane_sums(typing_context, tile, out, start, row):
    """Write the sum of the lanes of register [r, v] to ``out[start + r * row + v]``."""

    def codegen(context, builder, signature, arguments):
        value, _, start, row = arguments
        (out,) = llvm.addresses(context, builder, signature, arguments, 1)
        for r in range(tile.rows):
            found = [builder.extract_value(value, r * tile.vectors + v) for v in range(tile.vectors)]
            for v, total in enumerate(llvm.lane_sums(builder, found)):
                builder.store(total, out(start, (r, row), v))
        return context.get_dummy_value()

    return types.void(tile, out, types.intp, types.intp), codegen

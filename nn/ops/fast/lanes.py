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
from nn.ops.fast.products import product_loop, vectors_of


@intrinsic
def _transpose(typing_context, a, start, row, out, out_start, out_row):
    """Transpose a square of as many numbers as a register has of float32: ``a[start + r row + c]`` to ``out``.

    Squares of 1, 2, 4, ... numbers on both sides of the diagonal change places (Eklundh, "A fast computer method for
    matrix transposing", 1972).
    """

    def codegen(context, builder, signature, arguments):
        _, start, row, _, out_start, out_row = arguments
        a_at, out_at = llvm.addresses(context, builder, signature, arguments, 0, 3)
        count = llvm.lanes(types.float32)
        vector = llvm.vector_type(a.dtype, count)
        rows = [llvm.load(builder, a_at(start, (r, row), vector=vector), None) for r in range(count)]
        size = 1
        while size < count:
            for r in (r for r in range(count) if not r & size):
                upper, lower = rows[r], rows[r + size]
                for number, shift in ((r, 0), (r + size, size)):
                    # Numbers from ``count`` on are those of the lower row.
                    places = [k + shift if not k & size else k + count - size + shift for k in range(count)]
                    mask = ir.Constant(ir.VectorType(ir.IntType(32), count), places)
                    rows[number] = builder.shuffle_vector(upper, lower, mask)
            size *= 2
        for r, value in enumerate(rows):
            llvm.store(builder, value, out_at(out_start, (r, out_row), vector=vector), None)
        return context.get_dummy_value()

    index = types.intp
    return types.void(a, index, index, out, index, index), codegen


@njit()
def to_lanes(x, lanes, first, out):
    """Transpose the images from ``first`` on, (count, E), to (E, lanes); zeros where there is no image."""
    size = x.shape[1]
    if first + lanes <= len(x) and size >= lanes:
        for e in range(0, size, lanes):
            start = min(e, size - lanes)
            _transpose(x, first * size + start, size, out, start * lanes, lanes)
        return
    for lane in range(lanes):
        for e in range(size):
            out[e * lanes + lane] = x[first + lane, e] if first + lane < len(x) else 0


@njit()
def from_lanes(values, padded, lanes, first, out):
    """The reverse, of (pixels, padded, lanes) to the first channels: ``out`` is (N, pixels, C)."""
    _, pixels, channels = out.shape
    size = pixels * channels
    if padded == channels and first + lanes <= len(out) and size >= lanes:
        for e in range(0, size, lanes):
            start = min(e, size - lanes)
            _transpose(values, start * lanes, lanes, out, first * size + start, size)
        return
    for lane in range(min(lanes, len(out) - first)):
        for pixel in range(pixels):
            for c in range(channels):
                out[first + lane, pixel, c] = values[(pixel * padded + c) * lanes + lane]


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

        return product_loop(builder, value, tile, count, None, a_at, vectors_of(b, b_start, b_step, vector))

    index = types.intp
    return tile(tile, a, index, offsets, index, index, b, index, index, index), codegen


@intrinsic
def store_max_of(typing_context, tile, out, places, start, row, column, number, least, inactive):
    """Write the maximum of the tile and of what is there; ``places`` get the first ``number`` that has it.

    Element [r, v] is the register from ``start + r * row + v * column`` on. If ``number`` is 0, nothing is there yet:
    the maximum is at least ``least``, with ``inactive`` as its place. A NaN is larger than any number.
    """

    def codegen(context, builder, signature, arguments):
        value, _, _, start, row, column, number, least, inactive = arguments
        out, places = llvm.addresses(context, builder, signature, arguments, 1, 2)
        vector = value.type.element
        numbers = ir.VectorType(ir.IntType(8), vector.count)
        least = llvm.splat(builder, least, vector.count)
        here, nowhere = (
            llvm.splat(builder, builder.trunc(n, numbers.element), vector.count) for n in (number, inactive)
        )

        def store(before_at):
            for i in range(tile.rows * tile.vectors):
                index = start, (i // tile.vectors, row), (i % tile.vectors, column)
                target, mark = out(*index, vector=vector), places(*index, vector=numbers)
                best, (before, place) = builder.extract_value(value, i), before_at(target, mark)
                larger = builder.fcmp_unordered(">", best, before)
                larger = builder.and_(larger, builder.fcmp_ordered("ord", before, before))
                llvm.store(builder, builder.select(larger, best, before), target, None)
                llvm.store(builder, builder.select(larger, here, place), mark, None)

        with builder.if_else(builder.icmp_signed("==", number, ir.Constant(number.type, 0))) as (then, otherwise):
            with then:
                store(lambda target, mark: (least, nowhere))
            with otherwise:
                store(lambda target, mark: (llvm.load(builder, target, None), llvm.load(builder, mark, None)))
        return context.get_dummy_value()

    index = types.intp
    return types.void(tile, out, places, index, index, index, index, tile.dtype, index), codegen


@intrinsic
def store_where(typing_context, values, places, start, number, out, out_start):
    """Write a register of ``values`` where ``places`` are this number, and zeros elsewhere."""

    def codegen(context, builder, signature, arguments):
        _, _, start, number, _, out_start = arguments
        values_at, places_at, out_at = llvm.addresses(context, builder, signature, arguments, 0, 1, 4)
        vector = llvm.vector_type(values.dtype, llvm.lanes(values.dtype))
        numbers = llvm.vector_type(types.uint8, vector.count)
        value = llvm.load(builder, values_at(start, vector=vector), None)
        found = llvm.load(builder, places_at(start, vector=numbers), None)
        wanted = llvm.splat(builder, builder.trunc(number, numbers.element), vector.count)
        value = builder.select(builder.icmp_unsigned("==", found, wanted), value, ir.Constant(vector, None))
        llvm.store(builder, value, out_at(out_start, vector=vector), None)
        return context.get_dummy_value()

    index = types.intp
    return types.void(values, places, index, index, out, index), codegen


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

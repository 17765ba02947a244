"""ReLU and 2x2 max-pooling of tiles, which ``conv_relu_pool`` needs after its products, and their backward pass."""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from nn.ops.fast import llvm


@intrinsic
def store_max(typing_context, tile, out, max_indices, start, step, width):
    """2x2 max-pooling of two rows of pixels, followed by ReLU.

    Rows 2p, 2p + 1, 2p + 4 and 2p + 5 of the tile (8 rows) are the window of pixel p. ``out[start + p * step]`` gets
    their maximum, or 0 where it is not positive; ``max_indices`` gets the number of the first that has it, or 4.
    """

    def codegen(context, builder, signature, arguments):
        value, _, _, start, step, width = arguments
        out, max_indices = llvm.addresses(context, builder, signature, arguments, 1, 2)
        vector = value.type.element
        numbers = ir.VectorType(ir.IntType(8), vector.count)

        def store(masks):
            for pixel in range(2):
                for v in range(tile.vectors):
                    rows = (2 * pixel + row for row in (0, 1, 4, 5))
                    window = [builder.extract_value(value, row * tile.vectors + v) for row in rows]
                    best, place = _relu_max(builder, window, numbers)
                    index = start, (pixel, step), v * vector.count
                    llvm.store(builder, best, out(*index, vector=vector), masks[v])
                    llvm.store(builder, place, max_indices(*index, vector=numbers), masks[v])

        llvm.for_width(builder, width, tile.vectors, vector.count, store)
        return context.get_dummy_value()

    index = types.intp
    return types.void(tile, out, max_indices, index, index, index), codegen


def _relu_max(builder: Any, window: Sequence[Any], numbers: ir.VectorType) -> tuple[Any, Any]:
    """The larger of 0 and the maximum of some vectors, lane by lane, and the number of the first that has it, or 4."""

    def constant(number: int) -> Any:
        return ir.Constant(numbers, [number] * numbers.count)

    best, place = window[0], constant(0)
    for number, candidate in enumerate(window[1:], 1):
        # "Not less or equal" is true for a NaN, so the first NaN becomes the maximum and stays.
        larger = builder.and_(builder.fcmp_unordered(">", candidate, best), builder.fcmp_ordered("ord", best, best))
        best, place = builder.select(larger, candidate, best), builder.select(larger, constant(number), place)
    zero = ir.Constant(best.type, None)
    inactive = builder.fcmp_ordered("<=", best, zero)
    return builder.select(inactive, zero, best), builder.select(inactive, constant(len(window)), place)


@intrinsic
def add_pooled_products(typing_context, tile, x, x_start, x_row, nonzero, dy, max_indices, dy_start, width):
    """The backward pass of ``store_max`` for one pixel, and of the weights of a 3x3 convolution over one channel.

    With g[p, q] = ``dy[dy_start]`` where the index of the maximum is 2p + q, else 0, row 3u + v of ``tile`` (10 rows)
    adds up the sum over p, q of ``x[x_start + (p + u) * x_row + q + v]`` g[p, q], and the last row that of g[p, q].
    Without ``nonzero``, where all of x there is zero, only the last row changes.
    """

    def codegen(context, builder, signature, arguments):
        value, _, x_start, x_row, nonzero, _, _, dy_start, width = arguments
        x, dy, max_indices = llvm.addresses(context, builder, signature, arguments, 1, 5, 6)
        vector = value.type.element
        numbers = ir.VectorType(ir.IntType(8), vector.count)
        zero = ir.Constant(vector, None)
        sums = llvm.registers(builder, value, tile.rows * tile.vectors)
        places = [cgutils.alloca_once(builder, kind) for kind in (vector, numbers) for _ in range(tile.vectors)]

        def load(masks):
            for v, mask in enumerate(masks):
                index = dy_start, v * vector.count
                builder.store(llvm.load(builder, dy(*index, vector=vector), mask), places[v])
                loaded = llvm.load(builder, max_indices(*index, vector=numbers), mask)
                builder.store(loaded, places[tile.vectors + v])

        def where(v, predicate, number):
            """The v-th vector of dy where its max_index satisfies the comparison with the number, else zeros."""
            max_index = builder.load(places[tile.vectors + v])
            here = builder.icmp_unsigned(predicate, max_index, ir.Constant(numbers, [number] * vector.count))
            return builder.select(here, builder.load(places[v]), zero)

        llvm.for_width(builder, width, tile.vectors, vector.count, load)
        for v in range(tile.vectors):
            last = sums[9 * tile.vectors + v]
            builder.store(builder.fadd(builder.load(last), where(v, "<", 4)), last)
        with builder.if_then(builder.trunc(nonzero, ir.IntType(1))):
            gradients = [[where(v, "==", number) for number in range(4)] for v in range(tile.vectors)]
            # The 4x4 pixels under the window one by one: each is loaded once and leaves its register soon.
            for row in range(4):
                for column in range(4):
                    factor = llvm.splat(builder, builder.load(x(x_start, (row, x_row), column)), vector.count)
                    for p, q in ((0, 0), (0, 1), (1, 0), (1, 1)):
                        u, w = row - p, column - q
                        if not (0 <= u < 3 and 0 <= w < 3):
                            continue
                        for v in range(tile.vectors):
                            place = sums[(3 * u + w) * tile.vectors + v]
                            term = llvm.fused_multiply_add(
                                builder, factor, gradients[v][2 * p + q], builder.load(place)
                            )
                            builder.store(term, place)
        return llvm.tile_of(builder, value.type, sums)

    index = types.intp
    return tile(tile, x, index, index, types.boolean, dy, max_indices, index, index), codegen

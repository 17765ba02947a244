"""Tiles: blocks of a result that stay in registers.

Numba has no notion of a register, so this file adds a type to it: a *tile* of ``rows`` x ``vectors`` registers, that is
rows of the result by ``vectors * lane_count`` columns. ``lane_count`` numbers fit one register.

Arrays are C-contiguous and addressed by the flat index of an element. ``width`` is how many columns of a tile exist:
the lanes beyond it are read as zeros and never written, so sizes that are no multiple of a tile need no extra code.
The kernels do not check bounds: the layers check the shapes of whole arrays, and the kernels stay inside them.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

from nn.ops.fast import llvm

# The shapes of tiles: as large as the registers hold beside the operands, of 32 registers with AVX-512, else 16. A tile
# that is too large spills to memory in each iteration: on AVX2 the shapes of AVX-512 took twice the time.

#: Rows and vectors of a product's tile (BLIS's MR and NR, the latter counted in registers).
MR = 8 if llvm.AVX512 else 6
NR_VECTORS = 2

#: Vectors of a tile that only the terms other than zero are added to.
SPARSE_VECTORS = 4

#: Vectors of filters in a tile of ``conv_relu_pool``, which holds eight (forward) or ten (backward) rows of them.
POOL_VECTORS = 2 if llvm.AVX512 else 1


class Tile(types.Type):
    """``rows`` x ``vectors`` registers of ``dtype``."""

    def __init__(self, dtype: types.Type, rows: int, vectors: int) -> None:
        self.dtype = dtype
        self.rows = rows
        self.vectors = vectors
        super().__init__(name=f"Tile({dtype}, {rows} x {vectors})")


@register_model(Tile)
class _TileModel(models.PrimitiveModel):
    def __init__(self, manager: Any, tile: Tile) -> None:
        vector = llvm.vector_type(tile.dtype, llvm.lanes(tile.dtype))
        super().__init__(manager, tile, ir.ArrayType(vector, tile.rows * tile.vectors))


@intrinsic
def lane_count(typing_context, array):
    """How many numbers of the dtype of ``array`` fit a register."""

    def codegen(context, builder, signature, arguments):
        return context.get_constant(types.intp, llvm.lanes(array.dtype))

    return types.intp(array), codegen


@intrinsic(prefer_literal=True)
def zero_tile(typing_context, rows, vectors, array):
    """A tile of zeros, of the dtype of ``array``; rows and vectors are literal numbers."""
    tile = Tile(array.dtype, rows.literal_value, vectors.literal_value)

    def codegen(context, builder, signature, arguments):
        return ir.Constant(context.get_value_type(tile), None)

    return tile(rows, vectors, array), codegen


@intrinsic(prefer_literal=True)
def load_tile(typing_context, rows, vectors, array, start, row_stride, width):
    """The tile whose row r begins at ``array[start + r * row_stride]``; with ``row_stride`` 0 one row, repeated."""
    tile = Tile(array.dtype, rows.literal_value, vectors.literal_value)

    def codegen(context, builder, signature, arguments):
        _, _, _, start, stride, width = arguments
        (address,) = llvm.addresses(context, builder, signature, arguments, 2)
        vector = llvm.vector_type(tile.dtype, llvm.lanes(tile.dtype))
        tile_type = ir.ArrayType(vector, tile.rows * tile.vectors)
        variables = llvm.registers(builder, ir.Constant(tile_type, None), tile.rows * tile.vectors)

        def load(masks):
            for r in range(tile.rows):
                for v, mask in enumerate(masks):
                    source = address(start, (r, stride), v * vector.count, vector=vector)
                    builder.store(llvm.load(builder, source, mask), variables[r * tile.vectors + v])

        llvm.split_narrow(builder, width, tile.vectors, vector.count, load)
        return llvm.tile_of(builder, tile_type, variables)

    return tile(rows, vectors, array, types.intp, types.intp, types.intp), codegen


@intrinsic
def store_tile(typing_context, tile, array, start, row_stride, width):
    """Write row r of the tile from ``array[start + r * row_stride]`` on."""

    def codegen(context, builder, signature, arguments):
        value, _, start, stride, width = arguments
        (address,) = llvm.addresses(context, builder, signature, arguments, 1)
        vector = value.type.element

        def store(masks):
            for r in range(tile.rows):
                for v, mask in enumerate(masks):
                    target = address(start, (r, stride), v * vector.count, vector=vector)
                    llvm.store(builder, builder.extract_value(value, r * tile.vectors + v), target, mask)

        llvm.split_narrow(builder, width, tile.vectors, vector.count, store)
        return context.get_dummy_value()

    return types.void(tile, array, types.intp, types.intp, types.intp), codegen


@intrinsic
def relu(typing_context, tile, apply):
    """max(tile, 0) if ``apply``, else the tile; NaN stays NaN."""

    def codegen(context, builder, signature, arguments):
        value, apply = arguments
        zero = ir.Constant(value.type.element, None)
        enabled = llvm.splat(builder, builder.trunc(apply, ir.IntType(1)), value.type.element.count)
        for i in range(tile.rows * tile.vectors):
            register = builder.extract_value(value, i)
            negative = builder.and_(enabled, builder.fcmp_ordered("<", register, zero))
            value = builder.insert_value(value, builder.select(negative, zero, register), i)
        return value

    return tile(tile, types.boolean), codegen

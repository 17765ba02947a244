"""The transforms of Winograd's algorithm F(4x4, 3x3), a register of channels at a time; see ``winograd``."""

import math
from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nn.ops.fast import llvm

Matrix = Sequence[Sequence[float]]

#: Rows and columns of a tile of outputs, and of the pixels under it; the places of its transform.
OUT, IN = 4, 6
PLACES = IN * IN

#: The transforms, for the points 0, 1, -1, 2, -2 and infinity.
B_T = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
G = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
A_T = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def _sum(builder: Any, numbers: Sequence[float], vectors: Sequence[Any]) -> Any:
    """The sum of the vectors, each times its number."""
    total = None
    for number, vector in sorted(zip(numbers, vectors, strict=True), key=lambda term: term[0] != 1):
        factor = ir.Constant(vector.type, [number] * vector.type.count)
        if number == 0:
            continue
        if total is None:
            total = vector if number == 1 else builder.fmul(vector, factor)
        elif abs(number) == 1:
            total = (builder.fadd if number == 1 else builder.fsub)(total, vector)
        else:
            total = llvm.fused_multiply_add(builder, factor, vector, total)
    return total


def _product(builder: Any, matrix: Matrix, vectors: Sequence[Any]) -> list[Any]:
    """A matrix times a column of vectors. The points 1 and -1, and 2 and -2, share most of their sums."""
    pairs = (1, 2), (3, 4)
    if list(map(abs, matrix[1])) == list(map(abs, matrix[2])):
        result = [_sum(builder, numbers, vectors) for numbers in matrix]
        for p, q in pairs:
            same = [a if a == b else 0 for a, b in zip(matrix[p], matrix[q], strict=True)]
            opposite = [a - b for a, b in zip(matrix[p], same, strict=True)]
            even, odd = _sum(builder, same, vectors), _sum(builder, opposite, vectors)
            result[p], result[q] = builder.fadd(even, odd), builder.fsub(even, odd)
        return result
    vectors, rows = list(vectors), [list(numbers) for numbers in matrix]
    for p, q in pairs:
        vectors[p], vectors[q] = builder.fadd(vectors[p], vectors[q]), builder.fsub(vectors[p], vectors[q])
        for numbers in rows:
            numbers[p], numbers[q] = (numbers[p], 0) if numbers[p] == numbers[q] else (0, numbers[p])
    return [_sum(builder, numbers, vectors) for numbers in rows]


def _transform(matrix: Matrix, adds: bool = False) -> Any:
    """The intrinsic that multiplies a tile by a matrix from the left, and by its transpose from the right.

    With ``adds`` it adds the result to what is there.
    """

    @intrinsic
    def transform(typing_context, x, start, row, column, out, out_start, out_row, out_column, relu):
        """``out`` gets one register for each place of the result: of the lanes from ``start`` on."""

        def codegen(context, builder, signature, arguments):
            _, start, row, column, _, out_start, out_row, out_column, apply = arguments
            x_at, out_at = llvm.addresses(context, builder, signature, arguments, 0, 4)
            vector = llvm.vector_type(x.dtype, llvm.lanes(x.dtype))
            element, size = vector.element, range(len(matrix[0]))
            floor = builder.select(
                builder.trunc(apply, ir.IntType(1)), ir.Constant(element, 0), ir.Constant(element, -math.inf)
            )
            floor = llvm.splat(builder, floor, vector.count)
            columns = []
            for s in size:
                places = [x_at(start, (r, row), (s, column), vector=vector) for r in size]
                columns.append(_product(builder, matrix, [llvm.load(builder, place, None) for place in places]))
            for r in range(len(matrix)):
                for s, value in enumerate(_product(builder, matrix, [values[r] for values in columns])):
                    value = builder.select(builder.fcmp_ordered(">", floor, value), floor, value)  # NaN stays NaN
                    place = out_at(out_start, (r, out_row), (s, out_column), vector=vector)
                    if adds:
                        value = builder.fadd(llvm.load(builder, place, None), value)
                    llvm.store(builder, value, place, None)
            return context.get_dummy_value()

        index = types.intp
        return types.void(x, index, index, index, out, index, index, index, types.boolean), codegen

    return transform


def _transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


transform_input = _transform(B_T)
transform_kernel = _transform(G)
transform_output = _transform(A_T)
transform_input_gradient = _transform(_transposed(B_T), adds=True)
transform_gradient = _transform(_transposed(A_T))
transform_kernel_gradient = _transform(_transposed(G))

"""The transforms of Winograd's algorithm F(4x4, 3x3), a register of channels at a time; see ``winograd``."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nn.ops.fast import llvm

Matrix = Sequence[Sequence[Any]]

#: Rows and columns of a tile of outputs, and of the pixels under it; the places of its transform.
OUT, IN = 4, 6
PLACES = IN * IN

#: The points of the transforms are 0, these four and infinity. With 1, -1, 2 and -2, which Lavin and Gray take, the
#: rounding error is twice as large. See Barabasz et al., "Error analysis and improving the accuracy of Winograd
#: convolution for deep neural networks", 2020, https://arxiv.org/abs/1803.10986.
POINTS = Fraction(2, 3), Fraction(-2, 3), Fraction(3, 2), Fraction(-3, 2)


def _polynomial(roots: Sequence[Fraction]) -> list[Any]:
    """The coefficients of the product of (x - root), the constant one first."""
    coefficients: list[Any] = [1]
    for root in roots:
        coefficients = [a - root * b for a, b in zip([0, *coefficients], [*coefficients, 0], strict=True)]
    return coefficients


def _transforms(points: Sequence[Fraction]) -> tuple[Matrix, Matrix, Matrix]:
    """The transposes of A and B, and G, for 0, these points and infinity.

    They follow from Lagrange's interpolation. For each point p, with q the others, A has the powers of p, G the powers
    of p divided by the product of (p - q), and B the coefficients of the product of (x - q).
    """
    finite = (Fraction(0), *points)
    others = [[q for q in finite if q != p] for p in finite]
    a = [[p**i for p in finite] + [int(i == OUT - 1)] for i in range(OUT)]
    b = [[*_polynomial(q), 0] for q in others] + [_polynomial(finite)]
    g = [[p**i / math.prod(p - r for r in q) for i in range(3)] for p, q in zip(finite, others, strict=True)]
    return a, b, [*g, [0, 0, 1]]


A_T, B_T, G = _transforms(POINTS)

#: A number times these, added to the places of a tile, adds the number to all of its outputs.
ONES = np.outer(*[np.linalg.lstsq(np.array(A_T, float), np.ones(OUT))[0]] * 2).ravel()


def _sum(builder: Any, numbers: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """The sum of the vectors, each times its number."""
    total = None
    for number, vector in sorted(zip(numbers, vectors, strict=True), key=lambda term: term[0] != 1):
        factor = ir.Constant(vector.type, [float(number)] * vector.type.count)
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
    """A matrix times a column of vectors. The points p and -p share most of their sums."""
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

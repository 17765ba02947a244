"""Vectors and tiles of registers for Numba kernels.

The compiler vectorizes simple loops by itself; a matrix product at the speed of the machine needs more: a *tile* of
the result held in registers while the loop runs over the terms. Numba has no word for a register, so this file adds
two types to it:

- a **vector**: ``lanes(dtype)`` numbers, one register wide;
- a **tile**: ``rows`` x ``vectors`` of them, rows of the result by ``vectors * lanes`` columns.

and the few operations that the kernels need, each an intrinsic that emits LLVM instructions. Arrays are C-contiguous
and addressed by the flat index of an element. ``width`` is how many columns of a tile really exist: the lanes beyond
are read as zeros and never written, so odd sizes need no code of their own. Nothing checks bounds: the layers check the
shapes of whole arrays, and the kernels stay inside them.

Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, explains why tiles.
"""

from collections.abc import Callable, Sequence
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

#: The width of a register: 64 bytes with AVX-512, else 32 (AVX2; two registers each on what has narrower ones).
AVX512 = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
REGISTER_BYTES = 64 if AVX512 else 32

# The shapes of tiles, as large as the registers hold beside what is multiplied: 32 registers with AVX-512, else 16. A
# tile that is too large is moved to memory and back at each turn: on AVX2 the shapes of AVX-512 took twice the time.

#: Rows of a product's tile, which is 2 vectors wide.
ROWS = 8 if AVX512 else 6

#: Vectors of outputs in a tile to which only terms other than zero are added.
SPARSE_VECTORS = 4

#: Terms that ``multiply_add_both_ways`` takes in one go: the lanes of so many sums are added up together.
TURN = 4

#: Vectors of filters in a tile of the one-pass convolution, of which two (forward) or ten (backward) rows are held.
POOL_VECTORS = 2 if AVX512 else 1

_INT32 = ir.IntType(32)


def lanes(dtype: types.Type) -> int:
    """How many numbers of a Numba float type fit a register."""
    return REGISTER_BYTES * 8 // dtype.bitwidth


class Vector(types.Type):
    """``count`` numbers of ``dtype`` in a register."""

    def __init__(self, dtype: types.Type, count: int) -> None:
        self.dtype = dtype
        self.count = count
        super().__init__(name=f"Vector({dtype} x {count})")


class Tile(types.Type):
    """``rows`` x ``vectors`` registers of ``dtype``."""

    def __init__(self, dtype: types.Type, rows: int, vectors: int) -> None:
        self.dtype = dtype
        self.rows = rows
        self.vectors = vectors
        super().__init__(name=f"Tile({dtype}, {rows} x {vectors})")


def _vector_type(dtype: types.Type, count: int) -> ir.VectorType:
    element = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.uint8: ir.IntType(8)}[dtype]
    return ir.VectorType(element, count)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, _vector_type(vector.dtype, vector.count))


@register_model(Tile)
class _TileModel(models.PrimitiveModel):
    def __init__(self, manager: Any, tile: Tile) -> None:
        vector = _vector_type(tile.dtype, lanes(tile.dtype))
        super().__init__(manager, tile, ir.ArrayType(vector, tile.rows * tile.vectors))


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any, vector: Any = None) -> Any:
    """The address of an array's element, as one of its dtype or of ``vector``."""
    data = context.make_array(array_type)(context, builder, array).data
    address = builder.gep(data, [index])
    return address if vector is None else builder.bitcast(address, vector.as_pointer())


def _splat(builder: Any, scalar: Any, count: int) -> Any:
    """A vector of ``count`` times ``scalar``."""
    vector = ir.VectorType(scalar.type, count)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_INT32, 0))
    zeros = ir.Constant(ir.VectorType(_INT32, count), [0] * count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def _masks(builder: Any, width: Any, vectors: int, count: int) -> list[Any]:
    """For each vector of a tile's row, which of its lanes are among the first ``width`` columns."""
    limit = _splat(builder, builder.trunc(width, _INT32), count)
    column = ir.VectorType(_INT32, count)
    return [
        builder.icmp_signed("<", ir.Constant(column, list(range(v * count, (v + 1) * count))), limit)
        for v in range(vectors)
    ]


def _call(builder: Any, name: str, result: Any, arguments: Sequence[Any]) -> Any:
    """Call an LLVM intrinsic by its full name."""
    function_type = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)


def _suffix(vector: ir.VectorType) -> str:
    letter = "i8" if isinstance(vector.element, ir.IntType) else "f32" if vector.element == ir.FloatType() else "f64"
    return f"v{vector.count}{letter}"


def _alignment(vector: ir.VectorType) -> Any:
    size = {"i8": 1, "f32": 4, "f64": 8}[_suffix(vector).removeprefix(f"v{vector.count}")]
    return ir.Constant(_INT32, size)


def _by_width(builder: Any, width: Any, vectors: int, count: int, emit: Callable[[Sequence[Any]], None]) -> None:
    """Emit code for each vector's mask: with AVX-512, where masks cost little, once; else with tails apart.

    The masks of AVX2 take registers and time, and those of bytes are not in it at all.
    """
    if AVX512:
        emit(_masks(builder, width, vectors, count))
    else:
        _tails_apart(builder, width, vectors, count, emit)


def _tails_apart(builder: Any, width: Any, vectors: int, count: int, emit: Callable[[Sequence[Any]], None]) -> None:
    """Emit code once without masks, for tiles of full width, which are nearly all, and once with, for the others."""
    whole = builder.icmp_signed(">=", width, ir.Constant(width.type, vectors * count))
    with builder.if_else(whole, likely=True) as (then, otherwise):
        with then:
            emit([None] * vectors)
        with otherwise:
            emit(_masks(builder, width, vectors, count))


def _narrow_apart(builder: Any, width: Any, vectors: int, count: int, emit: Callable[[Sequence[Any]], None]) -> None:
    """``_tails_apart``, and once more for the first vector alone, where no column lies beyond it.

    As with ten classes: vectors that are masked as a whole are not only in vain. Where they reached for pages that
    memory did not have yet, such a layer took six times as long.
    """
    if vectors == 1:
        _tails_apart(builder, width, vectors, count, emit)
        return
    narrow = builder.icmp_signed("<=", width, ir.Constant(width.type, count))
    with builder.if_else(narrow, likely=False) as (then, otherwise):
        with then:
            emit(_masks(builder, width, 1, count))
        with otherwise:
            _tails_apart(builder, width, vectors, count, emit)


def _load(builder: Any, pointer: Any, mask: Any) -> Any:
    """A vector from memory, zeros where ``mask`` is off; what it is off for is not touched."""
    vector = pointer.type.pointee
    if mask is None:
        return builder.load(pointer, align=_alignment(vector).constant)
    name = f"llvm.masked.load.{_suffix(vector)}.p0"
    return _call(builder, name, vector, [pointer, _alignment(vector), mask, ir.Constant(vector, None)])


def _store(builder: Any, value: Any, pointer: Any, mask: Any) -> None:
    """A vector to memory, where ``mask`` is on."""
    if mask is None:
        builder.store(value, pointer, align=_alignment(value.type).constant)
        return
    name = f"llvm.masked.store.{_suffix(value.type)}.p0"
    _call(builder, name, ir.VoidType(), [value, pointer, _alignment(value.type), mask])


def _prefetch(builder: Any, pointer: Any) -> None:
    """Ask for what will be read soon, of data, into the nearest cache; it need not be there at all."""
    address = builder.bitcast(pointer, ir.IntType(8).as_pointer())
    reading, nearest, data = (ir.Constant(_INT32, number) for number in (0, 3, 1))
    _call(builder, "llvm.prefetch.p0", ir.VoidType(), [address, reading, nearest, data])


def _multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, fused where the processor can."""
    return _call(builder, f"llvm.fmuladd.{_suffix(a.type)}", a.type, [a, b, c])


def _literal(*values: Any) -> bool:
    """Whether the rows and vectors of a tile were given as plain numbers, known while compiling."""
    return all(isinstance(value, types.IntegerLiteral) for value in values)


@intrinsic(prefer_literal=True)
def load_tile(typing_context, rows, vectors, array, start, row_stride, width):
    """The tile whose row r begins at ``array[start + r * row_stride]``; with ``row_stride`` 0 one row, repeated."""
    if not _literal(rows, vectors):
        return None
    tile = Tile(array.dtype, rows.literal_value, vectors.literal_value)

    def codegen(context, builder, signature, arguments):
        _, _, data, start, stride, width = arguments
        vector = _vector_type(tile.dtype, lanes(tile.dtype))
        tile_type = ir.ArrayType(vector, tile.rows * tile.vectors)
        places = _registers(builder, ir.Constant(tile_type, None), tile.rows * tile.vectors)

        def load(masks):
            for r in range(tile.rows):
                for v, mask in enumerate(masks):
                    index = _index(builder, start, (r, stride), v * vector.count)
                    pointer = _pointer(context, builder, signature.args[2], data, index, vector)
                    builder.store(_load(builder, pointer, mask), places[r * tile.vectors + v])

        _narrow_apart(builder, width, tile.vectors, vector.count, load)
        return _gather(builder, tile_type, places)

    return tile(rows, vectors, array, types.intp, types.intp, types.intp), codegen


@intrinsic(prefer_literal=True)
def zero_tile(typing_context, rows, vectors, array):
    """A tile of zeros, of the dtype of ``array``."""
    if not _literal(rows, vectors):
        return None
    tile = Tile(array.dtype, rows.literal_value, vectors.literal_value)

    def codegen(context, builder, signature, arguments):
        return ir.Constant(context.get_value_type(tile), None)

    return tile(rows, vectors, array), codegen


@intrinsic
def store_tile(typing_context, tile, array, start, row_stride, width):
    """Write row r of the tile from ``array[start + r * row_stride]`` on."""

    def codegen(context, builder, signature, arguments):
        value, data, start, stride, width = arguments
        vector = value.type.element

        def store(masks):
            for r in range(tile.rows):
                for v, mask in enumerate(masks):
                    index = _index(builder, start, (r, stride), v * vector.count)
                    pointer = _pointer(context, builder, signature.args[1], data, index, vector)
                    _store(builder, builder.extract_value(value, r * tile.vectors + v), pointer, mask)

        _narrow_apart(builder, width, tile.vectors, vector.count, store)
        return context.get_dummy_value()

    return types.void(tile, array, types.intp, types.intp, types.intp), codegen


def _product_loop(builder: Any, value: Any, tile: Tile, count: Any, width: Any, a_at: Any, b_at: Any) -> Any:
    """``value[r, :] += sum over k < count of a[k, r] * b[k, :]``.

    ``a_at(k)`` gives the addresses of a[k, r] for every r, ``b_at(k, v)`` that of the v-th vector of b[k].
    """
    count_of_lanes = value.type.element.count
    sums = _registers(builder, value, tile.rows * tile.vectors)

    def add_products(masks):
        with cgutils.for_range(builder, count) as loop:
            addresses = a_at(loop.index)
            columns = [_load(builder, b_at(loop.index, v), mask) for v, mask in enumerate(masks)]
            for r, address in enumerate(addresses):
                factor = _splat(builder, builder.load(address), count_of_lanes)
                for column, register in zip(columns, sums[r * tile.vectors :], strict=False):
                    builder.store(_multiply_add(builder, factor, column, builder.load(register)), register)

    if width is None:
        add_products([None] * tile.vectors)
    else:
        _narrow_apart(builder, width, tile.vectors, count_of_lanes, add_products)
    return _gather(builder, value.type, sums)


@intrinsic
def multiply_add(typing_context, tile, a, a_start, a_row, a_step, b, b_start, b_step, count, width):
    """``tile[r, :] += sum over k < count of a[a_start + r * a_row + k * a_step] * b[b_start + k * b_step + :]``."""

    def codegen(context, builder, signature, arguments):
        value, a, a_start, a_row, a_step, b, b_start, b_step, count, width = arguments
        vector = value.type.element

        def a_at(k):
            start = _index(builder, a_start, (k, a_step))
            return [
                _pointer(context, builder, signature.args[1], a, _index(builder, start, (r, a_row)))
                for r in range(tile.rows)
            ]

        def b_at(k, v):
            index = _index(builder, b_start, (k, b_step), v * vector.count)
            return _pointer(context, builder, signature.args[5], b, index, vector)

        return _product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, index, index, b, index, index, index, index), codegen


@intrinsic
def nonzero_bits(typing_context, array, start, count):
    """Which of the ``count`` <= 64 numbers from ``array[start]`` on are not zero: bit k of the result is the k-th's."""

    def codegen(context, builder, signature, arguments):
        data, start, count = arguments
        vector = _vector_type(signature.args[0].dtype, lanes(signature.args[0].dtype))
        word = ir.IntType(64)
        place = cgutils.alloca_once_value(builder, ir.Constant(word, 0))

        def collect(masks):
            bits: Any = ir.Constant(word, 0)
            for v, mask in enumerate(masks):
                index = _index(builder, start, v * vector.count)
                numbers = _load(builder, _pointer(context, builder, signature.args[0], data, index, vector), mask)
                found = builder.fcmp_unordered("!=", numbers, ir.Constant(vector, None))
                found = builder.zext(builder.bitcast(found, ir.IntType(vector.count)), word)
                bits = builder.or_(bits, builder.shl(found, ir.Constant(word, v * vector.count)))
            builder.store(bits, place)

        _by_width(builder, count, 64 // vector.count, vector.count, collect)
        return builder.load(place)

    return types.int64(array, types.intp, types.intp), codegen


@intrinsic
def multiply_add_where(typing_context, tile, a, a_start, a_row, a_step, bits, b, b_start, b_step, width):
    """``multiply_add`` over the terms k whose bit is set."""

    def codegen(context, builder, signature, arguments):
        value, a, a_start, a_row, a_step, bits, b, b_start, b_step, width = arguments
        vector = value.type.element
        count = builder.call(builder.module.declare_intrinsic("llvm.ctpop", [bits.type]), [bits])
        rest = cgutils.alloca_once_value(builder, bits)
        place = cgutils.alloca_once(builder, bits.type)

        def a_at(_):
            k, left = _lowest_bit(builder, builder.load(rest))
            builder.store(left, rest)
            builder.store(k, place)
            start = _index(builder, a_start, (a_step, k))
            return [
                _pointer(context, builder, signature.args[1], a, _index(builder, start, (r, a_row)))
                for r in range(tile.rows)
            ]

        def b_at(_, v):
            index = _index(builder, b_start, (builder.load(place), b_step), v * vector.count)
            return _pointer(context, builder, signature.args[6], b, index, vector)

        return _product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, index, index, types.int64, b, index, index, index), codegen


@intrinsic
def multiply_add_both_ways(typing_context, tile, x, x_start, x_row, bits, dy, dy_start, dy_row, weights, dx, width):
    """The gradients that the rows k of a batch whose bit is set give to one input and to its ``weights`` (1 row).

    To the weights', ``tile[0, :] += x[x_start + k * x_row] * dy[dy_start + k * dy_row + :]``, and to the input's,
    ``dx[x_start + k * x_row] += sum over the columns of dy[dy_start + k * dy_row + :] * weights[0, :]``. Both read the
    same rows of ``dy``, and the lanes of ``TURN`` sums are added up in little more time than those of one.
    """

    def codegen(context, builder, signature, arguments):
        value, x, x_start, x_row, bits, dy, dy_start, dy_row, weights, dx, width = arguments
        vector = value.type.element
        sums = _registers(builder, value, tile.vectors)
        count = builder.call(builder.module.declare_intrinsic("llvm.ctpop", [bits.type]), [bits])
        rest = cgutils.alloca_once_value(builder, bits)

        def add_term(masks):
            """Where the next term of dx lies, and the lanes that add up to it."""
            k, left = _lowest_bit(builder, builder.load(rest))
            builder.store(left, rest)
            place = _index(builder, x_start, (x_row, k))
            factor = builder.load(_pointer(context, builder, signature.args[1], x, place))
            factor = _splat(builder, factor, vector.count)
            total = ir.Constant(vector, None)
            for v, mask in enumerate(masks):
                index = _index(builder, dy_start, (dy_row, k), v * vector.count)
                column = _load(builder, _pointer(context, builder, signature.args[5], dy, index, vector), mask)
                builder.store(_multiply_add(builder, factor, column, builder.load(sums[v])), sums[v])
                total = _multiply_add(builder, column, builder.extract_value(weights, v), total)
            return _pointer(context, builder, signature.args[9], dx, place), total

        def add_terms(turns, number, masks):
            with cgutils.for_range(builder, turns):
                places, totals = zip(*(add_term(masks) for _ in range(number)), strict=True)
                for place, total in zip(places, _sums_of_lanes(builder, totals), strict=True):
                    builder.store(builder.fadd(builder.load(place), total), place)

        def add_turns(masks):
            size = ir.Constant(count.type, TURN)
            add_terms(builder.udiv(count, size), TURN, masks)
            add_terms(builder.urem(count, size), 1, masks)

        _narrow_apart(builder, width, tile.vectors, vector.count, add_turns)
        return _gather(builder, value.type, sums)

    index = types.intp
    return tile(tile, x, index, index, types.int64, dy, index, index, weights, dx, index), codegen


@intrinsic
def column_bits(typing_context, a, start, row, count, words, width):
    """Which of ``count`` <= 32 rows are not zero, for each of a register's columns.

    Bit r of the uint32 ``words[c]`` is that of ``a[start + r * row + c]``; ``words`` has room for a register's lanes.
    The next columns of each row, too far apart for the processor to foresee, are asked for (5 % of a batch of 128).
    """

    def codegen(context, builder, signature, arguments):
        a, start, row, count, words, width = arguments
        vector = _vector_type(signature.args[0].dtype, lanes(signature.args[0].dtype))
        word = ir.VectorType(_INT32, vector.count)
        found = cgutils.alloca_once_value(builder, ir.Constant(word, [0] * vector.count))
        bit = cgutils.alloca_once_value(builder, ir.Constant(word, [1] * vector.count))

        def collect(masks):
            with cgutils.for_range(builder, count) as loop:
                pointer = _pointer(
                    context, builder, signature.args[0], a, _index(builder, start, (row, loop.index)), vector
                )
                _prefetch(builder, builder.gep(pointer, [ir.Constant(_INT32, 1)]))
                here = builder.fcmp_unordered("!=", _load(builder, pointer, masks[0]), ir.Constant(vector, None))
                this = builder.load(bit)
                this_here = builder.select(here, this, ir.Constant(word, [0] * vector.count))
                builder.store(builder.or_(builder.load(found), this_here), found)
                builder.store(builder.add(this, this), bit)

        _by_width(builder, width, 1, vector.count, collect)
        pointer = _pointer(context, builder, signature.args[4], words, ir.Constant(start.type, 0), word)
        builder.store(builder.load(found), pointer, align=4)
        return context.get_dummy_value()

    index = types.intp
    return types.void(a, index, index, index, words, index), codegen


@intrinsic
def whole_turns(typing_context, bits):
    """The bits, and so many of the lowest others that they make whole turns of ``TURN``."""

    def codegen(context, builder, signature, arguments):
        (bits,) = arguments

        def constant(number):
            return ir.Constant(bits.type, number)

        for _ in range(TURN - 1):
            count = builder.call(builder.module.declare_intrinsic("llvm.ctpop", [bits.type]), [bits])
            is_whole = builder.icmp_unsigned("==", builder.urem(count, constant(TURN)), constant(0))
            bits = builder.select(is_whole, bits, builder.or_(bits, builder.add(bits, constant(1))))
        return bits

    return types.int64(types.int64), codegen


@intrinsic
def multiply_add_rows(typing_context, tile, a, a_start, offsets, first, b, b_start, count):
    """``multiply_add`` where the rows of ``a`` lie anywhere, and those of ``b`` side by side, each a tile's wide.

    ``tile[r, :] += sum over k < count of a[a_start + offsets[first + r] + k] * b[b_start + k * (tile's width) + :]``.
    """

    def codegen(context, builder, signature, arguments):
        value, a, a_start, offsets, first, b, b_start, count = arguments
        vector = value.type.element
        rows = [
            builder.add(
                a_start,
                builder.load(_pointer(context, builder, signature.args[3], offsets, _index(builder, first, r))),
            )
            for r in range(tile.rows)
        ]

        def a_at(k):
            return [_pointer(context, builder, signature.args[1], a, builder.add(row, k)) for row in rows]

        def b_at(k, v):
            index = _index(builder, b_start, (tile.vectors * vector.count, k), v * vector.count)
            return _pointer(context, builder, signature.args[5], b, index, vector)

        return _product_loop(builder, value, tile, count, None, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, offsets, index, b, index, index), codegen


@intrinsic
def multiply_add_columns(typing_context, tile, a, a_start, offsets, first, b, b_start, b_step, count, width):
    """``multiply_add`` where the columns of ``a`` lie anywhere.

    ``tile[r, :] += sum over k < count of a[a_start + offsets[first + k] + r] * b[b_start + k * b_step + :]``.
    """

    def codegen(context, builder, signature, arguments):
        value, a, a_start, offsets, first, b, b_start, b_step, count, width = arguments
        vector = value.type.element

        def a_at(k):
            place = _pointer(context, builder, signature.args[3], offsets, builder.add(first, k))
            start = builder.add(a_start, builder.load(place))
            return [
                _pointer(context, builder, signature.args[1], a, _index(builder, start, r)) for r in range(tile.rows)
            ]

        def b_at(k, v):
            index = _index(builder, b_start, (k, b_step), v * vector.count)
            return _pointer(context, builder, signature.args[5], b, index, vector)

        return _product_loop(builder, value, tile, count, width, a_at, b_at)

    index = types.intp
    return tile(tile, a, index, offsets, index, b, index, index, index, index), codegen


@intrinsic
def rectify(typing_context, tile, rectified):
    """The tile, if ``rectified`` with zero in place of what is negative; NaN stays NaN."""

    def codegen(context, builder, signature, arguments):
        value, rectified = arguments
        zero = ir.Constant(value.type.element, None)
        asked = _splat(builder, builder.trunc(rectified, ir.IntType(1)), value.type.element.count)
        for i in range(tile.rows * tile.vectors):
            register = builder.extract_value(value, i)
            dropped = builder.and_(asked, builder.fcmp_ordered("<", register, zero))
            value = builder.insert_value(value, builder.select(dropped, zero, register), i)
        return value

    return tile(tile, types.boolean), codegen


@intrinsic
def store_largest(typing_context, top, bottom, out, winners, start, step, width):
    """2x2 max-pooling of two rows of pixels, with the ReLU behind it.

    The four rows 2p and 2p + 1 of ``top`` and of ``bottom`` are the window of pixel p. Their maximum, or 0 where it is
    not positive, goes to ``out[start + p * step]``; the number of the first row that has it, or 4, to ``winners``.
    """

    def codegen(context, builder, signature, arguments):
        top_value, bottom_value, out, winners, start, step, width = arguments
        vector = top_value.type.element
        numbers = ir.VectorType(ir.IntType(8), vector.count)

        def store(masks):
            for pixel in range(top.rows // 2):
                for v in range(top.vectors):
                    first = 2 * pixel * top.vectors + v
                    window = [
                        builder.extract_value(tile, index)
                        for tile in (top_value, bottom_value)
                        for index in (first, first + top.vectors)
                    ]
                    best, place = _largest(builder, window, numbers)
                    index = _index(builder, start, (pixel, step), v * vector.count)
                    _store(builder, best, _pointer(context, builder, signature.args[2], out, index, vector), masks[v])
                    target = _pointer(context, builder, signature.args[3], winners, index, numbers)
                    _store(builder, place, target, masks[v])

        _by_width(builder, width, top.vectors, vector.count, store)
        return context.get_dummy_value()

    index = types.intp
    return types.void(top, bottom, out, winners, index, index, index), codegen


def _largest(builder: Any, window: Sequence[Any], numbers: ir.VectorType) -> tuple[Any, Any]:
    """The rectified maximum of some vectors, lane by lane, and the number of the first that has it; see above."""

    def constant(number: int) -> Any:
        return ir.Constant(numbers, [number] * numbers.count)

    best, place = window[0], constant(0)
    for number, candidate in enumerate(window[1:], 1):
        # "Not smaller or equal" lets a NaN win, unless one has won already.
        wins = builder.and_(builder.fcmp_unordered(">", candidate, best), builder.fcmp_ordered("ord", best, best))
        best, place = builder.select(wins, candidate, best), builder.select(wins, constant(number), place)
    zero = ir.Constant(best.type, None)
    closed = builder.fcmp_ordered("<=", best, zero)
    return builder.select(closed, zero, best), builder.select(closed, constant(len(window)), place)


@intrinsic
def add_pooled_products(typing_context, tile, x, x_start, x_row, seen, dy, winners, dy_start, width):
    """The way back of ``store_largest`` for one pixel, and on to the weights of a 3x3 convolution over one channel.

    With g[p, q] = ``dy[dy_start]`` where the winner is 2p + q, else 0, the row 3u + v of ``tile`` (10 rows) gets the
    sum over p, q of ``x[x_start + (p + u) * x_row + q + v]`` g[p, q] added, and the last row that of g[p, q]. Where
    nothing is ``seen``, because all of x there is zero, the last row is all there is to do.
    """

    def codegen(context, builder, signature, arguments):
        value, x, x_start, x_row, seen, dy, winners, dy_start, width = arguments
        vector = value.type.element
        numbers = ir.VectorType(ir.IntType(8), vector.count)
        zero = ir.Constant(vector, None)
        sums = _registers(builder, value, tile.rows * tile.vectors)
        places = [cgutils.alloca_once(builder, kind) for kind in (vector, numbers) for _ in range(tile.vectors)]

        def load(masks):
            for v, mask in enumerate(masks):
                index = _index(builder, dy_start, v * vector.count)
                pointer = _pointer(context, builder, signature.args[5], dy, index, vector)
                builder.store(_load(builder, pointer, mask), places[v])
                pointer = _pointer(context, builder, signature.args[6], winners, index, numbers)
                builder.store(_load(builder, pointer, mask), places[tile.vectors + v])

        def where(v, predicate, number):
            """The v-th vector of dy where its winner compares so with the number, else zeros."""
            winner = builder.load(places[tile.vectors + v])
            here = builder.icmp_unsigned(predicate, winner, ir.Constant(numbers, [number] * vector.count))
            return builder.select(here, builder.load(places[v]), zero)

        _by_width(builder, width, tile.vectors, vector.count, load)
        for v in range(tile.vectors):
            last = sums[9 * tile.vectors + v]
            builder.store(builder.fadd(builder.load(last), where(v, "<", 4)), last)
        with builder.if_then(builder.trunc(seen, ir.IntType(1))):
            gradients = [[where(v, "==", number) for number in range(4)] for v in range(tile.vectors)]
            # Pixel by pixel of the 4x4 that the window sees, so that each is loaded once and leaves its register soon.
            for row in range(4):
                for column in range(4):
                    pixel = _pointer(
                        context, builder, signature.args[1], x, _index(builder, x_start, (row, x_row), column)
                    )
                    factor = _splat(builder, builder.load(pixel), vector.count)
                    for p, q in ((0, 0), (0, 1), (1, 0), (1, 1)):
                        u, w = row - p, column - q
                        if not (0 <= u < 3 and 0 <= w < 3):
                            continue
                        for v in range(tile.vectors):
                            place = sums[(3 * u + w) * tile.vectors + v]
                            term = _multiply_add(builder, factor, gradients[v][2 * p + q], builder.load(place))
                            builder.store(term, place)
        return _gather(builder, value.type, sums)

    index = types.intp
    return tile(tile, x, index, index, types.boolean, dy, winners, index, index), codegen


@intrinsic
def adam_step(typing_context, g, w, m, v, start, width, numbers, tiny):
    """The step of Adam for the weights from ``start`` on whose gradients are the tile ``g`` (1 row); in place.

    ``numbers`` are those of ``updates.adam_numbers``. Moments of at most ``tiny`` become zero.
    """

    def codegen(context, builder, signature, arguments):
        gradients, arrays, (start, width, numbers, tiny) = arguments[0], arguments[1:4], arguments[4:]
        vector = gradients.type.element

        def number(k):
            index = ir.Constant(start.type, k)
            return builder.load(_pointer(context, builder, signature.args[6], numbers, index))

        scalars = [*map(number, range(5)), tiny]
        rate, keep1, keep2, correction2, epsilon, tiny = (_splat(builder, each, vector.count) for each in scalars)
        zero = ir.Constant(vector, None)

        def step(register, mask):
            index = _index(builder, start, register * vector.count)
            gradient = builder.extract_value(gradients, register)
            pointers = [
                _pointer(context, builder, kind, array, index, vector)
                for kind, array in zip(signature.args[1:4], arrays, strict=True)
            ]
            value, first, second = (_load(builder, pointer, mask) for pointer in pointers)
            first = _multiply_add(builder, keep1, builder.fsub(gradient, first), first)
            second = _multiply_add(builder, keep2, builder.fsub(builder.fmul(gradient, gradient), second), second)
            root = _call(builder, f"llvm.sqrt.{_suffix(vector)}", vector, [second])
            scale = _multiply_add(builder, root, correction2, epsilon)
            value = builder.fsub(value, builder.fdiv(builder.fmul(rate, first), scale))
            size = _call(builder, f"llvm.fabs.{_suffix(vector)}", vector, [first])
            # Not "larger": a NaN must stay one.
            first = builder.select(builder.fcmp_ordered("<=", size, tiny), zero, first)
            second = builder.select(builder.fcmp_ordered("<=", second, tiny), zero, second)
            for result, pointer in zip((value, first, second), pointers, strict=True):
                _store(builder, result, pointer, mask)

        def steps(masks):
            for register, mask in enumerate(masks):
                step(register, mask)

        _narrow_apart(builder, width, g.vectors, vector.count, steps)
        return context.get_dummy_value()

    return types.void(g, w, m, v, types.intp, types.intp, numbers, w.dtype), codegen


def _index(builder: Any, start: Any, *terms: Any) -> Any:
    """``start`` plus each term: a number, or a product (number or value, value)."""
    for term in terms:
        if isinstance(term, tuple):
            factor, value = term
            term = builder.mul(ir.Constant(value.type, factor) if isinstance(factor, int) else factor, value)
        elif isinstance(term, int):
            term = ir.Constant(start.type, term)
        start = builder.add(start, term)
    return start


def _registers(builder: Any, value: Any, size: int) -> list[Any]:
    """Places for a tile's vectors while a loop runs; the compiler keeps them in registers."""
    places = [cgutils.alloca_once(builder, value.type.element) for _ in range(size)]
    for i, place in enumerate(places):
        builder.store(builder.extract_value(value, i), place)
    return places


def _gather(builder: Any, tile_type: Any, places: list[Any]) -> Any:
    """The tile out of its places."""
    value = ir.Constant(tile_type, ir.Undefined)
    for i, place in enumerate(places):
        value = builder.insert_value(value, builder.load(place), i)
    return value


def _lowest_bit(builder: Any, bits: Any) -> tuple[Any, Any]:
    """The number of the lowest bit that is set, and the others; without any, the width of the word, and none."""
    lowest = _call(builder, f"llvm.cttz.i{bits.type.width}", bits.type, [bits, ir.Constant(ir.IntType(1), 0)])
    return lowest, builder.and_(bits, builder.sub(bits, ir.Constant(bits.type, 1)))


def _sums_of_lanes(builder: Any, registers: Sequence[Any]) -> list[Any]:
    """The sum of each vector's lanes; 2, 4, ... of them, no more than a vector has lanes.

    Halves upon halves, always in the same order. Two vectors that are folded make one, of both their halves.
    """
    count, size = registers[0].type.count, registers[0].type.count
    number = len(registers)
    while size > 1:
        half = size // 2
        # Groups of lanes that belong together are ``size`` long; each vector's lower halves, and the upper ones.
        if len(registers) > 1:
            low = [first + lane for first in range(0, 2 * count, size) for lane in range(half)]
            pairs = list(zip(registers[::2], registers[1::2], strict=True))
        else:
            low = [lane - lane % size + lane % half for lane in range(count)]
            pairs = [(registers[0], ir.Constant(registers[0].type, ir.Undefined))]
        masks = [ir.Constant(ir.VectorType(_INT32, count), [first + k for k in low]) for first in (0, half)]
        registers = [builder.fadd(*(builder.shuffle_vector(a, b, mask) for mask in masks)) for a, b in pairs]
        size = half
    step = count // number
    return [builder.extract_element(registers[0], ir.Constant(_INT32, k * step)) for k in range(number)]


@intrinsic
def lane_count(typing_context, array):
    """How many numbers of the dtype of ``array`` fit a register."""

    def codegen(context, builder, signature, arguments):
        return context.get_constant(types.intp, lanes(array.dtype))

    return types.intp(array), codegen

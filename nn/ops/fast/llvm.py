"""LLVM instructions that the micro-kernels are built of: vectors of numbers, masks, loads and stores.

Everything here runs while Numba compiles: it emits instructions through llvmlite.
"""

from collections.abc import Callable, Sequence
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils

#: The width of a register: 64 bytes with AVX-512, else 32 (AVX2; two registers where they are narrower).
AVX512 = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
REGISTER_BYTES = 64 if AVX512 else 32

INT32 = ir.IntType(32)


def lanes(dtype: types.Type) -> int:
    """How many numbers of a Numba float type fit a register."""
    return REGISTER_BYTES * 8 // dtype.bitwidth


def vector_type(dtype: types.Type, count: int) -> ir.VectorType:
    """The type of ``count`` numbers of a Numba type in a register."""
    element = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.uint8: ir.IntType(8)}[dtype]
    return ir.VectorType(element, count)


def addresses(
    context: Any, builder: Any, signature: Any, arguments: Sequence[Any], *numbers: int
) -> list[Callable[..., Any]]:
    """For each of these arguments of an intrinsic, which are arrays: a function from an index to an element's address.

    The index is a sum of terms: a value, a number, or a product (number or value, value). ``vector`` is the type of
    what the address points to, instead of one element.
    """

    def index_of(start: Any, *terms: Any) -> Any:
        for term in terms:
            if isinstance(term, tuple):
                factor, value = term
                term = builder.mul(ir.Constant(value.type, factor) if isinstance(factor, int) else factor, value)
            elif isinstance(term, int):
                term = ir.Constant(start.type, term)
            start = builder.add(start, term)
        return start

    def address_in(number: int) -> Callable[..., Any]:
        data = context.make_array(signature.args[number])(context, builder, arguments[number]).data

        def address(*terms: Any, vector: Any = None) -> Any:
            found = builder.gep(data, [index_of(*terms)])
            return found if vector is None else builder.bitcast(found, vector.as_pointer())

        return address

    return [address_in(number) for number in numbers]


def splat(builder: Any, scalar: Any, count: int) -> Any:
    """A vector of ``count`` times ``scalar``."""
    vector = ir.VectorType(scalar.type, count)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(INT32, 0))
    zeros = ir.Constant(ir.VectorType(INT32, count), [0] * count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)


def call(builder: Any, name: str, result: Any, arguments: Sequence[Any]) -> Any:
    """Call an LLVM intrinsic by its full name."""
    function_type = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)


def suffix(vector: ir.VectorType) -> str:
    """How the names of LLVM intrinsics end for a type of vectors, for example ``"v16f32"``."""
    letter = "i8" if isinstance(vector.element, ir.IntType) else "f32" if vector.element == ir.FloatType() else "f64"
    return f"v{vector.count}{letter}"


def load(builder: Any, pointer: Any, mask: Any) -> Any:
    """A vector from memory, zeros where ``mask`` is off; the memory there is not touched."""
    vector = pointer.type.pointee
    if mask is None:
        return builder.load(pointer, align=1)
    name = f"llvm.masked.load.{suffix(vector)}.p0"
    return call(builder, name, vector, [pointer, ir.Constant(INT32, 1), mask, ir.Constant(vector, None)])


def store(builder: Any, value: Any, pointer: Any, mask: Any) -> None:
    """A vector to memory, where ``mask`` is on."""
    if mask is None:
        builder.store(value, pointer, align=1)
        return
    name = f"llvm.masked.store.{suffix(value.type)}.p0"
    call(builder, name, ir.VoidType(), [value, pointer, ir.Constant(INT32, 1), mask])


def prefetch(builder: Any, pointer: Any) -> None:
    """Prefetch data into the first-level cache; the address need not be valid."""
    address = builder.bitcast(pointer, ir.IntType(8).as_pointer())
    reading, nearest, data = (ir.Constant(INT32, number) for number in (0, 3, 1))
    call(builder, "llvm.prefetch.p0", ir.VoidType(), [address, reading, nearest, data])


def fused_multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, fused where the processor has the instruction."""
    return call(builder, f"llvm.fmuladd.{suffix(a.type)}", a.type, [a, b, c])


def _masks(builder: Any, width: Any, vectors: int, count: int) -> list[Any]:
    """For each vector of a tile's row, which of its lanes are among the first ``width`` columns."""
    limit = splat(builder, builder.trunc(width, INT32), count)
    column = ir.VectorType(INT32, count)
    return [
        builder.icmp_signed("<", ir.Constant(column, list(range(v * count, (v + 1) * count))), limit)
        for v in range(vectors)
    ]


def for_width(builder: Any, width: Any, vectors: int, count: int, emit: Callable[[Sequence[Any]], None]) -> None:
    """Emit code for the first ``width`` columns: masked with AVX-512, where masks are cheap; else by ``split_tails``.

    Masks cost registers and time in AVX2, which has none for bytes.
    """
    if AVX512:
        emit(_masks(builder, width, vectors, count))
    else:
        split_tails(builder, width, vectors, count, emit)


def split_tails(builder: Any, width: Any, vectors: int, count: int, emit: Callable[[Sequence[Any]], None]) -> None:
    """Emit code without masks for tiles of full width, which are nearly all, and code with masks for the others."""
    whole = builder.icmp_signed(">=", width, ir.Constant(width.type, vectors * count))
    with builder.if_else(whole, likely=True) as (then, otherwise):
        with then:
            emit([None] * vectors)
        with otherwise:
            emit(_masks(builder, width, vectors, count))


def split_narrow(builder: Any, width: Any, vectors: int, count: int, emit: Callable[[Sequence[Any]], None]) -> None:
    """``split_tails``, and code for the first vector alone where no column lies beyond it, as with ten classes.

    A vector whose mask is all off costs time. Where it reached into memory pages that were not mapped yet, such a layer
    took six times as long.
    """
    if vectors == 1:
        split_tails(builder, width, vectors, count, emit)
        return
    narrow = builder.icmp_signed("<=", width, ir.Constant(width.type, count))
    with builder.if_else(narrow, likely=False) as (then, otherwise):
        with then:
            emit(_masks(builder, width, 1, count))
        with otherwise:
            split_tails(builder, width, vectors, count, emit)


def registers(builder: Any, value: Any, size: int) -> list[Any]:
    """Variables for the vectors of a tile while a loop runs; the compiler keeps them in registers."""
    places = [cgutils.alloca_once(builder, value.type.element) for _ in range(size)]
    for i, place in enumerate(places):
        builder.store(builder.extract_value(value, i), place)
    return places


def tile_of(builder: Any, tile_type: Any, places: list[Any]) -> Any:
    """The tile that the variables hold."""
    value = ir.Constant(tile_type, ir.Undefined)
    for i, place in enumerate(places):
        value = builder.insert_value(value, builder.load(place), i)
    return value


def lane_sums(builder: Any, registers: Sequence[Any]) -> list[Any]:
    """The sum of the lanes of each vector, of 1, 2, 4, ... vectors, at most as many as a vector has lanes.

    It adds the upper half to the lower half, always in the same order. Two vectors reduced so fit one.
    """
    count, size = registers[0].type.count, registers[0].type.count
    number = len(registers)
    while size > 1:
        half = size // 2
        # Groups of lanes that are summed are ``size`` long; take the lower half of each, and the upper one.
        if len(registers) > 1:
            low = [first + lane for first in range(0, 2 * count, size) for lane in range(half)]
            pairs = list(zip(registers[::2], registers[1::2], strict=True))
        else:
            low = [lane - lane % size + lane % half for lane in range(count)]
            pairs = [(registers[0], ir.Constant(registers[0].type, ir.Undefined))]
        masks = [ir.Constant(ir.VectorType(INT32, count), [first + k for k in low]) for first in (0, half)]
        registers = [builder.fadd(*(builder.shuffle_vector(a, b, mask) for mask in masks)) for a, b in pairs]
        size = half
    step = count // number
    return [builder.extract_element(registers[0], ir.Constant(INT32, k * step)) for k in range(number)]

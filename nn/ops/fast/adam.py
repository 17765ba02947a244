"""Adam, a register of weights at a time: as a separate step, and for the dense backward pass.

Both run the same instructions, so a step made in the backward pass gives the same bits as one made after it.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from nn.ops.backend import njit, prange
from nn.ops.fast import llvm
from nn.ops.fast.tiles import lane_count, load_tile

#: Below this many weights a second thread costs more than it gains.
SMALL = 1 << 12

#: The parts of a step, for the threads to share.
PARTS = 8


@intrinsic
def adam_step(typing_context, g, w, m, v, start, width, coefficients):
    """Make the step of the weights from ``start`` on, whose gradients are the tile ``g`` (1 row); in place."""

    def codegen(context, builder, signature, arguments):
        gradients, (start, width) = arguments[0], arguments[4:6]
        *arrays, coefficients = llvm.addresses(context, builder, signature, arguments, 1, 2, 3, 6)
        vector = gradients.type.element

        rate, one_minus_beta1, one_minus_beta2, correction2, epsilon, tiny = (
            llvm.splat(builder, builder.load(coefficients(ir.Constant(start.type, k))), vector.count) for k in range(6)
        )
        zero = ir.Constant(vector, None)

        def step(masks):
            for register, mask in enumerate(masks):
                gradient = builder.extract_value(gradients, register)
                pointers = [address(start, register * vector.count, vector=vector) for address in arrays]
                value, first, second = (llvm.load(builder, pointer, mask) for pointer in pointers)
                first = llvm.fused_multiply_add(builder, one_minus_beta1, builder.fsub(gradient, first), first)
                second = llvm.fused_multiply_add(
                    builder, one_minus_beta2, builder.fsub(builder.fmul(gradient, gradient), second), second
                )
                root = llvm.call(builder, f"llvm.sqrt.{llvm.suffix(vector)}", vector, [second])
                scale = llvm.fused_multiply_add(builder, root, correction2, epsilon)
                value = builder.fsub(value, builder.fdiv(builder.fmul(rate, first), scale))
                size = llvm.call(builder, f"llvm.fabs.{llvm.suffix(vector)}", vector, [first])
                # Not "greater": NaN stays NaN.
                first = builder.select(builder.fcmp_ordered("<=", size, tiny), zero, first)
                second = builder.select(builder.fcmp_ordered("<=", second, tiny), zero, second)
                for result, pointer in zip((value, first, second), pointers, strict=True):
                    llvm.store(builder, result, pointer, mask)

        llvm.split_narrow(builder, width, g.vectors, vector.count, step)
        return context.get_dummy_value()

    return types.void(g, w, m, v, types.intp, types.intp, coefficients), codegen


@njit()
def _step_part(w, g, m, v, ranges, coefficients, part, parts):
    """One of ``parts`` shares of each range, in whole registers."""
    size = lane_count(w)
    for start, end in ranges:
        registers = (end - start + size - 1) // size
        last = min(start + registers * (part + 1) // parts * size, end)
        for i in range(start + registers * part // parts * size, last, size):
            gradient = load_tile(1, 1, g, i, 0, min(size, last - i))
            adam_step(gradient, w, m, v, i, min(size, last - i), coefficients)


@njit(parallel=True)
def step(w, g, m, v, ranges, coefficients):
    """See ``nn.ops.adam.step``."""
    total = 0
    for start, end in ranges:
        total += end - start
    if total < SMALL:
        _step_part(w, g, m, v, ranges, coefficients, np.int64(0), np.int64(1))
    else:
        for task in prange(PARTS):
            _step_part(w, g, m, v, ranges, coefficients, np.int64(task), np.int64(PARTS))

"""The median of values up to a limit, by selection instead of sorting.

The bits of floats >= 0, read as integers, are in the same order as the floats. So the value of a rank is found from its
first bits to its last: count the values with each value of the next bits, and keep those of the one with the rank.

Source: D. E. Knuth, "The Art of Computer Programming", volume 3, section 5.2.5 (radix sorting).
"""

import numpy as np

from nn.ops.backend import njit, operation

#: The bits of each step, from the first to the last of a float32, whose sign is 0.
_STEPS = (11, 11, 10)


@operation()
def median_up_to(values: np.ndarray, limit: float) -> float:
    """The median of those values that are at most ``limit``.

    Args:
        values: (n,) float32, >= 0; at least one is at most ``limit``.
        limit: the greatest value that counts.
    """
    return float(np.median(values[values <= np.float32(limit)]))


@median_up_to.loops
@njit()
def _median_up_to_loops(values, limit):
    limit = np.float32(limit)
    bits = values.view(np.uint32)
    chosen, count = np.empty(len(values), np.uint32), 0
    for number in range(len(values)):
        chosen[count] = bits[number]
        count += values[number] <= limit
    middle = count // 2
    upper = _of_rank(chosen[:count], middle)
    if count % 2:
        return upper
    below, lower = 0, np.float32(0)
    for value in values:
        if value < upper:
            below += 1
            lower = max(lower, value)
    return (lower + upper) / np.float32(2) if below == middle else upper


@njit()
def _of_rank(bits, rank):
    """The value with so many before it, of values whose bits (n,) are given; these are changed."""
    known, unknown = np.uint32(0), 32
    for step in _STEPS:
        unknown -= step
        counts = np.zeros((2, 1 << step), np.int64)  # in turn: many values have the same bits
        for number in range(len(bits)):
            counts[number & 1, (bits[number] >> unknown) & ((1 << step) - 1)] += 1
        digit = 0
        while counts[0, digit] + counts[1, digit] <= rank:
            rank -= counts[0, digit] + counts[1, digit]
            digit += 1
        known = np.uint32((known << step) | digit)
        count = 0
        for number in range(len(bits)):
            bits[count] = bits[number]
            count += bits[number] >> unknown == known
        bits = bits[:count]
    return np.array([known]).view(np.float32)[0]

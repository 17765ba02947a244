"""The threshold that splits values into two classes, with the greatest variance between them.

The values are counted in 256 bins of equal width, from 0 to the greatest.

Source: N. Otsu, "A Threshold Selection Method from Gray-Level Histograms" (1979).
"""

import numpy as np

from nn.ops.backend import njit, operation

BINS = 256

#: The edges of the bins, as shares of the greatest value.
_STEPS = np.linspace(0, 1, BINS + 1)


@operation()
def otsu(values: np.ndarray, zeros: int) -> float:
    """The threshold of values >= 0, and of so many zeros besides; equal values are all below it.

    Args:
        values: (n,) float32, n > 0.
        zeros: at least 0.
    """
    greatest = max(float(values.max()), 1e-6)
    bins = np.minimum(values * np.float32(BINS / greatest), BINS - 1).astype(np.intp)
    counts = np.bincount(bins, minlength=BINS)
    counts[0] += zeros
    edges = _STEPS * greatest
    below = np.cumsum(counts)
    above = below[-1] - below
    moment = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    gap = moment / np.maximum(below, 1) - (moment[-1] - moment) / np.maximum(above, 1)
    between = below * above * gap**2
    return float(edges[1 + np.argmax(between)] if between.any() else edges[-1])


@otsu.loops
@njit()
def _otsu_loops(values, zeros):
    largest = np.int32(0)
    for bits in values.view(np.int32):  # in the order of the floats, and several are compared at once
        largest = max(largest, bits)
    greatest = max(float(np.array([largest]).view(np.float32)[0]), 1e-6)
    scale = np.float32(BINS / greatest)
    bins = np.empty(len(values), np.uint8)
    for number in range(len(values)):
        bins[number] = min(np.int32(values[number] * scale), np.int32(BINS - 1))
    lanes = np.zeros((4, BINS), np.int64)  # used in turn: most values fall into one bin
    lanes[0, 0] = zeros
    for number in range(len(bins)):
        lanes[number & 3, bins[number]] += 1
    counts = lanes[0] + lanes[1] + lanes[2] + lanes[3]
    below, moment, total, full = 0, 0.0, 0, 0.0
    for number in range(BINS):
        total += counts[number]
        full += counts[number] * (_STEPS[number] * greatest + _STEPS[number + 1] * greatest) / 2
    best, threshold = 0.0, _STEPS[BINS] * greatest
    for number in range(BINS):
        below += counts[number]
        moment += counts[number] * (_STEPS[number] * greatest + _STEPS[number + 1] * greatest) / 2
        above = total - below
        gap = moment / max(below, 1) - (full - moment) / max(above, 1)
        between = below * above * gap**2
        if between > best:
            best, threshold = between, _STEPS[number + 1] * greatest
    return threshold

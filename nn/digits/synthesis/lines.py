"""Lines of digits, composed from single drawings."""

from collections.abc import Sequence

import numpy as np

from nn.digits.strokes import Stroke, bounds, place, transform

#: Standard deviations of a digit's height and of its vertical shift, as shares of the line's height.
HEIGHT_DEVIATION, SHIFT_DEVIATION = 0.08, 0.04

#: Range of the gaps between digits that do not touch, as shares of the line's height.
GAP = (0.12, 0.5)

#: Height of a line in canvas pixels, and the resolution at which touching is computed.
HEIGHT, RESOLUTION = 100.0, 2.0


def compose_line(
    samples: Sequence[Sequence[Stroke]], rng: np.random.Generator, *, touching: float | None = None
) -> list[Stroke]:
    """Place single digits side by side.

    Args:
        samples: strokes of each digit, in any unit.
        rng: draws heights, shifts and gaps.
        touching: horizontal distance between the strokes of neighbours in pixels, the brush's width where they just
            touch; None for digits with a gap between them.

    Returns:
        The strokes of all digits, from left to right, about ``HEIGHT`` high.
    """
    line: list[Stroke] = []
    for sample in samples:
        height = HEIGHT * rng.normal(1.0, HEIGHT_DEVIATION)
        low, high = bounds(sample)
        longer = height * float((high - low).max()) / max(float(high[1] - low[1]), 0.25 * float(high[0] - low[0]))
        digit = place(sample, longer, (0.0, HEIGHT * rng.normal(0.0, SHIFT_DEVIATION)))
        if line:
            right = bounds(line)[1][0]
            x = right + HEIGHT * rng.uniform(*GAP) if touching is None else _touch(line, digit) + touching
            digit = transform(digit, 1.0, (x, 0.0))
        line += digit
    return line


def _touch(line: Sequence[Stroke], digit: Sequence[Stroke]) -> float:
    """The shift to the right at which the digit just touches the line."""
    left, right = _resample(line), _resample(digit)
    near = left[left[:, 0] > left[:, 0].max() - 2 * HEIGHT]
    same_height = np.abs(near[:, None, 1] - right[:, 1]) <= RESOLUTION
    shifts = near[:, None, 0] - right[:, 0]
    if not same_height.any():  # one is above the other
        return float(near[:, 0].max())
    return float(shifts[same_height].max())


def _resample(strokes: Sequence[Stroke]) -> np.ndarray:
    """Points on the strokes, at most ``RESOLUTION`` apart, (n, 2)."""
    parts = []
    for stroke in strokes:
        length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
        at = np.linspace(0.0, length[-1], int(length[-1] / RESOLUTION) + 2)
        parts.append(np.stack([np.interp(at, length, stroke[:, axis]) for axis in (0, 1)], axis=1))
    return np.concatenate(parts)

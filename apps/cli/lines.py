"""Rows of digits, composed from single ones as people write them beside each other."""

from collections.abc import Sequence

import numpy as np

from nn.digits.strokes import Stroke, bounds, place, transform

#: Digits of a row.
DIGITS = 4

#: How much higher or lower one digit is than another, and how far off the line, as shares of their height.
HEIGHT_SPREAD, SHIFT_SPREAD = 0.08, 0.04

#: White between digits that are apart, as shares of their height.
GAP = (0.12, 0.5)

#: The height of a row, in pixels of a canvas; and how finely it is measured where digits touch.
HEIGHT, STEP = 100.0, 2.0


def compose(
    samples: Sequence[Sequence[Stroke]], rng: np.random.Generator, *, touching: float | None = None
) -> list[Stroke]:
    """Write digits in a row.

    Args:
        samples: each digit's strokes, in any unit.
        rng: draws sizes, shifts and gaps.
        touching: how far each digit's line is from that of the one before, in pixels, which is the brush's width where
            they just touch; None for digits with white between them.

    Returns:
        The strokes, one digit's after the other's, about ``HEIGHT`` high.
    """
    row: list[Stroke] = []
    for sample in samples:
        height = HEIGHT * rng.normal(1.0, HEIGHT_SPREAD)
        low, high = bounds(sample)
        longer = height * float((high - low).max()) / max(float(high[1] - low[1]), 0.25 * float(high[0] - low[0]))
        digit = place(sample, longer, (0.0, HEIGHT * rng.normal(0.0, SHIFT_SPREAD)))
        if row:
            right = bounds(row)[1][0]
            x = right + HEIGHT * rng.uniform(*GAP) if touching is None else _touch(row, digit) + touching
            digit = transform(digit, 1.0, (x, 0.0))
        row += digit
    return row


def _touch(row: Sequence[Stroke], digit: Sequence[Stroke]) -> float:
    """How far to the right the digit goes, so that its line just touches the row's."""
    ink, own = _dense(row), _dense(digit)
    near = ink[ink[:, 0] > ink[:, 0].max() - 2 * HEIGHT]
    level = np.abs(near[:, None, 1] - own[:, 1]) <= STEP
    reach = near[:, None, 0] - own[:, 0]
    if not level.any():  # one is above the other
        return float(near[:, 0].max())
    return float(reach[level].max())


def _dense(strokes: Sequence[Stroke]) -> np.ndarray:
    """Points of the strokes' lines, no further apart than ``STEP``."""
    parts = []
    for stroke in strokes:
        length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
        at = np.linspace(0.0, length[-1], int(length[-1] / STEP) + 2)
        parts.append(np.stack([np.interp(at, length, stroke[:, axis]) for axis in (0, 1)], axis=1))
    return np.concatenate(parts)

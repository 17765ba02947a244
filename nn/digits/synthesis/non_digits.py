"""The kinds of non-digits that networks learn from: letters, signs, doodles, scribbles, and several digits at once."""

import itertools
from collections.abc import Callable

import numpy as np

from nn.digits.strokes import Sample, bounds, transform
from nn.digits.synthesis.alphabets import DIGITS, DOODLES, LETTERS, SIGNS
from nn.digits.synthesis.handwriting_model import GRID, draw, draw_groups, write_alphabet

#: The number of points of a scribble.
POINTS = 90

#: A digit narrower than this share of its height is only placed beside another. Across it, it would look like the bar
#: of a 7 or the slash of a 0.
NARROW = 0.4


def wander(count: int, rng: np.random.Generator) -> list[Sample]:
    """A line whose direction changes slowly and at random."""
    knots = rng.normal(0.0, rng.uniform(20.0, 32.0, (count, 1)), (count, 12))
    places = np.linspace(0, 11, POINTS)
    before = np.minimum(places.astype(np.int64), 10)
    turning = knots[:, before] + (places - before) * (knots[:, before + 1] - knots[:, before])
    heading = rng.uniform(0.0, 2 * np.pi, (count, 1)) + np.radians(np.cumsum(turning, axis=1))
    return draw([_fitted(np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=2), axis=1))], rng)


def tangle(count: int, rng: np.random.Generator) -> list[Sample]:
    """Loops through loops: a sum of rotations of the frequencies two to six."""
    time = np.linspace(0.0, 1.0, POINTS)[:, None] * 2 * np.pi
    frequencies = np.arange(2, 7)
    size = rng.normal(0.0, 1.0, (count, 2, 1, len(frequencies))) / frequencies**0.5
    phase = rng.uniform(0.0, 2 * np.pi, (count, 2, 1, len(frequencies)))
    return draw([_fitted((size * np.sin(frequencies * time + phase)).sum(axis=3).transpose(0, 2, 1))], rng)


def scratch(count: int, rng: np.random.Generator) -> list[Sample]:
    """Back and forth, as people cross out ink."""
    time = np.linspace(0.0, 1.0, POINTS)
    swings = rng.uniform(5.0, 10.0, (count, 1))
    across = np.abs((swings * time + rng.random((count, 1))) % 2 - 1) * rng.uniform(0.8, 2.0, (count, 1))
    return draw([_rotated(np.stack([np.broadcast_to(time, across.shape), across], axis=2), rng)], rng)


def coil(count: int, rng: np.random.Generator) -> list[Sample]:
    """Round and round while moving on."""
    time = np.linspace(0.0, 1.0, POINTS)
    angle = 2 * np.pi * (rng.uniform(3.0, 8.0, (count, 1)) * time + rng.random((count, 1)))
    angle *= rng.choice([-1, 1], (count, 1))
    x = rng.uniform(2.0, 5.0, (count, 1)) * time + np.cos(angle)
    return draw([_rotated(np.stack([x, np.sin(angle)], axis=2), rng)], rng)


def several_digits(count: int, rng: np.random.Generator) -> list[Sample]:
    """Two or three digits, one beside the other or partly across it."""
    sizes = rng.choice([2, 3], count, p=[0.7, 0.3])
    labels = rng.integers(0, len(DIGITS), sizes.sum())
    digits = draw_groups(labels, lambda label, count: write_alphabet(DIGITS[label], count, rng))
    ends = itertools.accumulate(sizes.tolist(), initial=0)
    return [_side_by_side(digits[a:b], rng) for a, b in itertools.pairwise(ends)]


#: The kinds of non-digits: the percentage of each, and the function that draws them.
KINDS: dict[str, tuple[float, Callable[[int, np.random.Generator], list[Sample]]]] = {
    "letter": (32, lambda count, rng: write_alphabet(LETTERS, count, rng)),
    "sign": (22, lambda count, rng: write_alphabet(SIGNS, count, rng)),
    "doodle": (14, lambda count, rng: write_alphabet(DOODLES, count, rng)),
    "several digits": (12, several_digits),
    "wander": (6, wander),
    "tangle": (5, tangle),
    "scratch": (5, scratch),
    "coil": (4, coil),
}


def _side_by_side(digits: list[Sample], rng: np.random.Generator) -> Sample:
    line = list(digits[0])
    for digit in digits[1:]:
        (left, _), (right, _) = bounds(line)
        (own_left, top), (own_right, bottom) = bounds(digit)
        narrow = min(right - left, own_right - own_left) < NARROW * (bottom - top)
        gap = rng.uniform(0.15, 0.4) if narrow else rng.uniform(-0.25, 0.3)
        shift = (right - own_left + gap * (bottom - top), rng.normal(0.0, 0.06))
        line += transform(digit, 1.0, shift)
    return line


def _rotated(curve: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The curves (count, n, 2), each rotated by a random angle, and fitted to the grid."""
    angle = rng.uniform(0.0, 2 * np.pi, len(curve))
    rotation = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    return _fitted(curve @ rotation)


def _fitted(curve: np.ndarray) -> np.ndarray:
    """The curves (count, n, 2), each scaled and moved to the grid's height or width."""
    low = curve.min(axis=1, keepdims=True)
    return GRID * (curve - low) / np.ptp(curve, axis=1, keepdims=True).max(axis=2, keepdims=True)

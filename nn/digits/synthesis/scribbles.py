"""Ink that means nothing, and digits where there should be one: for networks that learn what is no digit."""

import itertools
from collections.abc import Callable

import numpy as np

from nn.digits.strokes import Stroke, bounds, transform
from nn.digits.synthesis.digits import DIGITS
from nn.digits.synthesis.glyphs import Alphabet
from nn.digits.synthesis.handwriting_model import GRID, move, write
from nn.digits.synthesis.signs import DOODLE, LETTER, SIGN

Drawings = list[list[Stroke]]

#: Points of a scribble.
POINTS = 90

#: A digit narrower than this share of its height is a stroke, and may only stand beside another: across it, it would be
#: the bar of a 7 or the slash of a 0.
NARROW = 0.4


def draw(alphabet: Alphabet, count: int, rng: np.random.Generator) -> Drawings:
    """Write forms of an alphabet, as often as their weights say, in random order."""
    which = rng.choice(len(alphabet.forms), count, p=alphabet.weights)
    drawings: Drawings = [[] for _ in range(count)]
    for index, form in enumerate(alphabet.forms):
        places = np.flatnonzero(which == index)
        if len(places):
            for place, drawing in zip(places.tolist(), write(form, len(places), rng), strict=True):
                drawings[place] = drawing
    return drawings


def wander(count: int, rng: np.random.Generator) -> Drawings:
    """A line that turns this way and that: it has walked its length before it knows where to."""
    knots = rng.normal(0.0, rng.uniform(20.0, 32.0, (count, 1)), (count, 12))
    places = np.linspace(0, 11, POINTS)
    before = np.minimum(places.astype(np.int64), 10)
    turning = knots[:, before] + (places - before) * (knots[:, before + 1] - knots[:, before])
    heading = rng.uniform(0.0, 2 * np.pi, (count, 1)) + np.radians(np.cumsum(turning, axis=1))
    return move([_fitted(np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=2), axis=1))], rng)


def tangle(count: int, rng: np.random.Generator) -> Drawings:
    """Loops through loops: a sum of turns at two to six times the pace."""
    time = np.linspace(0.0, 1.0, POINTS)[:, None] * 2 * np.pi
    paces = np.arange(2, 7)
    size = rng.normal(0.0, 1.0, (count, 2, 1, len(paces))) / paces**0.5
    phase = rng.uniform(0.0, 2 * np.pi, (count, 2, 1, len(paces)))
    return move([_fitted((size * np.sin(paces * time + phase)).sum(axis=3).transpose(0, 2, 1))], rng)


def scratch(count: int, rng: np.random.Generator) -> Drawings:
    """Back and forth, as ink is crossed out."""
    time = np.linspace(0.0, 1.0, POINTS)
    swings = rng.uniform(5.0, 10.0, (count, 1))
    across = np.abs((swings * time + rng.random((count, 1))) % 2 - 1) * rng.uniform(0.8, 2.0, (count, 1))
    return move([_turned(np.stack([np.broadcast_to(time, across.shape), across], axis=2), rng)], rng)


def coil(count: int, rng: np.random.Generator) -> Drawings:
    """Round and round while moving on."""
    time = np.linspace(0.0, 1.0, POINTS)
    angle = 2 * np.pi * (rng.uniform(3.0, 8.0, (count, 1)) * time + rng.random((count, 1)))
    angle *= rng.choice([-1, 1], (count, 1))
    x = rng.uniform(2.0, 5.0, (count, 1)) * time + np.cos(angle)
    return move([_turned(np.stack([x, np.sin(angle)], axis=2), rng)], rng)


def several_digits(count: int, rng: np.random.Generator) -> Drawings:
    """Two or three digits, one beside the other or partly across it."""
    sizes = rng.choice([2, 3], count, p=[0.7, 0.3])
    labels = rng.integers(0, len(DIGITS), sizes.sum())
    digits: Drawings = [[] for _ in labels]
    for label, alphabet in enumerate(DIGITS):
        places = np.flatnonzero(labels == label)
        for place, drawing in zip(places.tolist(), draw(alphabet, len(places), rng), strict=True):
            digits[place] = drawing
    ends = itertools.accumulate(sizes.tolist(), initial=0)
    return [_in_a_row(digits[a:b], rng) for a, b in itertools.pairwise(ends)]


#: The kinds of what is no digit: how many percent of it are of each, and who draws it.
KINDS: dict[str, tuple[float, Callable[[int, np.random.Generator], Drawings]]] = {
    "letter": (32, lambda count, rng: draw(LETTER, count, rng)),
    "sign": (22, lambda count, rng: draw(SIGN, count, rng)),
    "doodle": (14, lambda count, rng: draw(DOODLE, count, rng)),
    "several digits": (12, several_digits),
    "wander": (6, wander),
    "tangle": (5, tangle),
    "scratch": (5, scratch),
    "coil": (4, coil),
}


def _in_a_row(digits: Drawings, rng: np.random.Generator) -> list[Stroke]:
    row = list(digits[0])
    for digit in digits[1:]:
        (left, _), (right, _) = bounds(row)
        (own_left, top), (own_right, bottom) = bounds(digit)
        narrow = min(right - left, own_right - own_left) < NARROW * (bottom - top)
        way = rng.uniform(0.15, 0.4) if narrow else rng.uniform(-0.25, 0.3)
        shift = (right - own_left + way * (bottom - top), rng.normal(0.0, 0.06))
        row += transform(digit, 1.0, shift)
    return row


def _turned(curve: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The curves (count, n, 2), each turned by any angle, and fitted into the grid."""
    angle = rng.uniform(0.0, 2 * np.pi, len(curve))
    turn = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    return _fitted(curve @ turn)


def _fitted(curve: np.ndarray) -> np.ndarray:
    """The curves (count, n, 2), each scaled and moved to the grid's height or width."""
    low = curve.min(axis=1, keepdims=True)
    return GRID * (curve - low) / np.ptp(curve, axis=1, keepdims=True).max(axis=2, keepdims=True)

"""The handwriting model: writes glyphs as people write them, every time differently.

Each drawing has its own writer, who mixes the variants of a glyph, misses each point a little, rounds corners or
straightens curves, bends straight lines, and slants, stretches and rotates the drawing. The pen jitters, overshoots
the ends of strokes, and leaves hooks and gaps. Lengths are in units of the glyphs' grid, which is 100 high.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from nn.digits.strokes import Sample
from nn.digits.synthesis.alphabets import Alphabet
from nn.digits.synthesis.glyph import Glyph
from nn.digits.synthesis.splines import SPACING

GRID = 100.0

# Variants are mixed with random shares (a Dirichlet distribution), and stretched apart by this factor.
VARIANT_CONCENTRATION = 0.8
VARIANT_STRETCH = 1.15

# The errors of points (an autoregressive process along the stroke) and of whole strokes. They are multiplied by the
# writer's sloppiness, which is log-normal.
POINT_ERROR = 2.6
POINT_ERROR_MEMORY = 0.5
STROKE_ERROR = 2.0
SLOPPINESS_SIGMA = 0.4

# Some writers straighten curves, by up to a maximum. All of them round corners, each by a random amount.
ANGULAR_SHARE = 0.25
MAX_ANGULARITY = 0.6
ROUNDING_PASSES = 3

# Bends: waves through the plane, with 0.3 to 1.5 periods across the grid.
BENDS = 3
BEND = 2.2
BEND_PERIODS = (0.3, 1.5)

# Jitter of the pen: its mean and its maximum.
JITTER = 0.5
MAX_JITTER = 2.0

# The slant and rotation of the whole drawing, in degrees: mean, standard deviation and limits. Positive slants lean to
# the right, positive rotations are clockwise. The stretch is the logarithm of the width.
SLANT, SLANT_SIGMA, SLANT_LIMITS = 7.0, 11.0, (-25.0, 35.0)
ROTATION_SIGMA, MAX_ROTATION = 9.0, 25.0
STRETCH_SIGMA, MAX_STRETCH = 0.2, 0.5

# Ends of strokes: how far they overshoot or stop short, and hooks where the pen comes down or leaves.
OVERSHOOT, MAX_OVERSHOOT = 2.5, 7.0
HOOK_SHARE = 0.12
HOOK = 5.0

# The speed of the pen: the maximum relative change of the distance between points.
SPEED_VARIATION = 0.6

# Gaps where the pen skips, in points, and strokes that are joined because the pen is not lifted.
GAP_SHARE = 0.05
GAP = (1, 4)
JOIN_SHARE = 0.06
JOIN_DISTANCE = 25.0


def write(glyph: Glyph, count: int, rng: np.random.Generator) -> list[Sample]:
    """Write a glyph ``count`` times.

    Returns:
        ``count`` drawings, each a list of strokes (n, 2) float64, about 1 high, x to the right and y down.
    """
    return draw(_curves(glyph, _points(glyph, count, rng), rng), rng)


def write_alphabet(alphabet: Alphabet, count: int, rng: np.random.Generator) -> list[Sample]:
    """Write glyphs of an alphabet, as often as their weights say, in random order."""
    which = rng.choice(len(alphabet.glyphs), count, p=alphabet.weights)
    return draw_groups(which, lambda number, count: write(alphabet.glyphs[number], count, rng))


def draw_groups(which: np.ndarray, draw: Callable[[int, int], list[Sample]]) -> list[Sample]:
    """A drawing for each number in ``which``; ``draw(number, count)`` makes all drawings of the same number at once."""
    drawings: list[Sample] = [[] for _ in which]
    for number in np.unique(which).tolist():
        indices = np.flatnonzero(which == number).tolist()
        for index, drawing in zip(indices, draw(number, len(indices)), strict=True):
            drawings[index] = drawing
    return drawings


def draw(strokes: Sequence[np.ndarray], rng: np.random.Generator) -> list[Sample]:
    """Draw curves with the irregularities of handwriting.

    Args:
        strokes: for each stroke, its curve in every drawing, (count, n, 2), on the grid.
        rng: the source of the random irregularities.

    Returns:
        ``count`` drawings, as ``write`` returns them.
    """
    count = len(strokes[0])
    ends = itertools.accumulate((stroke.shape[1] for stroke in strokes), initial=0)
    ink = np.concatenate(strokes, axis=1)
    ink += _bends(ink, rng)
    ink += _jitter(ink.shape, rng)
    ink = (ink - GRID / 2) @ _affine(count, rng) / GRID
    strokes = [_resample(ink[:, a:b], rng) for a, b in itertools.pairwise(ends)]
    return [_join_and_split([stroke[index] for stroke in strokes], rng) for index in range(count)]


def _points(glyph: Glyph, count: int, rng: np.random.Generator) -> np.ndarray:
    """The points that the strokes go through, (count, K, 2): a mix of the variants, with errors."""
    variants = len(glyph.variants)
    shares = rng.dirichlet(np.full(variants, VARIANT_CONCENTRATION), count)
    shares = 1 / variants + VARIANT_STRETCH * (shares - 1 / variants)
    points = np.tensordot(shares, glyph.variants, axes=1)
    sloppiness = rng.lognormal(0.0, SLOPPINESS_SIGMA, (count, 1, 1))
    errors = POINT_ERROR * rng.standard_normal((count, glyph.variants.shape[1], 2))
    memory, renewal = POINT_ERROR_MEMORY, (1 - POINT_ERROR_MEMORY**2) ** 0.5
    for index in range(1, errors.shape[1]):
        errors[:, index] = memory * errors[:, index - 1] + renewal * errors[:, index]
    for part in glyph.slices:
        errors[:, part] += rng.normal(0.0, STROKE_ERROR, (count, 1, 2))
    return points + sloppiness * errors


def _curves(glyph: Glyph, points: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """For each stroke the curve (count, n, 2) through its points among (count, K, 2), rounder or more angular."""
    count = len(points)
    angular = rng.uniform(0.0, MAX_ANGULARITY, (count, 1, 1)) * (rng.random((count, 1, 1)) < ANGULAR_SHARE)
    rounding = rng.random((count, 1, 1))
    strokes = []
    for (smooth, straight), part in zip(glyph.curves, glyph.slices, strict=True):
        curve = smooth @ points[:, part]
        curve += angular * (straight @ points[:, part] - curve)
        rounded = curve.copy()
        for _ in range(ROUNDING_PASSES):
            rounded[:, 1:-1] = (rounded[:, :-2] + 2 * rounded[:, 1:-1] + rounded[:, 2:]) / 4
        strokes.append(curve + rounding * (rounded - curve))
    return strokes


def _bends(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The displacement of each point of ink (count, N, 2) by bends; it is similar for nearby points."""
    count = len(ink)
    frequency = rng.uniform(*BEND_PERIODS, (count, BENDS)) * 2 * np.pi / GRID
    direction = rng.uniform(0.0, 2 * np.pi, (count, BENDS))
    wave = frequency[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    phase = rng.uniform(0.0, 2 * np.pi, (count, 1, BENDS))
    return np.sin(ink @ wave + phase) @ rng.normal(0.0, BEND, (count, BENDS, 2))


def _jitter(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Smoothed noise of ``shape`` (count, N, 2)."""
    strength = np.minimum(rng.exponential(JITTER, (shape[0], 1, 1)), MAX_JITTER)
    noise = rng.standard_normal((shape[0], shape[1] + 2, shape[2]))
    return strength * (noise[:, 2:] + noise[:, 1:-1] + noise[:, :-2]) / 3**0.5


def _affine(count: int, rng: np.random.Generator) -> np.ndarray:
    """Matrices (count, 2, 2) of slant, stretch and rotation, for points as rows: ``points @ matrix``."""
    slant = np.tan(np.radians(np.clip(rng.normal(SLANT, SLANT_SIGMA, count), *SLANT_LIMITS)))
    rotation = np.radians(np.clip(rng.normal(0.0, ROTATION_SIGMA, count), -MAX_ROTATION, MAX_ROTATION))
    stretch = np.exp(np.clip(rng.normal(0.0, STRETCH_SIGMA, count), -MAX_STRETCH, MAX_STRETCH))
    zero, one = np.zeros(count), np.ones(count)
    slanted = _matrices(stretch, zero, -slant, one)
    rotated = _matrices(np.cos(rotation), np.sin(rotation), -np.sin(rotation), np.cos(rotation))
    return slanted @ rotated


def _matrices(*entries: np.ndarray) -> np.ndarray:
    """Matrices (count, 2, 2) of four entries (count,), row by row."""
    return np.stack(entries, axis=1).reshape(-1, 2, 2)


def _resample(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The stroke (count, n, 2) with points spaced by the speed of the pen, starts and ends that vary, and hooks."""
    count, n = stroke.shape[:2]
    if n == 1:
        return stroke
    start, end = np.clip(rng.normal(0.0, OVERSHOOT, (2, count, 1)), -MAX_OVERSHOOT, MAX_OVERSHOOT) / SPACING
    time = np.arange(n) / (n - 1)
    swing = rng.uniform(0.0, SPEED_VARIATION, (count, 1)) / (2 * np.pi)
    phase = rng.uniform(0.0, 2 * np.pi, (count, 1))
    progress = time + swing * (np.sin(2 * np.pi * time + phase) - np.sin(phase))
    place = (n - 1) * progress + start * (1 - time) + end * time
    before = np.clip(np.floor(place), 0, n - 2).astype(np.int64)[:, :, None]
    a, b = (np.take_along_axis(stroke, before + step, axis=1) for step in (0, 1))
    resampled = a + (place[:, :, None] - before) * (b - a)
    hooks = rng.normal(0.0, HOOK / GRID, (2, count, 1, 2)) * (rng.random((2, count, 1, 1)) < HOOK_SHARE)
    return np.concatenate([resampled[:, :1] + hooks[0], resampled, resampled[:, -1:] + hooks[1]], axis=1)


def _join_and_split(strokes: Sample, rng: np.random.Generator) -> Sample:
    """The strokes of one drawing, some joined because the pen was not lifted, or split where it skipped."""
    for index in range(len(strokes) - 1, 0, -1):
        distance = np.hypot(*(strokes[index][0] - strokes[index - 1][-1]))
        if distance < JOIN_DISTANCE / GRID and rng.random() < JOIN_SHARE:
            strokes[index - 1 : index + 1] = [np.concatenate(strokes[index - 1 : index + 1])]
    if rng.random() < GAP_SHARE:
        longest = max(range(len(strokes)), key=lambda index: len(strokes[index]))
        stroke = strokes[longest]
        if len(stroke) > 12:
            gap = int(rng.integers(*GAP, endpoint=True))
            at = int(rng.integers(4, len(stroke) - 4 - gap))
            strokes[longest : longest + 1] = [stroke[: at + 1], stroke[at + gap :]]
    return strokes

"""A hand that writes forms: never twice the same.

Every drawing has its own writer, who takes a pose between those of the form, misses each point a little, rounds
corners or cuts curves short, bends what is straight, slants, stretches and turns the whole, trembles, starts early or
stops late, and leaves hooks and gaps. Lengths are in units of the forms' grid, which is 100 high.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from nn.digits.strokes import Stroke
from nn.digits.synthesis.glyphs import SPACING, Form

GRID = 100.0

# Poses are mixed with random shares, and a little more apart than the table has them.
POSE_CONCENTRATION = 0.8
POSE_STRETCH = 1.15

# How far points are missed: a walk along the stroke that forgets half at each point; and each stroke as a whole.
MISS = 2.6
MISS_MEMORY = 0.5
STROKE_SHIFT = 2.0
SLOPPINESS = 0.4  # the spread of the logarithm of how much more or less one writer misses

# Some write angles where others write curves, and round what others write as corners.
ANGULAR_SHARE = 0.25
ANGULAR_MOST = 0.6
ROUNDING_PASSES = 3

# Bends: waves through the plane, a third of one to one and a half across the grid.
BENDS = 3
BEND = 2.2
BEND_WAVES = (0.3, 1.5)

# Pen tremble: mostly none, sometimes much.
TREMBLE = 0.5
TREMBLE_MOST = 2.0

# The whole: standard deviations and limits; slant to the right is positive, turns are clockwise.
SLANT, SLANT_SPREAD, SLANT_LIMITS = 7.0, 11.0, (-25.0, 35.0)
TURN_SPREAD, TURN_MOST = 9.0, 25.0
STRETCH_SPREAD, STRETCH_MOST = 0.2, 0.5

# Ends: how far strokes go on, or stop short; and hooks where the pen comes down or leaves.
OVERSHOOT, OVERSHOOT_MOST = 2.5, 7.0
HOOK_SHARE = 0.12
HOOK = 5.0

# The pen's speed: points are as much as so much denser at one place than at another.
SPEED_SPREAD = 0.6

# Skips of the pen, and a pen that is not lifted between strokes.
GAP_SHARE = 0.05
GAP = (1, 4)
JOIN_SHARE = 0.06
JOIN_REACH = 25.0


def write(form: Form, count: int, rng: np.random.Generator) -> list[list[Stroke]]:
    """Write a form ``count`` times.

    Returns:
        ``count`` drawings, each a list of strokes (n, 2) float64, about 1 high, x to the right and y down.
    """
    return move(_curves(form, _points(form, count, rng), rng), rng)


def move(strokes: Sequence[np.ndarray], rng: np.random.Generator) -> list[list[Stroke]]:
    """Draw curves as a hand moves, the same ones every time but never the same way.

    Args:
        strokes: for each stroke, its curve in every drawing, (count, n, 2), on the grid.
        rng: draws all that differs.

    Returns:
        ``count`` drawings, as ``write`` returns them.
    """
    count = len(strokes[0])
    ends = itertools.accumulate((stroke.shape[1] for stroke in strokes), initial=0)
    ink = np.concatenate(strokes, axis=1)
    ink += _bends(ink, rng)
    ink += _tremble(ink.shape, rng)
    ink = (ink - GRID / 2) @ _affine(count, rng) / GRID
    strokes = [_timed(ink[:, a:b], rng) for a, b in itertools.pairwise(ends)]
    return [_lifted([stroke[index] for stroke in strokes], rng) for index in range(count)]


def _points(form: Form, count: int, rng: np.random.Generator) -> np.ndarray:
    """The points that the strokes go through, (count, K, 2)."""
    poses = len(form.poses)
    shares = rng.dirichlet(np.full(poses, POSE_CONCENTRATION), count)
    shares = 1 / poses + POSE_STRETCH * (shares - 1 / poses)
    points = np.tensordot(shares, form.poses, axes=1)
    sloppiness = rng.lognormal(0.0, SLOPPINESS, (count, 1, 1))
    misses = MISS * rng.standard_normal((count, form.poses.shape[1], 2))
    for index in range(1, misses.shape[1]):
        misses[:, index] = MISS_MEMORY * misses[:, index - 1] + (1 - MISS_MEMORY**2) ** 0.5 * misses[:, index]
    for part in form.slices:
        misses[:, part] += rng.normal(0.0, STROKE_SHIFT, (count, 1, 2))
    return points + sloppiness * misses


def _curves(form: Form, points: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Through the points (count, K, 2), for each stroke the curve (count, n, 2), rounder or more angular."""
    count = len(points)
    angular = rng.uniform(0.0, ANGULAR_MOST, (count, 1, 1)) * (rng.random((count, 1, 1)) < ANGULAR_SHARE)
    rounding = rng.random((count, 1, 1))
    strokes = []
    for (smooth, straight), part in zip(form.curves, form.slices, strict=True):
        curve = smooth @ points[:, part]
        curve += angular * (straight @ points[:, part] - curve)
        rounded = curve.copy()
        for _ in range(ROUNDING_PASSES):
            rounded[:, 1:-1] = (rounded[:, :-2] + 2 * rounded[:, 1:-1] + rounded[:, 2:]) / 4
        strokes.append(curve + rounding * (rounded - curve))
    return strokes


def _bends(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How far bends move each point of ink (count, N, 2): waves through the plane, so that what meets still meets."""
    count = len(ink)
    frequency = rng.uniform(*BEND_WAVES, (count, BENDS)) * 2 * np.pi / GRID
    direction = rng.uniform(0.0, 2 * np.pi, (count, BENDS))
    wave = frequency[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    phase = rng.uniform(0.0, 2 * np.pi, (count, 1, BENDS))
    return np.sin(ink @ wave + phase) @ rng.normal(0.0, BEND, (count, BENDS, 2))


def _tremble(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Noise of the pen, of ``shape`` (count, N, 2), a little smoother than from point to point."""
    strength = np.minimum(rng.exponential(TREMBLE, (shape[0], 1, 1)), TREMBLE_MOST)
    noise = rng.standard_normal((shape[0], shape[1] + 2, shape[2]))
    return strength * (noise[:, 2:] + noise[:, 1:-1] + noise[:, :-2]) / 3**0.5


def _affine(count: int, rng: np.random.Generator) -> np.ndarray:
    """Slant, stretch and turn as matrices (count, 2, 2) that take rows of points from the right."""
    slant = np.tan(np.radians(np.clip(rng.normal(SLANT, SLANT_SPREAD, count), *SLANT_LIMITS)))
    turn = np.radians(np.clip(rng.normal(0.0, TURN_SPREAD, count), -TURN_MOST, TURN_MOST))
    stretch = np.exp(np.clip(rng.normal(0.0, STRETCH_SPREAD, count), -STRETCH_MOST, STRETCH_MOST))
    zero, one = np.zeros(count), np.ones(count)
    slanted = _matrices(stretch, zero, -slant, one)
    turned = _matrices(np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn))
    return slanted @ turned


def _matrices(*entries: np.ndarray) -> np.ndarray:
    """Matrices (count, 2, 2) of four entries (count,), row by row."""
    return np.stack(entries, axis=1).reshape(-1, 2, 2)


def _timed(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The stroke (count, n, 2) as the pen's speed spaces its points, from start to end or beyond, with its hooks."""
    count, n = stroke.shape[:2]
    if n == 1:
        return stroke
    start, end = np.clip(rng.normal(0.0, OVERSHOOT, (2, count, 1)), -OVERSHOOT_MOST, OVERSHOOT_MOST) / SPACING
    time = np.arange(n) / (n - 1)
    swing = rng.uniform(0.0, SPEED_SPREAD, (count, 1)) / (2 * np.pi)
    phase = rng.uniform(0.0, 2 * np.pi, (count, 1))
    way = time + swing * (np.sin(2 * np.pi * time + phase) - np.sin(phase))
    place = (n - 1) * way + start * (1 - time) + end * time
    before = np.clip(np.floor(place), 0, n - 2).astype(np.int64)[:, :, None]
    a, b = (np.take_along_axis(stroke, before + step, axis=1) for step in (0, 1))
    timed = a + (place[:, :, None] - before) * (b - a)
    hooks = rng.normal(0.0, HOOK / GRID, (2, count, 1, 2)) * (rng.random((2, count, 1, 1)) < HOOK_SHARE)
    return np.concatenate([timed[:, :1] + hooks[0], timed, timed[:, -1:] + hooks[1]], axis=1)


def _lifted(strokes: list[Stroke], rng: np.random.Generator) -> list[Stroke]:
    """The strokes of one drawing with the pen lifted where it should not be, or not lifted where it should."""
    for index in range(len(strokes) - 1, 0, -1):
        way = np.hypot(*(strokes[index][0] - strokes[index - 1][-1]))
        if way < JOIN_REACH / GRID and rng.random() < JOIN_SHARE:
            strokes[index - 1 : index + 1] = [np.concatenate(strokes[index - 1 : index + 1])]
    if rng.random() < GAP_SHARE:
        longest = max(range(len(strokes)), key=lambda index: len(strokes[index]))
        stroke = strokes[longest]
        if len(stroke) > 12:
            gap = int(rng.integers(*GAP, endpoint=True))
            at = int(rng.integers(4, len(stroke) - 4 - gap))
            strokes[longest : longest + 1] = [stroke[: at + 1], stroke[at + gap :]]
    return strokes

"""Curves through points: the centripetal Catmull-Rom spline, as a matrix.

A curve of k points is linear in them, so that one matrix (n, k) takes the points of any variant of a glyph to the n
points of its curve.

Source: C. Yuksel, S. Schaefer, J. Keyser, "Parameterization and applications of Catmull-Rom curves" (2011).
"""

import itertools
from collections.abc import Sequence

import numpy as np

#: The distance between the points of a curve, on the grid: less than a pixel in the 20x20 box.
SPACING = 5.0


def curve_matrices(points: np.ndarray, corners: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    """The matrices (n, k) of the smooth curve and of the straight lines through k points.

    Between two points the smooth curve is cubic. Its tangent at each is that of the parabola through the point and its
    neighbours, and its parameter grows by the root of the distance: it neither overshoots nor loops between points.

    Args:
        points: (k, 2), typical ones; they set the parameter and the number of points.
        corners: (k,) where the curve has a corner.
    """
    count = len(points)
    if count == 1:
        return np.ones((1, 1)), np.ones((1, 1))
    chords = np.maximum(np.hypot(*np.diff(points, axis=0).T), 1e-3)
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(chords))])
    cuts = [0, *(index for index in range(1, count - 1) if corners[index]), count - 1]
    smooth, straight = [], []
    identity = np.eye(count)
    for first, last in itertools.pairwise(cuts):
        tangents = tangent_matrix(knots[first : last + 1]) @ identity[first : last + 1]
        for index in range(first, last):
            steps = max(2, int(np.ceil(1.1 * chords[index] / SPACING)))
            s = np.arange(steps)[:, None] / steps
            span = knots[index + 1] - knots[index]
            start, end = identity[index], identity[index + 1]
            ease = s * s * (3 - 2 * s)
            out, into = s * (1 - s) ** 2, s * s * (s - 1)
            bend = span * (out * tangents[index - first] + into * tangents[index - first + 1])
            smooth.append(start + ease * (end - start) + bend)
            straight.append(start + s * (end - start))
    return np.concatenate([*smooth, identity[-1:]]), np.concatenate([*straight, identity[-1:]])


def tangent_matrix(knots: np.ndarray) -> np.ndarray:
    """The matrix (k, k) from the values at knots to the slopes there of the parabolas through three neighbours."""
    steps = np.diff(knots)[:, None]
    slopes = np.diff(np.eye(len(knots)), axis=0) / steps
    if len(knots) == 2:
        return slopes.repeat(2, axis=0)
    before, after = steps[:-1], steps[1:]
    inner = (after * slopes[:-1] + before * slopes[1:]) / (before + after)
    return np.concatenate([2 * slopes[:1] - inner[:1], inner, 2 * slopes[-1:] - inner[-1:]])

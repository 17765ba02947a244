"""Forms of signs, as a pen writes them: a few points of each stroke, and the curve through them.

A *pose* is one way to write a form, on a grid that is 100 high, y down: ``"0,48 18,28 34,2^ 32,100 / 0,99 60,98"`` is
a 1 with a flag and a base. Points are ``x,y``; ``^`` makes a corner of one, where the curve is smooth elsewhere; ``/``
lifts the pen. The poses of a form correspond point by point, so that all that lies between them is a way to write it.
"""

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: How far apart the points of a curve lie, on the grid: less than a pixel in the 20x20 box.
SPACING = 5.0

#: A table of forms: by name, the weight, in percent, and the poses.
Table = Mapping[str, tuple[float, *tuple[str, ...]]]


@dataclass(frozen=True, eq=False)
class Form:
    """One way to write a sign.

    Attributes:
        name: of the form, unique among those of its sign.
        weight: how many percent of all who write the sign write it so.
        poses: (P, K, 2) float64, the points of all strokes, one stroke after the other.
        curves: for each stroke, the two matrices (n, k) that take its k points to n along the smooth curve, and
            along straight lines.
        slices: for each stroke, where its points are among the K.
    """

    name: str
    weight: float
    poses: np.ndarray
    curves: tuple[tuple[np.ndarray, np.ndarray], ...]
    slices: tuple[slice, ...]

    @classmethod
    def parse(cls, name: str, weight: float, poses: Sequence[str]) -> "Form":
        """Read a form's poses.

        Raises:
            ValueError: there is none, or one is no list of points, or they do not correspond.
        """
        if not poses:
            raise ValueError(f"form {name!r}: expected a pose, got none")
        parsed = [_strokes(name, pose) for pose in poses]
        corners = [[point.endswith("^") for point in stroke] for stroke in parsed[0]]
        lengths = [len(stroke) for stroke in parsed[0]]
        for pose, strokes in zip(poses, parsed, strict=True):
            if [len(stroke) for stroke in strokes] != lengths:
                raise ValueError(f"form {name!r}: expected strokes of {lengths} points in every pose, got {pose!r}")
        points = np.array([[_point(name, text) for stroke in strokes for text in stroke] for strokes in parsed])
        ends = itertools.accumulate(lengths, initial=0)
        slices = tuple(slice(a, b) for a, b in itertools.pairwise(ends))
        typical = points.mean(axis=0)
        curves = tuple(_curve(typical[part], marks) for part, marks in zip(slices, corners, strict=True))
        return cls(name, weight, points, curves, slices)


class Alphabet:
    """The forms of one sign, or of one kind of signs.

    Args:
        table: of the forms. It is read when a form is first asked for.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    @functools.cached_property
    def forms(self) -> tuple[Form, ...]:
        """All forms, in the table's order."""
        return tuple(Form.parse(name, weight, poses) for name, (weight, *poses) in self._table.items())

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """The share of each form; they sum to 1."""
        weights = np.array([form.weight for form in self.forms])
        return weights / weights.sum()

    def __getitem__(self, name: str) -> Form:
        """The form of that name.

        Raises:
            ValueError: there is none.
        """
        for form in self.forms:
            if form.name == name:
                return form
        raise ValueError(f"form: expected one of {', '.join(self._table)}; got {name!r}")


def ring(
    x: float, y: float, rx: float, ry: float, start: float, sweep: float, first: float = 1.0, points: int = 12
) -> str:
    """Points around the ellipse with this middle and these radii, as a pose has them.

    Args:
        x, y, rx, ry: on the grid.
        start: the angle of the first point, in degrees, clockwise from the right.
        sweep: how far around it goes, in degrees; counter-clockwise where negative.
        first: the share of the radii that the first point has; it grows evenly to 1 at the last.
        points: how many.
    """
    shares = [index / (points - 1) for index in range(points)]
    angles = [math.radians(start + sweep * share) for share in shares]
    radii = [first + (1 - first) * share for share in shares]
    return " ".join(
        f"{x + radius * rx * math.cos(angle):.1f},{y + radius * ry * math.sin(angle):.1f}"
        for angle, radius in zip(angles, radii, strict=True)
    )


def _strokes(name: str, pose: str) -> list[list[str]]:
    strokes = [stroke.split() for stroke in pose.split("/")]
    if not all(strokes):
        raise ValueError(f"form {name!r}: expected points in every stroke, got {pose!r}")
    return strokes


def _point(name: str, text: str) -> tuple[float, float]:
    try:
        x, y = map(float, text.removesuffix("^").split(","))
    except ValueError:
        raise ValueError(f"form {name!r}: expected a point x,y, got {text!r}") from None
    return x, y


def _curve(points: np.ndarray, corners: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    """The matrices (n, k) that make a curve of k points: smooth but at corners, and straight.

    Smooth is the centripetal Catmull-Rom spline: cubic between two points, with the tangent at each that the parabola
    through it and its neighbours has, the parameter growing by the root of the distance. It neither overshoots nor
    loops between points. Corners cut it in pieces.

    Source: P. Yuksel, S. Schaefer, J. Keyser, "Parameterization and applications of Catmull-Rom curves" (2011).
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
        tangents = _tangents(knots[first : last + 1]) @ identity[first : last + 1]
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


def _tangents(knots: np.ndarray) -> np.ndarray:
    """The matrix (k, k) from the values at knots to the slopes there of the parabolas through three neighbours."""
    steps = np.diff(knots)[:, None]
    slopes = np.diff(np.eye(len(knots)), axis=0) / steps
    if len(knots) == 2:
        return slopes.repeat(2, axis=0)
    before, after = steps[:-1], steps[1:]
    inner = (after * slopes[:-1] + before * slopes[1:]) / (before + after)
    return np.concatenate([2 * slopes[:1] - inner[:1], inner, 2 * slopes[-1:] - inner[-1:]])

"""A glyph: one way to write a symbol, as the points of its strokes; ``glyphs/README.md`` describes the notation."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn.digits.synthesis.splines import curve_matrices


@dataclass(frozen=True, eq=False)
class Glyph:
    """One way to write a symbol.

    Attributes:
        name: unique among the glyphs of its alphabet.
        weight: how often the symbol is written this way, relative to the alphabet's other glyphs.
        variants: (V, K, 2) float64, the points of all strokes, one stroke after the other.
        curves: for each stroke, the matrices (n, k) that take its k points to the n points of the smooth curve, and to
            those of straight lines.
        slices: for each stroke, where its points are among the K.
    """

    name: str
    weight: float
    variants: np.ndarray
    curves: tuple[tuple[np.ndarray, np.ndarray], ...]
    slices: tuple[slice, ...]

    @classmethod
    def parse(cls, name: str, weight: float, variants: Sequence[str]) -> "Glyph":
        """Read a glyph's variants.

        Raises:
            ValueError: there is none, one is not a list of points, or they do not correspond.

        >>> Glyph.parse("bare 1", 20, ["8,0 8,50 8,100", "14,0 9,50 11,100"]).variants.shape
        (2, 3, 2)
        """
        if not variants:
            raise ValueError(f"glyph {name!r}: expected a variant, got none")
        parsed = [[_points(name, stroke) for stroke in variant.split("/")] for variant in variants]
        lengths = [len(stroke) for stroke in parsed[0]]
        for variant, strokes in zip(variants, parsed, strict=True):
            if [len(stroke) for stroke in strokes] != lengths:
                raise ValueError(
                    f"glyph {name!r}: expected strokes of {lengths} points in each variant, got {variant!r}"
                )
        points = np.array([[(x, y) for stroke in strokes for x, y, _ in stroke] for strokes in parsed])
        slices = tuple(slice(a, b) for a, b in itertools.pairwise(itertools.accumulate(lengths, initial=0)))
        typical = points.mean(axis=0)
        curves = tuple(
            curve_matrices(typical[part], [corner for _, _, corner in stroke])
            for part, stroke in zip(slices, parsed[0], strict=True)
        )
        return cls(name, weight, points, curves, slices)


def ring(
    x: float, y: float, rx: float, ry: float, start: float, sweep: float, first: float = 1.0, points: float = 12
) -> list[tuple[float, float]]:
    """Points (x, y) around an ellipse, to one decimal.

    Args:
        x, y, rx, ry: the middle and the radii, on the grid.
        start: the angle of the first point, in degrees, clockwise from the right.
        sweep: the angle from the first to the last, in degrees; counter-clockwise if negative.
        first: the share of the radii at the first point; it grows evenly to 1 at the last.
        points: their number.
    """
    shares = [index / (points - 1) for index in range(int(points))]
    angles = [math.radians(start + sweep * share) for share in shares]
    radii = [first + (1 - first) * share for share in shares]
    return [
        (round(x + radius * rx * math.cos(angle), 1), round(y + radius * ry * math.sin(angle), 1))
        for angle, radius in zip(angles, radii, strict=True)
    ]


def _points(name: str, stroke: str) -> list[tuple[float, float, bool]]:
    """A stroke's points, and whether each is a corner."""
    result: list[tuple[float, float, bool]] = []
    for text in stroke.split():
        try:
            if text.startswith("ring("):
                values = map(float, text.removeprefix("ring(").removesuffix(")").split(","))
                result += [(x, y, False) for x, y in ring(*values)]
            else:
                x, y = map(float, text.removesuffix("^").split(","))
                result.append((x, y, text.endswith("^")))
        except (TypeError, ValueError):
            raise ValueError(f"glyph {name!r}: expected a point x,y or a ring, got {text!r}") from None
    if not result:
        raise ValueError(f"glyph {name!r}: expected points in each stroke, got none")
    return result

"""Many labelled samples of strokes, packed into few arrays."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nn.digits.strokes import CLASSES, MAX_COORDINATE, Stroke, as_strokes, within_limits

#: The arrays of a set, as its file names them.
ARRAYS = ("points", "stroke_offsets", "sample_offsets", "label", "writer")


@dataclass(frozen=True, slots=True, eq=False)
class StrokeSet:
    """Many labelled samples, packed into few arrays.

    Attributes:
        points: (N, 2), any real dtype: all points of all strokes.
        stroke_offsets: (S+1,) int64: where in ``points`` each stroke begins, and the end.
        sample_offsets: (M+1,) int64: with which stroke each sample begins, and the end.
        label: (M,) int64: the digit, 0 to 9.
        writer: (M,) int64: who wrote it.

    Raises:
        ValueError: the arrays do not fit together, or hold what they should not.
    """

    points: np.ndarray
    stroke_offsets: np.ndarray
    sample_offsets: np.ndarray
    label: np.ndarray
    writer: np.ndarray

    def __post_init__(self) -> None:
        points = np.asarray(self.points)
        if points.dtype.kind not in "iuf" or points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points: expected numbers of shape (N, 2), found {points.dtype} {points.shape}")
        if not within_limits(points):
            raise ValueError(f"points: expected numbers within {MAX_COORDINATE:g}, found another")
        set_field = object.__setattr__  # the class is frozen
        set_field(self, "points", points)
        for name in ARRAYS[1:]:
            set_field(self, name, _integers(name, getattr(self, name)))
        _check_offsets("stroke_offsets", self.stroke_offsets, len(points), "points")
        _check_offsets("sample_offsets", self.sample_offsets, len(self.stroke_offsets) - 1, "strokes")
        for name in ("label", "writer"):
            if len(getattr(self, name)) != len(self):
                raise ValueError(
                    f"{name}: expected one for each of {len(self)} samples, found {len(getattr(self, name))}"
                )
        if len(self) and not 0 <= self.label.min() <= self.label.max() < CLASSES:
            raise ValueError(f"label: expected 0 to {CLASSES - 1}, found {self.label.min()} to {self.label.max()}")

    @classmethod
    def from_samples(
        cls, samples: Iterable[Sequence[ArrayLike]], labels: ArrayLike, writers: ArrayLike | None = None
    ) -> "StrokeSet":
        """Pack samples, each of at least one stroke; of one writer unless ``writers`` tells them apart.

        Raises:
            ValueError: a sample is not strokes, or the labels do not fit.
        """
        lists = [as_strokes(sample) for sample in samples]
        strokes = [stroke for sample in lists for stroke in sample]
        return cls(
            points=np.concatenate([np.empty((0, 2)), *strokes]),
            stroke_offsets=np.cumsum([0, *map(len, strokes)]),
            sample_offsets=np.cumsum([0, *map(len, lists)]),
            label=np.asarray(labels),
            writer=np.zeros(len(lists), np.int64) if writers is None else np.asarray(writers),
        )

    def __len__(self) -> int:
        return len(self.sample_offsets) - 1

    def strokes(self, index: int) -> list[Stroke]:
        """Copies of the strokes of sample ``index``, float64."""
        index = range(len(self))[index]
        first, last = self.sample_offsets[index : index + 2]
        cuts = self.stroke_offsets[first : last + 1]
        return [self.points[a:b].astype(np.float64) for a, b in itertools.pairwise(cuts)]


def _integers(name: str, values: Any) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iu"):
        raise ValueError(f"{name}: expected integers in one dimension, found {values.dtype} {values.shape}")
    if values.size and values.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name}: expected integers of 64 bits, found {values.max()}")
    return values.astype(np.int64)


def _check_offsets(name: str, offsets: np.ndarray, end: int, unit: str) -> None:
    """Offsets start at 0, grow at every step (nothing is empty) and end where what they point into ends."""
    if not len(offsets) or offsets[0] != 0 or offsets[-1] != end:
        ends = f"{offsets[0]} to {offsets[-1]}" if len(offsets) else "nothing"
        raise ValueError(f"{name}: expected 0 to {end}, the number of {unit}; found {ends}")
    if (offsets[1:] <= offsets[:-1]).any():
        at = int(np.argmax(offsets[1:] <= offsets[:-1]))
        raise ValueError(f"{name}: expected growing numbers, found {offsets[at]} before {offsets[at + 1]}")

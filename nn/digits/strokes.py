"""Ink as the pen moved: strokes, drawings, sets of labelled samples, and their files.

Coordinates are in any unit, x to the right and y down. A drawing is a JSON file:

    {"format": "digits-from-scratch drawing", "version": 1, "label": 7, "canvas": [280, 280],
     "strokes": [[[61.0, 70.5], [190.0, 66.0], [120.0, 230.0]], [[90.0, 150.0], [180.0, 148.0]]]}

A set is ``.npz``: ``points (N, 2)``, ``stroke_offsets (S+1,)``, ``sample_offsets (M+1,)``, ``label (M,)``,
``writer (M,)``: stroke ``s`` is ``points[stroke_offsets[s]:stroke_offsets[s+1]]``, and sample ``i`` the
strokes ``sample_offsets[i]`` up to ``sample_offsets[i+1]``.
"""

import itertools
import json
import operator
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nn.atomic import atomic_write
from nn.errors import DataError

FORMAT = "digits-from-scratch drawing"
VERSION = 1
CLASSES = 10

#: Beyond any canvas, and far from where differences of coordinates lose their meaning.
MAX_COORDINATE = 1e9

#: Ink of less extent is a dot: what its points differ by is rounding.
DOT = 1e-9

#: Hours of drawing; what is larger is no drawing.
MAX_DRAWING_BYTES = 16 << 20
MAX_SET_BYTES = 1 << 30

#: Points of one stroke in the order of drawing: (n, 2) float64, n >= 1; a tap is one point.
Stroke = np.ndarray

_KEYS = ("format", "version", "label", "canvas", "strokes")
_ENTRIES = ("points", "stroke_offsets", "sample_offsets", "label", "writer")


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What was drawn at one time.

    Attributes:
        strokes: in the order of drawing; none is a blank canvas.
        label: the digit that is meant, 0 to 9, where that is known.
        canvas: width and height of what was drawn on, in the strokes' units, where that is known.
    """

    strokes: list[Stroke]
    label: int | None = None
    canvas: tuple[float, float] | None = None


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
        if not _all_within_reach(points):
            raise ValueError(f"points: expected numbers within {MAX_COORDINATE:g}, found another")
        set_field = object.__setattr__  # the class is frozen to others
        set_field(self, "points", points)
        for name in _ENTRIES[1:]:
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


def as_strokes(strokes: Iterable[ArrayLike]) -> list[Stroke]:
    """Check and convert a caller's ink: arrays, lists or tuples of points.

    Returns:
        A list of (n, 2) float64 arrays, n >= 1.

    Raises:
        ValueError: a stroke is empty or not pairs of numbers, or a coordinate is NaN, infinite or beyond
            ``MAX_COORDINATE``.
    """
    result = []
    for number, stroke in enumerate(strokes, start=1):
        try:
            points = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"stroke {number}: expected points (n, 2), found something else") from None
        if points.ndim != 2 or points.shape[1] != 2 or not len(points):
            raise ValueError(f"stroke {number}: expected points (n, 2) with n >= 1, found shape {points.shape}")
        if not _all_within_reach(points):
            raise ValueError(f"stroke {number}: expected numbers within {MAX_COORDINATE:g}, found another")
        result.append(points)
    return result


def bounds(strokes: Sequence[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """The corners of the box around all points: least and greatest (x, y), each (2,).

    Raises:
        ValueError: there are no strokes.
    """
    if not strokes:
        raise ValueError("bounds: expected at least one stroke, got none")
    points = np.concatenate(strokes)
    return points.min(axis=0), points.max(axis=0)


def transform(strokes: Sequence[Stroke], matrix: ArrayLike, offset: ArrayLike = (0.0, 0.0)) -> list[Stroke]:
    """Every point ``p`` as ``matrix @ p + offset``; ``matrix`` is (2, 2), or a number to scale by."""
    matrix = np.asarray(matrix, np.float64)
    linear = matrix if matrix.ndim else matrix * np.eye(2)
    return [stroke @ linear.T + np.asarray(offset, np.float64) for stroke in strokes]


def place(strokes: Sequence[Stroke], size: float, corner: ArrayLike) -> list[Stroke]:
    """Scale the longer side to ``size``, keeping proportions, and put the upper left at ``corner`` (x, y).

    A dot stays one.
    """
    low, high = bounds(strokes)
    extent = float((high - low).max())
    scale = size / extent if extent > DOT else 1.0
    return transform(strokes, scale, np.asarray(corner, np.float64) - scale * low)


def replay(sample: Iterable[ArrayLike], rng: np.random.Generator, canvas: float = 280.0) -> list[Stroke]:
    """Draw a sample again on a square canvas: 45 to 85 % of it large, anywhere on it.

    Args:
        sample: strokes in any unit.
        rng: draws the size and the place, both uniformly.
        canvas: side of the canvas.
    """
    strokes = place(as_strokes(sample), canvas * rng.uniform(0.45, 0.85), (0.0, 0.0))
    _, high = bounds(strokes)
    return transform(strokes, 1.0, rng.uniform(0.0, 1.0, 2) * (canvas - high))


def write_drawing(path: str | os.PathLike[str], drawing: Drawing) -> None:
    """Write a drawing as JSON, whole or not at all.

    Raises:
        ValueError: the drawing is not one that ``read_drawing`` would take.
        OSError: the file can't be written.
    """
    document = {
        "format": FORMAT,
        "version": VERSION,
        "label": None if drawing.label is None else operator.index(drawing.label),
        "canvas": None if drawing.canvas is None else [float(side) for side in drawing.canvas],
        "strokes": [stroke.tolist() for stroke in as_strokes(drawing.strokes)],
    }
    _drawing_of(document)
    text = json.dumps(document, allow_nan=False).encode()
    if len(text) > MAX_DRAWING_BYTES:
        raise ValueError(f"drawing: expected at most {MAX_DRAWING_BYTES >> 20} MiB, got {len(text) / (1 << 20):.1f}")
    with atomic_write(path) as file:
        file.write(text)


def read_drawing(path: str | os.PathLike[str]) -> Drawing:
    """Read what ``write_drawing`` wrote.

    Raises:
        DataError: the file is missing, too large, not JSON, of another version, or not a drawing.
    """
    path = Path(path)
    _check_file(path, "a drawing", MAX_DRAWING_BYTES)
    try:
        document = json.loads(path.read_bytes(), parse_constant=_reject_constant)
    except OSError as error:
        raise DataError(f"{path}: can't read the drawing: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON: {_line(error)}") from None
    try:
        return _drawing_of(document)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def write_stroke_set(path: str | os.PathLike[str], stroke_set: StrokeSet) -> None:
    """Write a set as a compressed ``.npz``, whole or not at all.

    Raises:
        OSError: the file can't be written.
    """
    with atomic_write(path) as file:
        np.savez_compressed(file, **{name: getattr(stroke_set, name) for name in _ENTRIES})


def read_stroke_set(path: str | os.PathLike[str]) -> StrokeSet:
    """Read a set of strokes; nothing in the file is executed.

    Raises:
        DataError: the file is missing, too large, damaged, or its arrays do not make a set.
    """
    path = Path(path)
    _check_file(path, "a set of strokes", MAX_SET_BYTES)
    try:
        with zipfile.ZipFile(path) as listing:
            size = sum(entry.file_size for entry in listing.infolist())
        if size <= MAX_SET_BYTES:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in _ENTRIES if name in archive.files}
    except Exception as error:
        # A damaged archive fails in zipfile, zlib, struct or NumPy, each in its own way.
        raise DataError(f"{path}: not a set of strokes: {_line(error)}") from None
    if size > MAX_SET_BYTES:
        raise DataError(f"{path}: expected at most {MAX_SET_BYTES >> 20} MiB, found {size / (1 << 20):.0f}")
    try:
        return _set_of(arrays)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def _drawing_of(document: Any) -> Drawing:
    """The drawing that a JSON document describes; ValueError where it does not describe one."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("not a drawing of this program")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"version: expected {VERSION}, found {version!r:.80}")
    if document.keys() != set(_KEYS):
        raise ValueError(f"expected the keys {', '.join(_KEYS)}; found {', '.join(document):.80}")
    label, canvas, strokes = document["label"], document["canvas"], document["strokes"]
    if label is not None and not (type(label) is int and 0 <= label < CLASSES):
        raise ValueError(f"label: expected 0 to {CLASSES - 1} or null, found {label!r:.80}")
    if canvas is not None and not (_is_pair(canvas) and all(0 < side <= MAX_COORDINATE for side in canvas)):
        raise ValueError(f"canvas: expected [width, height] or null, found {canvas!s:.80}")
    if not isinstance(strokes, list):
        raise ValueError(f"strokes: expected a list, found {type(strokes).__name__}")
    for number, stroke in enumerate(strokes, start=1):
        if not isinstance(stroke, list) or not all(_is_pair(point) for point in stroke):
            raise ValueError(f"stroke {number}: expected a list of points [x, y]")
    size = None if canvas is None else (float(canvas[0]), float(canvas[1]))
    return Drawing(as_strokes(strokes), label, size)


def _set_of(arrays: Mapping[str, Any]) -> StrokeSet:
    for name in _ENTRIES:
        if not isinstance(arrays.get(name), np.ndarray):
            raise ValueError(f"not a set of strokes: it has no array {name!r}")
    return StrokeSet(**arrays)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(number) in (int, float) for number in value)


def _all_within_reach(points: np.ndarray) -> bool:
    """Whether all are finite and at most ``MAX_COORDINATE`` away; NaN compares false."""
    return bool(((points >= -MAX_COORDINATE) & (points <= MAX_COORDINATE)).all())


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


def _check_file(path: Path, what: str, limit: int) -> None:
    """DataError unless ``path`` is a regular file of at most ``limit`` bytes."""
    if not path.is_file():
        raise DataError(f"{path}: expected {what}, found {'none' if not path.exists() else 'no file'}")
    if path.stat().st_size > limit:
        raise DataError(f"{path}: expected {what} of at most {limit >> 20} MiB, found {path.stat().st_size >> 20} MiB")


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _line(error: Exception) -> str:
    """The first line of what an error says, or its name where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)

"""Files of strokes: a drawing as JSON, a set of labelled samples as ``.npz``.

A drawing:

    {"format": "digits-from-scratch drawing", "version": 1, "label": 7, "canvas": [280, 280],
     "strokes": [[[61.0, 70.5], [190.0, 66.0], [120.0, 230.0]], [[90.0, 150.0], [180.0, 148.0]]]}

A set has the arrays ``points (N, 2)``, ``stroke_offsets (S+1,)``, ``sample_offsets (M+1,)``, ``label (M,)`` and
``writer (M,)``: stroke ``s`` is ``points[stroke_offsets[s]:stroke_offsets[s+1]]``, and sample ``i`` is the strokes
``sample_offsets[i]`` up to ``sample_offsets[i+1]``.
"""

import json
import operator
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn.atomic import atomic_write
from nn.digits.stroke_set import ARRAYS, StrokeSet
from nn.digits.strokes import CLASSES, MAX_COORDINATE, Stroke, as_strokes
from nn.errors import DataError, one_line
from nn.files import file_size
from nn.npz import read_arrays, write_arrays

FORMAT = "digits-from-scratch drawing"
VERSION = 1

#: Limits on what is read into memory. A drawing of 4 MiB takes half an hour to draw.
MAX_DRAWING_BYTES = 4 << 20
MAX_SET_BYTES = 1 << 30

_KEYS = ("format", "version", "label", "canvas", "strokes")


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A drawing as a file has it.

    Attributes:
        strokes: in the order of drawing; an empty list is a blank canvas.
        label: the digit, 0 to 9, if known.
        canvas: width and height of the canvas, in the strokes' units, if known.
    """

    strokes: list[Stroke]
    label: int | None = None
    canvas: tuple[float, float] | None = None


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
        raise DataError(f"{path}: not JSON: {one_line(error)}") from None
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
        write_arrays(file, {name: getattr(stroke_set, name) for name in ARRAYS}, compressed=True)


def read_stroke_set(path: str | os.PathLike[str]) -> StrokeSet:
    """Read a set of strokes; nothing in the file is executed.

    Raises:
        DataError: the file is missing, too large, damaged, or its arrays do not make a set.
    """
    path = Path(path)
    arrays = read_arrays(path, "a set of strokes", DataError, names=ARRAYS, limit=MAX_SET_BYTES)
    try:
        for name in ARRAYS:
            if name not in arrays:
                raise ValueError(f"not a set of strokes: it has no array {name!r}")
        return StrokeSet(**arrays)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None


def _drawing_of(document: Any) -> Drawing:
    """The drawing that a JSON document describes; ValueError if it is not one."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("not a drawing of this program")
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"version: expected {VERSION}, found {version!r:.80}")
    if document.keys() != set(_KEYS):
        raise ValueError(f"expected the keys {', '.join(_KEYS)}; found {', '.join(map(repr, document)):.80}")
    label, canvas, strokes = document["label"], document["canvas"], document["strokes"]
    if label is not None and not (type(label) is int and 0 <= label < CLASSES):
        raise ValueError(f"label: expected 0 to {CLASSES - 1} or null, found {label!r:.80}")
    if canvas is not None and not (_is_pair(canvas) and all(0 < side <= MAX_COORDINATE for side in canvas)):
        raise ValueError(f"canvas: expected [width, height] or null, found {canvas!r:.80}")
    if not isinstance(strokes, list):
        raise ValueError(f"strokes: expected a list, found {type(strokes).__name__}")
    for number, stroke in enumerate(strokes, start=1):
        if not isinstance(stroke, list) or not all(_is_pair(point) for point in stroke):
            raise ValueError(f"stroke {number}: expected a list of points [x, y]")
    size = None if canvas is None else (float(canvas[0]), float(canvas[1]))
    return Drawing(as_strokes(strokes), label, size)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(number) in (int, float) for number in value)


def _check_file(path: Path, what: str, limit: int) -> None:
    """DataError unless ``path`` is a regular file of at most ``limit`` bytes."""
    size = file_size(path, what, DataError)
    if size > limit:
        raise DataError(f"{path}: expected {what} of at most {limit >> 20} MiB, found {size >> 20} MiB")


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")

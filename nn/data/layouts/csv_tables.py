"""CSV files with one image a line, such as MNIST at Kaggle ("Digit Recognizer").

A line has the label and the pixels, row by row; the image is square. With a header, the column ``label`` is the label;
else it is the first. The names of the files tell the training set from the test set (``mnist_train.csv``,
``mnist_test.csv``). A test set without labels, as Kaggle's competition has it, is left out.
"""

import math
import re
from pathlib import Path

import numpy as np

from nn.data.dataset import Contents, Part
from nn.data.layouts.search import choose, listing
from nn.errors import DataError, one_line

#: The maximum length of a line.
MAX_LINE_BYTES = 1 << 20

_PART = re.compile(r"(?:^|[^a-z])(train|test)(?=[^a-z]|$)")


def read(place: Path, split: str | None, progress: bool) -> Contents | None:
    """The tables at ``place``; see ``nn.data.layouts``."""
    paths = [path for path in (listing(place) if place.is_dir() else [place]) if path.suffix.lower() == ".csv"]
    sets: dict[str, dict[str, Path]] = {}
    for path in paths:
        match = _PART.search(path.stem.lower())
        prefix, part = (path.stem[: match.start()], match.group(1)) if match else (path.stem, "train")
        sets.setdefault(prefix, {})[part] = path
    # Other tables, such as Kaggle's sample_submission.csv, have two columns.
    sets = {prefix: files for prefix, files in sets.items() if "train" in files and _columns(files["train"]) > 2}
    if not sets:
        return None
    name = choose(place, sets, split) if len(sets) > 1 or split else next(iter(sets))
    files = sets[name]
    train, test, notes = _read(files["train"]), None, []
    if "test" in files:
        if _columns(files["test"]) == 1 + train.images[0].size:
            test = _read(files["test"])
        else:
            notes.append(f"{files['test'].name} has no labels and is left out")
    return Contents(train, test, name=f"{place.resolve().name}/{files['train'].name}", notes=tuple(notes))


def _columns(path: Path) -> int:
    """The number of columns of the first line."""
    return _first_line(path).count(",") + 1


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(MAX_LINE_BYTES).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: can't be read: {getattr(error, 'strerror', None) or error}") from None


def _read(path: Path) -> Part:
    """Images (N, H, H) and labels (N,) of a table."""
    header = [name.strip().strip('"').lower() for name in _first_line(path).split(",")]
    has_header = not header[0].isdecimal()
    label = header.index("label") if "label" in header else 0
    try:
        table = np.loadtxt(path, np.int64, delimiter=",", skiprows=int(has_header), ndmin=2, comments=None)
    except (OSError, ValueError, MemoryError) as error:
        raise DataError(f"{path}: expected whole numbers in {len(header)} columns: {one_line(error)}") from None
    side = math.isqrt(table.shape[1] - 1)
    if side * side != table.shape[1] - 1 or not side:
        raise DataError(f"{path}: expected a label and the pixels of a square image, found {table.shape[1]} columns")
    pixels = np.delete(table, label, axis=1)
    if pixels.size and not 0 <= pixels.min() <= pixels.max() <= 255:
        raise DataError(f"{path}: expected pixels of 0 to 255, found {pixels.min()} to {pixels.max()}")
    images = pixels.astype(np.uint8).reshape(-1, side, side)
    return Part(images, np.ascontiguousarray(table[:, label]), path, path)

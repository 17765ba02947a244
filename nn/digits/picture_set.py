"""Sets of labelled pictures: a folder with a ``manifest.csv``, folders named 0 to 9, or an ``.npz`` file.

A manifest has a row for each file, with the columns ``file`` (relative to the manifest), ``label`` and, if known,
``kind`` (``photo``, ``scan``, ...):

    file,label,kind
    photo/0001.jpg,7,photo
    line/0001.jpg,2026,line
    page/0001.jpg,12/345,page

A label of several digits is a line, and one with slashes a page: its lines, from top to bottom. The kinds ``line`` and
``page`` are always read as such. An ``.npz`` file, which a manifest may list too, has the arrays ``pictures (N, H, W)``
and ``labels (N,)``.
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from nn.atomic import atomic_write
from nn.digits.picture_files import find_files, picture_suffixes
from nn.digits.pictures import read_picture
from nn.digits.strokes import CLASSES
from nn.errors import DataError, one_line
from nn.files import file_size, is_file
from nn.npz import read_arrays

MANIFEST = "manifest.csv"
COLUMNS = ("file", "label", "kind")

#: What a picture shows, and how it is read.
DIGIT, LINE, PAGE = "digit", "line", "page"

#: Between the lines of a page's label.
LINE_END = "/"

DIGIT_FOLDERS = frozenset(map(str, range(CLASSES)))

#: Limits on what is read into memory.
MAX_MANIFEST_BYTES = 256 << 20
MAX_ARRAY_BYTES = 4 << 30


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """A picture of a set; it is read when it is needed.

    Attributes:
        source: its file, or the picture itself, as ``Recognizer.recognize_image`` takes it.
        label: the digits that it shows; the lines of a page are separated by slashes.
        kind: how it was made, such as ``"photo"``.
    """

    source: Path | np.ndarray
    label: str
    kind: str

    @property
    def content(self) -> str:
        """``DIGIT``, ``LINE`` or ``PAGE``."""
        if self.kind in (LINE, PAGE):
            return self.kind
        return PAGE if LINE_END in self.label else LINE if len(self.label) > 1 else DIGIT

    def read(self) -> np.ndarray:
        """The picture, (H, W), any polarity.

        Raises:
            DataError: the file is missing, broken, too large, or no picture.
        """
        return read_picture(self.source) if isinstance(self.source, Path) else self.source


def read_picture_set(place: str | os.PathLike[str]) -> list[LabelledPicture]:
    """The labelled pictures at ``place``: a folder, a manifest or an ``.npz`` file. Files of pictures are not opened.

    Raises:
        DataError: there is no such set, or it has no pictures; a file of it that is not a picture is broken.
    """
    place = Path(place)
    if place.is_dir():
        found = _read_manifest(place / MANIFEST) if is_file(place / MANIFEST) else _read_folders(place)
    elif place.suffix.lower() == ".csv":
        found = _read_manifest(place)
    else:
        found = _read_npz(place, DIGIT)
    samples = list(found)
    if not samples:
        raise DataError(f"{place}: expected pictures, found none")
    return samples


def write_picture_set(folder: str | os.PathLike[str], pictures: Iterable[LabelledPicture]) -> None:
    """Write pictures as PNG files, in a folder for each kind, and last the manifest that `read_picture_set` reads.

    Args:
        folder: a new or empty one.
        pictures: made while they are written; uint8.

    Raises:
        DataError: the folder is not empty, or a file.
        OSError: it can't be written.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: expected a new or empty folder, found a file")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DataError(f"{folder}: expected a new or empty folder, found files in it")
    manifest = io.StringIO()
    rows = csv.writer(manifest, lineterminator="\n")
    rows.writerow(COLUMNS)
    for number, picture in enumerate(pictures):
        name = f"{picture.kind}/{number:06d}.png"
        (folder / picture.kind).mkdir(exist_ok=True)
        Image.fromarray(picture.read()).save(folder / name)
        rows.writerow([name, picture.label, picture.kind])
    with atomic_write(folder / MANIFEST) as file:
        file.write(manifest.getvalue().encode())


def _read_manifest(path: Path) -> Iterator[LabelledPicture]:
    if file_size(path, "a manifest of pictures", DataError) > MAX_MANIFEST_BYTES:
        raise DataError(f"{path}: expected a manifest of at most {MAX_MANIFEST_BYTES >> 20} MiB, found more")
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            rows = csv.DictReader(file)
            columns = rows.fieldnames or []
            if not {"file", "label"} <= set(columns):
                raise DataError(
                    f"{path}: expected the columns file and label, found {', '.join(columns) or 'none':.80}"
                )
            for row in rows:
                yield from _of_row(path.parent, row, f"{path}: line {rows.line_num}")
    except (OSError, csv.Error) as error:
        raise DataError(f"{path}: can't be read: {one_line(error)}") from None


def _of_row(folder: Path, row: Mapping[str, str | None], where: str) -> Iterator[LabelledPicture]:
    """The picture of a row of a manifest, or those of an ``.npz`` file."""
    name, label, kind = ((row.get(column) or "").strip() for column in COLUMNS)
    if not name:
        raise DataError(f"{where}: file: expected a name, found none")
    if Path(name).suffix.lower() == ".npz":
        yield from _read_npz(folder / name, kind or DIGIT)
        return
    digits = label.replace(" ", "")
    if not re.fullmatch(r"[0-9]+(/[0-9]+)*", digits):
        raise DataError(f"{where}: label: expected digits, and {LINE_END} between lines, found {label!r:.80}")
    picture = LabelledPicture(folder / name, digits, kind)
    yield picture if kind else LabelledPicture(picture.source, digits, picture.content)


def _read_folders(folder: Path) -> Iterator[LabelledPicture]:
    """The pictures in folders named 0 to 9, whose label is the name, and in all folders below."""
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"{folder}: can't be read: {error.strerror or error}") from None
    others = [name for name in names if name not in DIGIT_FOLDERS]
    if others or not names:
        found = repr(others[0]) if others else "none"
        raise DataError(f"{folder}: expected {MANIFEST}, or folders named 0 to {CLASSES - 1} alone; found {found:.80}")
    for label in names:
        for path in find_files(folder / label, picture_suffixes()):
            yield LabelledPicture(path, label, DIGIT)


def _read_npz(path: Path, kind: str) -> Iterator[LabelledPicture]:
    expected = "a set of pictures"
    arrays = read_arrays(path, expected, DataError, names=("pictures", "labels"), limit=MAX_ARRAY_BYTES)
    if len(arrays) < 2:
        raise DataError(f"{path}: not {expected}: expected the arrays pictures and labels, found {', '.join(arrays)}")
    pictures, labels = arrays["pictures"], arrays["labels"]
    if pictures.ndim != 3 or not pictures[:1].size or pictures.dtype.kind not in "buf":
        raise DataError(f"{path}: pictures: expected gray ones (N, H, W), found {pictures.dtype} {pictures.shape}")
    if labels.shape != pictures.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(f"{path}: labels: expected {len(pictures)} integers, found {labels.dtype} {labels.shape}")
    if not 0 <= labels.min() <= labels.max() < CLASSES:
        raise DataError(f"{path}: labels: expected 0 to {CLASSES - 1}, found {labels.min()} to {labels.max()}")
    if pictures.dtype.kind == "f" and not ((pictures >= 0) & (pictures <= 1)).all():
        raise DataError(f"{path}: pictures: expected numbers from 0 to 1, found others")
    for picture, label in zip(pictures, labels.tolist(), strict=True):
        yield LabelledPicture(picture, str(label), kind)

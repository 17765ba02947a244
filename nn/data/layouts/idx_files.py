"""Four IDX files, plain or gzipped, with the names of MNIST.

A name may have a prefix (``emnist-letters-``), ``test`` for ``t10k``, a dot for a hyphen (``train-images.idx3-ubyte``),
and be the name of a folder that holds the file, as in Kaggle's archives. Labels are (N,) or those of QMNIST, (N, 8)
int32, of which the first column counts. The files are in the folder, or in one of its subfolders, down to two levels.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn.data.dataset import Contents, IncompleteError, Part
from nn.data.download import list_names
from nn.data.idx import read_idx
from nn.data.layouts.search import choose, listing, subfolders

#: The files by their roles, with the names of MNIST.
NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}

#: How deep to search, and how many folders at each level.
_DEPTH, _MAX_FOLDERS = 2, 300

#: Columns of QMNIST's labels: class, series, writer, and more about the source.
_QMNIST_COLUMNS = 8

_PATTERN = re.compile(r"(.*?)(train|t10k|test)-(images|labels)[-.]idx\d-(?:ubyte|int)(?:\.gz)?")

Role = tuple[str, str]


@dataclass(frozen=True)
class _FileName:
    prefix: str
    role: Role

    @classmethod
    def of(cls, path: Path) -> "_FileName | None":
        if not (match := _PATTERN.fullmatch(path.name)):
            return None
        prefix, part, kind = match.groups()
        return cls(prefix, ("test" if part == "t10k" else part, kind))


def read(place: Path, split: str | None, progress: bool) -> Contents | None:
    """The set of IDX files at ``place``; see ``nn.data.layouts``."""
    folders = [place] if place.is_dir() else []
    for depth in range(_DEPTH + 1):
        if depth:
            folders = [inner for folder in folders for inner in subfolders(folder)][:_MAX_FOLDERS]
        sets = {
            f"{folder.relative_to(place).as_posix()}/{prefix}".removeprefix("./"): files
            for folder in folders
            for prefix, files in _sets_in(folder).items()
        }
        if sets:
            name = next(iter(sets)) if len(sets) == 1 and not split else choose(place, sets, split)
            return _read(sets[name], place, f"{place.resolve().name}/{name}")
    return None


def _sets_in(folder: Path) -> dict[str, dict[Role, Path]]:
    """The files in a folder by their roles, for each prefix. Plain files come before gzipped ones."""
    sets: dict[str, dict[Role, Path]] = {}
    for path in listing(folder):
        if name := _FileName.of(path):
            files = sets.setdefault(name.prefix, {})
            inner = [file for file in listing(path) if _FileName.of(file) == name] if path.is_dir() else []
            if name.role not in files or files[name.role].is_dir():
                files[name.role] = inner[0] if inner else path
    return sets


def _read(files: dict[Role, Path], place: Path, name: str) -> Contents:
    if missing := [NAMES[role] for role in NAMES if role not in files]:
        raise IncompleteError(f"{place}: missing {list_names(missing)} (or the same with .gz)")
    train, test = (
        Part(
            _images(files[part, "images"]),
            _labels(files[part, "labels"]),
            images_path=files[part, "images"],
            labels_path=files[part, "labels"],
        )
        for part in ("train", "test")
    )
    return Contents(train, test, name=name)


def _images(path: Path) -> np.ndarray:
    images = read_idx(path)
    return images[..., 0] if images.ndim == 4 and images.shape[3] == 1 else images


def _labels(path: Path) -> np.ndarray:
    labels = read_idx(path)
    if labels.ndim == 2 and (labels.shape[1] == 1 or labels.shape[1:] == (_QMNIST_COLUMNS,)):
        return np.ascontiguousarray(labels[:, 0])
    return labels

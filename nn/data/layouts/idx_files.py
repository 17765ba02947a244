"""Four IDX files, plain or gzipped, with the names of MNIST.

A name may have a prefix (``emnist-letters-``), ``test`` for ``t10k``, a dot for a hyphen (``train-images.idx3-ubyte``),
and be the name of a folder that holds the file, as in Kaggle's archives. Labels are (N,) or those of QMNIST, (N, 8)
int32, of which the first column counts. The files are in the folder, or in one of its subfolders, down to two levels.
"""

import re
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
        if parsed := _parse_name(path):
            prefix, role = parsed
            files = sets.setdefault(prefix, {})
            inner = [file for file in listing(path) if _parse_name(file) == parsed] if path.is_dir() else []
            if role not in files or files[role].is_dir():
                files[role] = inner[0] if inner else path
    return sets


def _parse_name(path: Path) -> tuple[str, Role] | None:
    """The prefix and the role of a file; None if it has another name."""
    if not (match := _PATTERN.fullmatch(path.name)):
        return None
    prefix, part, kind = match.groups()
    return prefix, ("test" if part == "t10k" else part, kind)


def _read(files: dict[Role, Path], place: Path, name: str) -> Contents:
    if missing := [NAMES[role] for role in NAMES if role not in files]:
        raise IncompleteError(f"{place}: missing {list_names(missing)} (or the same with .gz)")
    return Contents(_part(files, "train"), _part(files, "test"), name=name)


def _part(files: dict[Role, Path], part: str) -> Part:
    images_path, labels_path = files[part, "images"], files[part, "labels"]
    images, labels = read_idx(images_path), read_idx(labels_path)
    if labels.shape[1:] == (_QMNIST_COLUMNS,):
        labels = np.ascontiguousarray(labels[:, 0])
    return Part(images, labels, images_path, labels_path)

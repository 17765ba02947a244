"""One ``.npz`` file with four arrays, as Keras stores MNIST (``mnist.npz``: ``x_train``, ``y_train``, ...) and MedMNIST
its data sets (``train_images``, ``train_labels``, ...). No pickle is read."""

import zipfile
from pathlib import Path

import numpy as np

from nn.data.dataset import Contents, Part
from nn.data.layouts.search import listing, reject_split
from nn.errors import DataError, one_line
from nn.npz import read_arrays

#: The names of the four arrays: images and labels for training, images and labels for the test.
NAMES = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
)

#: The bytes that the file may always unpack to; see ``nn.npz``.
FREE_BYTES = 64 << 20


def read(place: Path, split: str | None, progress: bool) -> Contents | None:
    """The arrays of the only ``.npz`` file at ``place``; see ``nn.data.layouts``."""
    paths = [path for path in (listing(place) if place.is_dir() else [place]) if path.suffix.lower() == ".npz"]
    if not paths:
        return None
    reject_split(place, split)
    if len(paths) > 1:
        raise DataError(f"{place}: holds {len(paths)} .npz files: give one of them as the data set")
    (path,) = paths
    x_train, y_train, x_test, y_test = _read_arrays(path)
    return Contents(Part(x_train, y_train, path, path), Part(x_test, y_test, path, path))


def _read_arrays(path: Path) -> list[np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            found = {name.removesuffix(".npy") for name in archive.namelist()}
    except Exception as error:  # of many kinds, for a damaged archive
        raise DataError(f"{path}: can't be read as an .npz file: {one_line(error)}") from None
    names = next((names for names in NAMES if found >= set(names)), None)
    if names is None:
        raise DataError(f"{path}: expected the arrays {', '.join(NAMES[0])}, found {', '.join(sorted(found))}")
    arrays = read_arrays(path, "a data set", DataError, names=names, free=FREE_BYTES)
    return [arrays[name] for name in names]

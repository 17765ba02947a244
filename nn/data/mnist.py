"""MNIST, or any other set of images in IDX files: found in a folder, or downloaded."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn.data import download as _download
from nn.data.idx import read_idx
from nn.errors import DataError
from nn.paths import data_folder

DEFAULT_FOLDER = data_folder() / "mnist"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images for training and for the final test.

    Attributes:
        train_images: (N, H, W) uint8, ink bright on dark.
        train_labels: (N,) int64, 0 to ``classes - 1``.
        test_images: (M, H, W) uint8.
        test_labels: (M,) int64, 0 to ``classes - 1``.
        classes: the largest training label, plus one.
        folder: of the files.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    folder: Path

    def split(self, held_out: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Images and labels to train on, and to evaluate on: held-out training images, or the test set for 0 of them.

        Raises:
            ValueError: there is nothing left to train on.
        """
        images, labels = self.train_images, self.train_labels
        if held_out >= len(images):
            raise ValueError(f"expected fewer than {len(images)} images, got {held_out}")
        if not held_out:
            return images, labels, self.test_images, self.test_labels
        train, validation = validation_split(labels, held_out)
        return images[train], labels[train], images[validation], labels[validation]


def load(folder: str | os.PathLike[str] | None = None, *, download: bool = True, progress: bool = True) -> Dataset:
    """Load a set of four IDX files, plain or gzipped: images and labels for training and test.

    They are searched in ``folder``, else in the folder of the environment variable ``NN_DATA``, else in ``data/mnist``
    next to the package. Any set with MNIST's file names works, also with a prefix, or with ``test`` for ``t10k``.
    Missing files of MNIST are downloaded into ``data/mnist``, or into a named folder that is missing, empty, or has
    only files of MNIST; they are kept unpacked.

    Args:
        folder: the only folder to search.
        download: whether to download missing files.
        progress: whether to draw progress bars on stderr during a download.

    Returns:
        The set. Its images take N * H * W bytes; nothing else is large.

    Raises:
        DataError: files are missing and can't be downloaded, are broken, or do not go together. The message is one
            line that names the folder or the file, and for missing files says what to do.
    """
    named = folder or os.environ.get("NN_DATA")
    where = Path(named) if named else DEFAULT_FOLDER
    files = _find(where)
    missing = [name for name in _download.ORIGINALS if name not in files]
    if missing:
        if not download or not (where == DEFAULT_FOLDER or _download.has_only_mnist(where)):
            raise DataError(f"{where}: missing {_download.list_names(missing)} (or the same with .gz)")
        _download.download(missing, where, progress)
        files = _find(where)
    return _read(files, where)


def validation_split(labels: np.ndarray, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Choose samples for validation: stratified sampling, rounded by the largest remainder.

    Args:
        labels: (N,) integers, not negative.
        count: number of samples for validation, 0 to N.
        seed: not negative.

    Returns:
        Indices to train with, (N - count,), and to validate with, (count,); both int64, ascending.

    Raises:
        ValueError: ``count`` is out of range.

    >>> train, validation = validation_split(np.array([0, 0, 1, 1, 1, 1]), 3)
    >>> len(train), np.bincount(np.array([0, 0, 1, 1, 1, 1])[validation])
    (3, array([1, 2]))
    """
    total = len(labels)
    if not 0 <= count <= total:
        raise ValueError(f"expected 0 to {total} samples for validation, got {count}")
    # Not the stream of an epoch's order: [seed, epoch] is the same seed as [seed, epoch, 0].
    order = np.random.default_rng([seed, 0, 1]).permutation(total)
    quotas, remainders = np.divmod(np.bincount(labels).astype(np.int64) * count, total)
    largest_first = np.argsort(-remainders, kind="stable")
    quotas[largest_first[: count - quotas.sum()]] += 1
    chosen = np.zeros(total, bool)
    for label, quota in enumerate(quotas):
        chosen[order[labels[order] == label][:quota]] = True
    return np.flatnonzero(~chosen).astype(np.int64), np.flatnonzero(chosen).astype(np.int64)


def _find(folder: Path) -> dict[str, Path]:
    """The files of the set in ``folder``, by MNIST's names."""
    pattern = re.compile(r"(.*?)(train|t10k|test)-(images|labels)[-.]idx([13])-ubyte(\.gz)?")
    try:
        paths = sorted(folder.iterdir())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"{folder}: can't be read as a folder: {error.strerror}") from error
    files: dict[str, Path] = {}
    prefixes = set()
    for path in paths:
        match = pattern.fullmatch(path.name)
        if match:
            prefix, part, kind, dimensions, _ = match.groups()
            part = "t10k" if part == "test" else part
            files.setdefault(f"{part}-{kind}-idx{dimensions}-ubyte", path)
            prefixes.add(prefix)
    if len(prefixes) > 1:
        sets = ", ".join(repr(prefix) for prefix in sorted(prefixes))
        raise DataError(f"{folder}: holds several sets, with prefixes {sets}: give each a folder")
    return files


def _read(files: dict[str, Path], folder: Path) -> Dataset:
    train_images, train_labels = _read_part(files, "train")
    test_images, test_labels = _read_part(files, "t10k")
    size, test_size = train_images.shape[1:], test_images.shape[1:]
    if test_size != size:
        path = files["t10k-images-idx3-ubyte"]
        raise DataError(f"{path}: expected images of {size} as for training, found {test_size}")
    classes = int(train_labels.max()) + 1
    if test_labels.max() >= classes:
        path = files["t10k-labels-idx1-ubyte"]
        raise DataError(f"{path}: expected labels of 0 to {classes - 1}, found {test_labels.max()}")
    return Dataset(train_images, train_labels, test_images, test_labels, classes, folder)


def _read_part(files: dict[str, Path], part: str) -> tuple[np.ndarray, np.ndarray]:
    images_path, labels_path = files[f"{part}-images-idx3-ubyte"], files[f"{part}-labels-idx1-ubyte"]
    images, labels = _read_bytes(images_path, "N, H, W"), _read_bytes(labels_path, "N")
    if len(images) != len(labels):
        raise DataError(f"{labels_path}: expected {len(images)} labels, one an image, found {len(labels)}")
    return images, labels.astype(np.int64)


def _read_bytes(path: Path, axes: str) -> np.ndarray:
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim != len(axes.split(",")):
        raise DataError(f"{path}: expected uint8 ({axes}), found {array.dtype} {array.shape}")
    if not array.size:
        raise DataError(f"{path}: expected at least one item, found shape {array.shape}")
    return array

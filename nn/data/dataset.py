"""A data set in memory: labelled images for training and for the final test, validated and normalized."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nn import checks
from nn.data.catalog import DATASETS, EMNIST_CLASSES
from nn.errors import DataError

#: The maximum number of classes: labels fit into a byte.
MAX_CLASSES = 256

#: Data without a test set: the share of each class that becomes the test set, and the seed of the choice.
TEST_SHARE, TEST_SEED = 0.2, 0

_CHUNK = 4096


class IncompleteError(DataError):
    """A folder has no data set, or files are missing."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images for training and for the final test.

    Attributes:
        train_images: (N, H, W) uint8, ink bright on dark; or (N, H, W, 3), in colour.
        train_labels: (N,) int64, 0 to ``classes - 1``.
        test_images: (M, H, W) or (M, H, W, 3) uint8.
        test_labels: (M,) int64, 0 to ``classes - 1``.
        classes: the largest training label, plus one.
        folder: of the files; or the file, if there is only one.
        class_names: of the labels, or None where a label is its own name.
        notes: sentences about changes and unusual data: transposed images, shifted labels, classes without images.
        files: the paths of the images and labels, or their folders.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    folder: Path
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C), as a network takes it."""
        height, width, *channels = self.train_images.shape[1:]
        return height, width, channels[0] if channels else 1

    def split(self, held_out: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Images and labels to train on, and to evaluate on: held-out training images, or the test set for 0 of them.

        Raises:
            ValueError: there is nothing left to train on.
        """
        images, labels = self.train_images, self.train_labels
        if held_out >= len(images):
            raise ValueError(f"expected fewer than the {len(images)} training images, got {held_out}")
        if not held_out:
            return images, labels, self.test_images, self.test_labels
        train, validation = validation_split(labels, held_out)
        return images[train], labels[train], images[validation], labels[validation]


@dataclass(frozen=True, eq=False)
class Part:
    """The training set or the test set as it is in the files.

    Attributes:
        images: (N, H, W), (N, H, W, 1) or (N, H, W, 3) uint8.
        labels: (N,) or (N, 1) integers.
        images_path, labels_path: for messages.
    """

    images: np.ndarray
    labels: np.ndarray
    images_path: Path
    labels_path: Path


@dataclass(frozen=True, eq=False)
class Contents:
    """The result of reading a layout; `make_dataset` makes a data set of it.

    Attributes:
        train: the training set.
        test: the test set, or None if the files have none.
        name: the path and the prefix of the files, which identify known data sets.
        class_names: of the labels from 0 on, if the files say.
        notes: what the layout changed or left out.
    """

    train: Part
    test: Part | None
    name: str = ""
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def make_dataset(contents: Contents, folder: Path, transpose: bool | None = None) -> Dataset:
    """Validate and normalize what a layout read: labels from 0, images upright, with a test set.

    Args:
        contents: of the files.
        folder: of the files.
        transpose: whether to swap the rows and columns of all images; None: those of EMNIST, which stores columns
            first.

    Raises:
        DataError: images and labels do not match.
    """
    train, notes = _checked(contents.train), list(contents.notes)
    test = None
    if contents.test is not None:
        test = _checked(contents.test)
        size, found = train.images.shape[1:], test.images.shape[1:]
        if found != size:
            raise DataError(f"{test.images_path}: expected images of {size} as for training, found {found}")
    words = _words(contents.name)
    names = _known_names(words)
    first = _first_label(train.labels, None if test is None else test.labels)
    if first:
        last = int(train.labels.max())
        notes.append(f"labels {first} to {last} are classes 0 to {last - first}")
        names = names or tuple(map(str, range(first, last + 1)))
    if contents.class_names is not None:
        names = contents.class_names[first:]
    train_labels = train.labels.astype(np.int64) - first
    classes = int(train_labels.max()) + 1
    if test is None:
        count = max(1, round(TEST_SHARE * len(train_labels)))
        if count >= len(train_labels):
            raise DataError(f"{train.images_path}: expected at least two images, found {len(train_labels)}")
        kept, chosen = validation_split(train_labels, count, TEST_SEED)
        train_images, test_images = train.images[kept], train.images[chosen]
        train_labels, test_labels = train_labels[kept], train_labels[chosen]
        notes.append(f"no test set: {count:,} of the {len(train.labels):,} images are held out as one, stratified")
    else:
        train_images, test_images = train.images, test.images
        test_labels = test.labels.astype(np.int64) - first
        if test_labels.max() >= classes:
            expected, found = f"{first} to {classes - 1 + first}", test.labels.max()
            raise DataError(f"{test.labels_path}: expected labels of {expected}, found {found}")
    if transpose is None and "emnist" in words:
        transpose = True
        notes.append("EMNIST is stored transposed: its images were turned upright (--no-transpose leaves them)")
    if transpose:
        train_images, test_images = _transposed(train_images), _transposed(test_images)
    if gaps := _gaps(train_labels, classes, first):
        notes.append(gaps)
    return Dataset(
        *(train_images, train_labels, test_images, test_labels, classes, folder),
        class_names=_own_names(names, classes),
        notes=tuple(notes),
        files=tuple(path for part in (train, test) if part for path in (part.images_path, part.labels_path)),
    )


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
    labels = checks.array("validation_split: labels", labels, "iu", ndim=1)
    total = len(labels)
    if total and labels.min() < 0:
        raise ValueError(f"validation_split: labels: expected no negative ones, got {labels.min()}")
    count = checks.integer("validation_split: count", count, 0, total)
    seed = checks.integer("validation_split: seed", seed, 0)
    # Not the stream of an epoch's order: [seed, epoch] is the same seed as [seed, epoch, 0].
    order = np.random.default_rng([seed, 0, 1]).permutation(total)
    quotas, remainders = np.divmod(np.bincount(labels).astype(np.int64) * count, total)
    largest_first = np.argsort(-remainders, kind="stable")
    quotas[largest_first[: count - quotas.sum()]] += 1
    chosen = np.zeros(total, bool)
    for label, quota in enumerate(quotas):
        chosen[order[labels[order] == label][:quota]] = True
    return np.flatnonzero(~chosen).astype(np.int64), np.flatnonzero(chosen).astype(np.int64)


def _checked(part: Part) -> Part:
    """The part without axes of length 1; DataError if it is invalid."""
    images, labels = part.images, part.labels
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3):
        raise DataError(
            f"{part.images_path}: expected uint8 (N, H, W), or (N, H, W, 3) in colour, "
            f"found {images.dtype} {images.shape}"
        )
    if labels.dtype.kind not in "ui" or labels.ndim != 1:
        raise DataError(f"{part.labels_path}: expected whole numbers (N), found {labels.dtype} {labels.shape}")
    for path, array in ((part.images_path, images), (part.labels_path, labels)):
        if not array.size:
            raise DataError(f"{path}: expected at least one item, found shape {array.shape}")
    if len(images) != len(labels):
        raise DataError(f"{part.labels_path}: expected {len(images)} labels, one an image, found {len(labels)}")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= MAX_CLASSES:
        raise DataError(
            f"{part.labels_path}: expected labels of 0 to {MAX_CLASSES - 1}, found {low if low < 0 else high}"
        )
    return replace(part, images=images, labels=labels)


def _words(name: str) -> set[str]:
    """The words of a name, in lower case."""
    return set("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def _own_names(names: tuple[str, ...] | None, classes: int) -> tuple[str, ...] | None:
    """The first ``classes`` names; None if there are too few, or they equal the labels."""
    if names is None or len(names) < classes or names[:classes] == tuple(map(str, range(classes))):
        return None
    return names[:classes]


def _known_names(words: set[str]) -> tuple[str, ...] | None:
    """The names of the classes of a data set of the catalog."""
    if "emnist" in words:
        return next((tuple(names) for split, names in EMNIST_CLASSES.items() if split in words), None)
    return next((info.class_names for name, info in DATASETS.items() if words & {name, f"{name}mnist"}), None)


def _first_label(train: np.ndarray, test: np.ndarray | None) -> int:
    """1 if labels begin at 1, else 0. Labels of 1 to 9 may be digits without a 0."""
    lowest = min(int(train.min()), train.max() if test is None else int(test.min()))
    return int(lowest == 1 and train.max() > 9)


def _gaps(labels: np.ndarray, classes: int, first: int) -> str | None:
    """A sentence about the classes without a training image."""
    missing = np.flatnonzero(np.bincount(labels, minlength=classes) == 0)
    if not len(missing):
        return None
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
    ranges = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in (run + first for run in runs)]
    listed = ", ".join(ranges[:5]) + (", ..." if len(ranges) > 5 else "")
    return f"{len(missing)} of {classes} classes have no training image: labels {listed}"


def _transposed(images: np.ndarray) -> np.ndarray:
    """The images with rows and columns swapped; in place if they are square."""
    if images.shape[1] != images.shape[2] or not images.flags.writeable:
        return np.ascontiguousarray(images.swapaxes(1, 2))
    for start in range(0, len(images), _CHUNK):
        part = images[start : start + _CHUNK]
        part[...] = part.swapaxes(1, 2).copy()
    return images

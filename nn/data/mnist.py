"""Loads MNIST, which is downloaded if it is missing, or any other set of labelled images."""

import difflib
import os
from pathlib import Path

from nn.data.catalog import DATASETS
from nn.data.dataset import Dataset as Dataset
from nn.data.dataset import IncompleteError, make_dataset
from nn.data.dataset import validation_split as validation_split
from nn.data.download import download as _download
from nn.data.layouts import LAYOUTS
from nn.errors import DataError
from nn.paths import data_folder

DEFAULT_FOLDER = data_folder() / "mnist"


def load(
    folder: str | os.PathLike[str] | None = None,
    *,
    split: str | None = None,
    transpose: bool | None = None,
    download: bool = True,
    progress: bool = True,
) -> Dataset:
    """Load a data set: images and labels for training and test.

    The data set is ``folder``, or the environment variable ``NN_DATA``, or the default folder, into which missing files
    of MNIST are downloaded. ``nn.data.layouts`` lists the layouts: IDX files, an ``.npz`` of Keras, CSV files, folders
    of pictures by class.

    Labels that begin at 1 are shifted to 0, and the images of EMNIST, which are stored transposed, are transposed;
    ``Dataset.notes`` reports both. Without a test set, a stratified share of the training images, always the same,
    becomes the test set.

    Args:
        folder: of the data set, or its file, or the name of a data set that ``digits download`` has stored; ``~`` is
            the user's home.
        split: which of several sets in the folder to load, such as ``"letters"`` of EMNIST.
        transpose: whether to swap rows and columns of the images; None: EMNIST's, known by the name of folder or files.
        download: whether to download missing files of MNIST into the default folder.
        progress: whether to draw progress bars on stderr.

    Returns:
        The set. Its images take N * H * W bytes; nothing else is large.

    Raises:
        DataError: there is no such folder and no such data set, or files are missing and can't be downloaded, are
            broken, or do not match. The message is one line that names the folder or the file.
    """
    named = folder or os.environ.get("NN_DATA")
    place = _find(named) if named else DEFAULT_FOLDER
    try:
        return _read(place, split, transpose, progress)
    except IncompleteError:
        if not download or not _is_default(place):
            raise
    _download("mnist", place, progress=progress)
    return _read(place, split, transpose, progress)


def stored_folder(name: str) -> Path:
    """Where `digits download` stores a data set of ``nn.data.catalog``, and `load` finds it by its name."""
    return data_folder() / name


def _find(named: str | os.PathLike[str]) -> Path:
    """The path of a data set that is named; DataError, with a hint, if there is none."""
    try:
        path = Path(named).expanduser()
    except RuntimeError as error:
        raise DataError(f"{named}: {error}") from None
    if path.exists() or _is_default(path):
        return path
    if str(named) in DATASETS and stored_folder(str(named)).is_dir():
        return stored_folder(str(named))
    hints = []
    beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    if similar := difflib.get_close_matches(path.name, beside, 1):
        hints.append(f"did you mean {path.parent / similar[0]}?")
    if known := difflib.get_close_matches(path.name.lower(), DATASETS, 1):
        hints.append(f"`digits download {known[0]}` downloads {DATASETS[known[0]].title}")
    raise DataError(": ".join([f"{path}: no such file or folder", *("; ".join(hints) for _ in hints[:1])]))


def _is_default(path: Path) -> bool:
    return path.absolute() == DEFAULT_FOLDER.absolute()


def _read(place: Path, split: str | None, transpose: bool | None, progress: bool) -> Dataset:
    if not place.exists():
        raise IncompleteError(f"{place}: no such folder")
    for read in LAYOUTS.values():
        if contents := read(place, split, progress):
            return make_dataset(contents, place, transpose)
    if not place.is_dir():
        raise DataError(f"{place}: expected a folder, or a .npz or .csv file")
    *most, last = LAYOUTS
    raise IncompleteError(f"{place}: no data set found: expected {', '.join(most)}, or {last}")

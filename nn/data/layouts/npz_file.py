"""One ``.npz`` file with four arrays, as Keras stores MNIST (``mnist.npz``: ``x_train``, ``y_train``, ...) and MedMNIST
its data sets (``train_images``, ``train_labels``, ...). No pickle is read."""

import math
import zipfile
from pathlib import Path

import numpy as np

from nn.data.dataset import Contents, Part
from nn.data.layouts.search import listing, reject_split
from nn.errors import DataError, one_line

#: The names of the four arrays: images and labels for training, images and labels for the test.
NAMES = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
)

#: The file may unpack to this many times its size, or to this many bytes, as for IDX files.
MAX_EXPANSION = 100
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
    return Contents(
        Part(_gray(x_train), _flat(y_train), path, path), Part(_gray(x_test), _flat(y_test), path, path), name=""
    )


def _read_arrays(path: Path) -> list[np.ndarray]:
    if not path.is_file():
        raise DataError(f"{path}: expected a file")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
            names = next((names for names in NAMES if entries.keys() >= set(names)), None)
            if names is None:
                raise DataError(
                    f"{path}: expected the arrays {', '.join(NAMES[0])}, found {', '.join(sorted(entries))}"
                )
            limit = max(FREE_BYTES, MAX_EXPANSION * path.stat().st_size)
            if sum(entries[name].file_size for name in names) > limit:
                raise DataError(f"{path}: expected at most {limit >> 20} MiB of arrays, found more")
            return [_read_array(archive, entries[name]) for name in names]
    except DataError:
        raise
    except Exception as error:  # zipfile, zlib, struct and NumPy raise many kinds for a damaged archive
        raise DataError(f"{path}: can't be read as an .npz file: {one_line(error)}") from None


def _read_array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    """An array; ValueError if it is a pickle, or its size is not the entry's."""
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, fortran, dtype = header[version](file)
        expected, found = math.prod(shape) * dtype.itemsize, entry.file_size - file.tell()
        if dtype.hasobject or expected != found:
            raise ValueError(f"{entry.filename}: expected {expected} bytes for {shape} of {dtype}, found {found}")
        content = bytearray(file.read())
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")


def _gray(images: np.ndarray) -> np.ndarray:
    """Images without a channel axis of length 1."""
    return images[..., 0] if images.ndim == 4 and images.shape[3] == 1 else images


def _flat(labels: np.ndarray) -> np.ndarray:
    """Labels (N,) of (N, 1)."""
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels

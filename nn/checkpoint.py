"""Weights on disk: one ``.npz`` of plain arrays and a description in JSON; strict to read, whole or absent to write.

Entries of the archive: ``meta``, a JSON text as bytes; ``model/<parameter>``, a value each; ``extra/<name>``, whatever
else belongs to it, such as an optimizer's memory. Nothing in it is ever executed: pickles are not accepted.
"""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn.atomic import atomic_write
from nn.errors import CheckpointError
from nn.model import Sequential

FORMAT = "digits-from-scratch checkpoint"
VERSION = 1

#: No network of this kind comes near it; what does is damage or a bomb.
MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        model: the network, with the weights.
        meta: how it was made: whatever ``save`` was given.
        arrays: the further arrays, by name.
    """

    model: Sequential
    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]


def save(
    path: str | os.PathLike[str],
    model: Sequential,
    meta: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write ``model`` to ``path``: the old file stays until the new one is whole.

    Args:
        path: ends in ``.npz``, by custom.
        model: a plain model, not a fused one.
        meta: JSON values: architecture, command, seed, epochs, accuracy.
        arrays: more arrays to keep, by name.

    Raises:
        CheckpointError: the file can't be written; what stood there is intact.
        ValueError: ``meta`` is not JSON, or the model is a fused one.
    """
    header = {"format": FORMAT, "version": VERSION, "model": model.config(), "meta": dict(meta)}
    text = json.dumps(header, allow_nan=False).encode()
    entries: dict[str, Any] = {"meta": np.frombuffer(text, np.uint8)}
    entries |= {f"model/{name}": array for name, array in model.state().items()}
    entries |= {f"extra/{name}": np.asarray(array) for name, array in (arrays or {}).items()}
    try:
        with atomic_write(path) as file:
            np.savez(file, **entries)
    except OSError as error:
        raise CheckpointError(f"{path}: can't write the weights: {error.strerror or error}") from None


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """Read what ``save`` wrote; every name, shape and dtype is checked.

    Raises:
        CheckpointError: the file is missing, broken, of a newer format, or holds what it should not.
    """
    path = Path(path)
    entries = _read_entries(path)
    header = _read_header(path, entries.pop("meta"))
    values = {n.removeprefix("model/"): array for n, array in entries.items() if n.startswith("model/")}
    extra = {n.removeprefix("extra/"): array for n, array in entries.items() if n.startswith("extra/")}
    if len(values) + len(extra) < len(entries):
        odd = sorted(n for n in entries if not n.startswith(("model/", "extra/")))
        raise CheckpointError(f"{path}: unknown entry {odd[0]!r}")
    try:
        model = Sequential.from_config(header["model"])
        model.load_state(values)
    except (ValueError, OverflowError, MemoryError) as error:
        raise CheckpointError(f"{path}: {error}") from None
    for name, array in values.items():
        if not np.isfinite(array).all():
            raise CheckpointError(f"{path}: {name}: expected finite weights, found NaN or infinity")
    return Checkpoint(model, header["meta"], extra)


def _read_entries(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the archive, none of them a pickle, together no larger than ``MAX_BYTES``."""
    if not path.is_file():
        raise CheckpointError(f"{path}: expected a file of weights, found {'a folder' if path.is_dir() else 'nothing'}")
    try:
        with zipfile.ZipFile(path) as listing:
            if sum(entry.file_size for entry in listing.infolist()) > MAX_BYTES:
                raise CheckpointError(f"{path}: expected at most {MAX_BYTES >> 20} MiB of weights, found more")
        with np.load(path, allow_pickle=False) as archive:
            entries = {name: archive[name] for name in archive.files}
    except CheckpointError:
        raise
    except Exception as error:  # a damaged archive fails in zipfile, zlib, struct or NumPy, each in its own way
        raise CheckpointError(f"{path}: not a file of weights: {error}") from None
    if "meta" not in entries or not all(isinstance(array, np.ndarray) for array in entries.values()):
        raise CheckpointError(f"{path}: not a file of weights: it has no entry 'meta'")
    return entries


def _read_header(path: Path, text: np.ndarray) -> dict[str, Any]:
    try:
        header = json.loads(text.tobytes())
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path}: its description is not JSON") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a file of weights of this program")
    version = header.get("version")
    if version != VERSION:
        raise CheckpointError(f"{path}: expected format version {VERSION}, found {version!r}")
    if not isinstance(header.get("meta"), dict) or not isinstance(header.get("model"), dict):
        raise CheckpointError(f"{path}: its description lacks the model or its making")
    return header

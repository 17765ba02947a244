"""Checkpoints: the weights of a model and its description in one ``.npz`` file. Reading is strict, writing is atomic.

Entries of the archive: ``meta``, a JSON text as bytes; ``model/<parameter>``, an array each; ``extra/<name>``, other
arrays, such as the state of an optimizer. Nothing in it is ever executed: pickles are not accepted.

With int8 precision the kernels are int8, ``scale/<kernel>`` holds a float32 for each output channel
(``nn/quantize.py``), and the archive is compressed, which makes it a seventh smaller (float weights: a fourteenth).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn import checks, initializers, limits
from nn.atomic import atomic_write
from nn.errors import CheckpointError, one_line
from nn.json_values import to_json
from nn.layers.chain import walk
from nn.model import Sequential
from nn.npz import KINDS, read_arrays, unpack_limit, write_arrays
from nn.parameter import Parameter
from nn.quantize import dequantize, quantize

FORMAT = "digits-from-scratch checkpoint"

#: Versions of the format.
FLOATS, INT8 = 3, 4

#: Earlier versions, which stored the kernels of dense layers as (outputs, inputs), and the present ones.
EARLIER = {1: FLOATS, 2: INT8}

#: The prefixes of the entries' names.
PARTS = {FLOATS: ("model", "extra"), INT8: ("model", "scale", "extra")}

#: The maximum number of bytes that an archive may unpack to. More is damage or a decompression bomb.
MAX_BYTES = 1 << 30

#: More than the header of an array takes.
HEADER_BYTES = 1 << 10

#: A description may ask for this many weights, or for as many as the file holds.
FREE_WEIGHTS = 1 << 16

#: The largest description, as JSON values take far more memory than their text.
MAX_META_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        model: the network, with the weights.
        meta: the ``meta`` that ``save`` was given: how the model was made.
        arrays: the other arrays, by name.
    """

    model: Sequential
    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]


def save(
    path: str | os.PathLike[str],
    model: Sequential,
    meta: Mapping[str, Any] | None = None,
    arrays: Mapping[str, np.ndarray] | None = None,
    *,
    precision: str | None = None,
) -> None:
    """Write ``model`` to ``path``; an existing file is replaced when the new one is complete.

    Args:
        path: ends in ``.npz`` by convention.
        model: a plain model, not a fused one, of layers of ``nn.layers`` and layers of your own with ``nn.register``.
        meta: JSON values: architecture, command, seed, epochs, accuracy. NumPy's numbers and arrays, tuples and paths
            are converted.
        arrays: other arrays to keep, by name: numbers, booleans or strings.
        precision: ``"int8"`` rounds the kernels for a file of a quarter of the size; else the model's dtype.

    Raises:
        CheckpointError: the file can't be written; an existing one is unchanged.
        ValueError: ``load`` could not read it: ``meta`` is not JSON, an array holds objects or complex numbers, the
            model can't be described (see ``Sequential.config``), does not have that precision, or is too large, or a
            weight is not finite. Nothing is written then.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(f"save: path: expected the path of a file, got {checks.shown(path)}")
    model = checks.instance("save: model", model, Sequential)
    meta = checks.instance("save: meta", {} if meta is None else meta, Mapping)  # type: ignore[type-abstract]
    arrays = checks.instance("save: arrays", {} if arrays is None else arrays, Mapping)  # type: ignore[type-abstract]
    if precision not in (None, str(model.dtype), "int8"):
        raise ValueError(f"precision: expected {model.dtype} or int8, got {precision!r}")
    check_values(model)
    int8 = precision == "int8"
    header = {"format": FORMAT, "version": INT8 if int8 else FLOATS, "model": model.config()}
    header = to_json("save: model", header) | {"meta": to_json("save: meta", meta)}
    state = {f"model/{name}": array for name, array in model.state_dict().items()}
    if int8:
        header["precision"] = precision
        for name, kernel in _kernels(model).items():
            state[f"model/{name}"], state[f"scale/{name}"] = quantize(kernel)
    text = json.dumps(header, allow_nan=False).encode()
    if len(text) > MAX_META_BYTES:
        raise ValueError(f"save: meta: expected at most {MAX_META_BYTES >> 20} MiB of JSON, got more: use arrays")
    entries: dict[str, Any] = {"meta": np.frombuffer(text, np.uint8), **state}
    for name, array in arrays.items():
        if not isinstance(name, str) or not name.isprintable() or not name or "\\" in name:
            raise ValueError(f"save: arrays: expected names of printable characters without backslashes, got {name!r}")
        entries[f"extra/{name}"] = checks.array(f"save: arrays[{name!r}]", array, KINDS)
    size = sum(array.nbytes + HEADER_BYTES for array in entries.values())
    if size > MAX_BYTES:
        raise ValueError(f"save: expected at most {MAX_BYTES >> 20} MiB of weights and arrays, got {size >> 20}")
    try:
        with atomic_write(path) as file:
            write_arrays(file, entries, compressed=int8)
            if size > unpack_limit(file.tell()):  # mostly zeros
                file.seek(0)
                file.truncate()
                write_arrays(file, entries)
    except OSError as error:
        raise CheckpointError(f"{path}: can't write the weights: {error.strerror or error}") from None


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """Read what ``save`` wrote, int8 kernels as floats; every name, shape and dtype is checked.

    Raises:
        CheckpointError: the file is missing, broken, of a newer format, or has other contents than ``save`` writes.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(f"load: path: expected the path of a file, got {checks.shown(path)}")
    path = Path(path)
    entries = _read_entries(path)
    header = _read_header(path, entries.pop("meta"))
    if header["version"] in EARLIER:
        header["version"] = EARLIER[header["version"]]
        for name, array in entries.items():
            if name.endswith("/kernel") and array.ndim == 2:  # of a dense layer, or an optimizer's array for it
                entries[name] = array.T
    parts: dict[str, dict[str, np.ndarray]] = {part: {} for part in PARTS[header["version"]]}
    for entry, array in entries.items():
        part, slash, name = entry.partition("/")
        if not slash or part not in parts:
            raise CheckpointError(f"{path}: unknown entry {entry!r}")
        parts[part][name] = array
    values = parts["model"]
    try:
        with initializers.limit_weights(max(FREE_WEIGHTS, sum(array.size for array in values.values()))):
            model = Sequential.from_config(header["model"])
        if header["version"] == INT8:
            values |= _floats(model, values, parts["scale"])
        model.load_state_dict(values)
        check_values(model)
    except (ValueError, OverflowError, MemoryError) as error:
        raise CheckpointError(f"{path}: {one_line(error)}") from None
    return Checkpoint(model, header["meta"], parts["extra"])


def check_values(model: Sequential) -> None:
    """Raise ValueError if a weight is not one that training produces, or the model exceeds ``nn.limits``."""
    limits.check_count(sum(1 for _ in walk(model.layers)))
    limits.check_cost(model.layers)
    for name, array in model.state_dict().items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite weights, found NaN or infinity")
    for layer in walk(model.layers):
        layer.check()


def _kernels(model: Sequential) -> dict[str, Parameter]:
    """The parameters that become int8."""
    return {parameter.name: parameter for parameter in model.parameters if parameter.output_axis is not None}


def _floats(
    model: Sequential, values: Mapping[str, np.ndarray], scales: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The int8 ones of ``values`` as floats; ValueError if one does not fit, or a scale is missing or unknown."""
    kernels = _kernels(model)
    for name in scales.keys() - kernels.keys():
        raise ValueError(f"scale/{name}: no such kernel in the model")
    for name in kernels.keys() - scales.keys():
        raise ValueError(f"scale/{name}: expected an array, found none")
    # load_state_dict reports missing values.
    return {name: dequantize(values[name], scales[name], kernels[name]) for name in kernels.keys() & values.keys()}


def _read_entries(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the archive."""
    entries = read_arrays(path, "a file of weights", CheckpointError, limit=MAX_BYTES)
    if "meta" not in entries:
        raise CheckpointError(f"{path}: not a file of weights: it has no entry 'meta'")
    return entries


def _read_header(path: Path, text: np.ndarray) -> dict[str, Any]:
    if text.nbytes > MAX_META_BYTES:
        raise CheckpointError(f"{path}: expected a description of at most {MAX_META_BYTES >> 20} MiB, found more")
    try:
        header = json.loads(text.tobytes())
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path}: its description is not JSON") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a file of weights of this program")
    version = header.get("version")
    if type(version) is not int or version not in PARTS.keys() | EARLIER.keys():
        raise CheckpointError(f"{path}: expected format version 1 to {INT8}, found {version!r}")
    if EARLIER.get(version, version) == INT8 and header.get("precision") != "int8":
        raise CheckpointError(f"{path}: expected precision 'int8', found {header.get('precision')!r}")
    if not isinstance(header.get("meta"), dict) or not isinstance(header.get("model"), dict):
        raise CheckpointError(f"{path}: its description lacks the model or the meta data")
    return header

"""Exports networks to the file formats of other programs; one module a format.

>>> import tempfile
>>> from pathlib import Path
>>> from nn import zoo
>>> from nn.export import export_model
>>> with tempfile.TemporaryDirectory() as folder:
...     path = Path(folder, "digits.onnx")
...     export_model(zoo.build("tiny"), path, "onnx")
...     path.stat().st_size > 30_000
True
"""

import contextlib
import importlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nn.model import Sequential


class Format(NamedTuple):
    """A format: the module whose ``write(graph, path, metadata)`` writes the file, the suffix, and one line of help."""

    module: str
    suffix: str
    help: str


FORMATS = {
    "onnx": Format("nn.export.onnx", ".onnx", "ONNX, float32"),
    "onnx-int8": Format("nn.export.onnx_int8", ".onnx", "ONNX with kernels of 8 bits, a quarter of the size"),
    "keras": Format("nn.export.keras", ".keras", "a Keras 3 model, for every backend"),
    "safetensors": Format("nn.export.safetensors", ".safetensors", "PyTorch weights, and a .py file with the module"),
    "c": Format("nn.export.c", ".h", "a C99 header for microcontrollers, with kernels of 8 bits"),
}


def export_model(
    model: "Sequential", path: str | os.PathLike[str], to: str, meta: Mapping[str, Any] | None = None
) -> None:
    """Export ``model`` to a file of another program. The weights are converted to float32.

    Args:
        model: may be folded (``nn.fold``), which is faster in runtimes that don't fold, but not fused.
        path: of the file; an existing file is replaced when the new one is complete.
        to: a key of ``FORMATS``.
        meta: of the checkpoint; it is part of the file's metadata, see ``metadata``.

    Raises:
        ValueError: the format is unknown or can't express a layer, or the path has another suffix.
        ModuleNotFoundError: the format needs a package that is not installed.
        OSError: the file can't be written.
    """
    from nn.export.graph import Graph

    if to not in FORMATS:
        raise ValueError(f"format: expected one of {', '.join(FORMATS)}, got {to!r}")
    form, path = FORMATS[to], Path(path)
    if path.suffix != form.suffix:
        raise ValueError(f"{path}: expected a name that ends in {form.suffix}, as files of the format {to} do")
    graph = Graph.from_model(model).map_arrays(lambda array: array.astype("float32", copy=False))
    importlib.import_module(form.module).write(graph, path, metadata(model, meta or {}))


def metadata(model: "Sequential", meta: Mapping[str, Any]) -> dict[str, str]:
    """The metadata of a file, as text or JSON: ``input``, ``classes``, ``model``, ``meta``.

    ``model`` is the architecture as ``Sequential.config`` describes it, unless a layer is of a user-defined class.
    """
    shape = ", ".join(map(str, model.input_shape))
    entries = {"input": f"images (N, {shape}), float32 in [0, 1]: 0 is the background, 1 is ink"}
    if len(model.output_shape) == 1:
        entries["classes"] = json.dumps(class_names(model.output_shape[0], meta))
    with contextlib.suppress(ValueError):
        entries["model"] = json.dumps(model.config())
    return entries | {"meta": json.dumps(dict(meta))}


def class_names(classes: int, meta: Mapping[str, Any]) -> list[str]:
    """The names of the classes: those in ``meta``, or the digits; with 11 classes, the last is non-digits.

    >>> class_names(11, {})[-2:], class_names(2, {"class_names": ["a", "b"]})
    (['9', 'non-digit'], ['a', 'b'])
    """
    names = meta.get("class_names")
    if isinstance(names, list) and len(names) == classes:
        return list(map(str, names))
    return [*map(str, range(10)), "non-digit"] if classes == 11 else list(map(str, range(classes)))

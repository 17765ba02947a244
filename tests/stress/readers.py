"""The readers of files from outside, for fuzzing."""

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from PIL import Image

from apps.draw.core import settings
from nn import GELU, BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, checkpoint, recipes, zoo
from nn.data.idx import read_idx, write_idx
from nn.digits.adapted_model import AdaptedModel
from nn.digits.pictures import read_picture
from nn.digits.stroke_files import read_drawing, read_stroke_set, write_drawing, write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.errors import CheckpointError, DataError
from nn.export import export_model
from nn.imports import import_model
from tests.stress import fixtures

#: Well-formed files, and files that found new paths through the readers, in a folder for each reader.
CORPUS = Path(__file__).parent / "corpus"


class Reader(NamedTuple):
    """A reader of files.

    Attributes:
        read: reads a file.
        error: what it may raise.
        write: writes a well-formed file.
        suffix: of the file's name, where the reader needs one.
    """

    read: Callable[[Path], Any]
    error: type[Exception] | tuple[()]
    write: Callable[[Path], Any]
    suffix: str = ""

    def path(self, folder: Path, name: str = "file") -> Path:
        """The path of a file for it."""
        return folder / f"{name}{self.suffix}"


@functools.cache
def _base_network() -> Path:
    return fixtures.write_weights(Path(tempfile.mkdtemp(), "base.npz"))


def _read_settings(path: Path) -> None:
    with mock.patch.object(settings, "path", return_value=path):
        settings.load()


def _write_settings(path: Path) -> None:
    path.write_text(json.dumps({"theme": "dark", "brush": 1, "width": 800, "height": 600, "panel": "", "best": 3}))


def _write_corrections(path: Path) -> None:
    image = np.zeros((28, 28), np.float32)
    image[4:24, 12:16] = 1
    AdaptedModel(_base_network(), path).learn([image], [1])


def _write_picture(path: Path) -> None:
    picture = np.full((20, 12), 255, np.uint8)
    picture[4:16, 5:7] = 0
    Image.fromarray(picture).save(path, "png")


def _network() -> Sequential:
    layers = [Conv2D(1, 3), BatchNorm(), ReLU(), MaxPool2D(2), Flatten(), Dense(2), GELU(), Dense(2)]
    return Sequential(layers, (6, 6, 1), rng=np.random.default_rng(0))


def _write_architecture(path: Path) -> None:
    layers = [{"type": "Conv2D", "filters": 2, "kernel_size": 3}, {"type": "Flatten"}, {"type": "Dense", "units": 10}]
    path.write_text(json.dumps(layers))


READERS: dict[str, Reader] = {
    "idx": Reader(read_idx, DataError, lambda path: write_idx(path, np.arange(24, dtype=np.uint8).reshape(2, 3, 4))),
    "checkpoint": Reader(checkpoint.load, CheckpointError, fixtures.write_weights),
    "corrections": Reader(lambda path: AdaptedModel(_base_network(), path), CheckpointError, _write_corrections),
    "drawing": Reader(read_drawing, DataError, lambda path: write_drawing(path, fixtures.SEVEN)),
    "strokes": Reader(
        read_stroke_set,
        DataError,
        lambda path: write_stroke_set(path, StrokeSet.from_samples([[fixtures.STROKE]], np.array([7]))),
    ),
    "picture": Reader(read_picture, DataError, _write_picture),
    "recipe": Reader(
        lambda path: recipes.get(str(path), "baseline"),
        ValueError,
        lambda path: path.write_text(json.dumps(recipes.get("default", "deep").to_dict())),
    ),
    "architecture": Reader(
        lambda path: zoo.build(str(path), (28, 28, 1), 10, np.random.default_rng(0)), ValueError, _write_architecture
    ),
    "settings": Reader(_read_settings, (), _write_settings),
    "onnx": Reader(import_model, CheckpointError, lambda path: export_model(_network(), path, "onnx"), ".onnx"),
    "safetensors": Reader(
        import_model, CheckpointError, lambda path: export_model(_network(), path, "safetensors"), ".safetensors"
    ),
}


def read(name: str, path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` and read it; raises every error but the reader's own, if that is one line."""
    reader = READERS[name]
    path.write_bytes(content)
    try:
        reader.read(path)
    except reader.error as error:
        names_the_path = str(error).startswith(str(path)) or reader.error is ValueError  # the command adds its option
        if not names_the_path or "\n" in str(error):
            raise AssertionError(f"expected one line that names the path, got {error}") from None

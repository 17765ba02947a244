"""Small data sets, networks and commands for stress tests."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nn import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, checkpoint
from nn.digits.stroke_files import Drawing, write_drawing
from tests.processes import script
from tests.tiny_set import write_tiny_set

STROKE = np.array([[60.0, 60.0], [200.0, 60.0], [120.0, 230.0]])
SEVEN = Drawing([STROKE], 7, (280.0, 280.0))

#: A digit of UNIPEN, as convert_strokes.py reads it.
UNIPEN = '.SEGMENT DIGIT 0 ? "7"\n.COMMENT 7 1 1\n.PEN_DOWN\n 10 20\n 30 20\n 15 0\n.PEN_UP\n'


def write_set(folder: Path, count: int = 600, size: int = 28) -> Path:
    """Write the four IDX files of a set of 10 classes: ``count`` images of ``size * size`` to train on."""
    return write_tiny_set(folder, train=count, test=max(10, count // 10), size=size, classes=10)


def small_network(seed: int = 0) -> Sequential:
    """An untrained network with the shapes of the baseline and a hundredth of its weights."""
    layers = [Conv2D(2, 3), ReLU(), MaxPool2D(4), Flatten(), Dense(10)]
    return Sequential(layers, (28, 28, 1), rng=np.random.default_rng(seed))


def write_weights(path: Path, precision: str | None = None) -> Path:
    """Write the weights of a small network."""
    checkpoint.save(path, small_network(), {}, precision=precision)
    return path


def npy(array: Any, *, allow_pickle: bool = False) -> bytes:
    """The bytes of a ``.npy`` file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


def zipped(entries: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> bytes:
    """The bytes of a zip archive with these names and contents; a name may occur twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def commands(folder: Path) -> dict[str, list[str]]:
    """Every script with a small piece of work; writes what they need into ``folder``."""
    data = write_set(folder / "set", 200)
    weights = write_weights(folder / "weights.npz")
    write_drawing(folder / "7.json", SEVEN)
    (folder / "pen.txt").write_text(UNIPEN * 2000)
    drawings = 200 * [str(folder / "7.json")]
    return {
        "train": script("train", "--data", data, "--epochs", 3, "--quiet", "--out", "out.npz"),
        "evaluate": script("evaluate", "--data", data, "--weights", weights, "--quiet"),
        "predict": script("predict", "--weights", weights, *drawings),
        "synthesize": script("synthesize", "--count", 300, "--out", "out.npz"),
        "convert_strokes": script("convert_strokes", folder / "pen.txt", "--out", "out.npz"),
        "compare": script("compare", "--data", data, "--epochs", 1, "--seeds", 2, "--validation", 50, "--quiet"),
        "bench": script("bench", "--quick", "--only", "limit", "--rounds", 1, "--threads", 1),
    }

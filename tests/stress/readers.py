"""The readers of files from outside, for fuzzing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nn import checkpoint
from nn.data.idx import read_idx, write_idx
from nn.digits.stroke_files import read_drawing, read_stroke_set, write_drawing, write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.errors import CheckpointError, DataError
from tests.stress import fixtures

_SET = StrokeSet.from_samples([[fixtures.STROKE]], np.array([7]))

#: Each reader, the error it may raise, and a function that writes a well-formed file.
READERS: dict[str, tuple[Callable[[Path], Any], type[Exception], Callable[[Path], Any]]] = {
    "idx": (read_idx, DataError, lambda path: write_idx(path, np.arange(24, dtype=np.uint8).reshape(2, 3, 4))),
    "checkpoint": (checkpoint.load, CheckpointError, fixtures.write_weights),
    "drawing": (read_drawing, DataError, lambda path: write_drawing(path, fixtures.SEVEN)),
    "strokes": (read_stroke_set, DataError, lambda path: write_stroke_set(path, _SET)),
}


def read(name: str, path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` and read it; raises every error but the reader's own, if that is one line."""
    reader, expected, _ = READERS[name]
    path.write_bytes(content)
    try:
        reader(path)
    except expected as error:
        if not str(error).startswith(str(path)) or "\n" in str(error):
            raise AssertionError(f"expected one line that names the path, got {error}") from None

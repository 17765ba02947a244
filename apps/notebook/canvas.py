"""A canvas to draw on in a notebook: the browser page's recognizer answers, and Python gets the strokes."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from apps.web.bundle import PAGE, bundle_module
from nn.digits import Recognizer
from nn.digits.recognizer import DEFAULT_WEIGHTS
from nn.digits.strokes import as_strokes

try:
    import traitlets
    from anywidget import AnyWidget
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"apps.notebook needs the package {error.name}: pip install 'digits-from-scratch[notebooks]'", name=error.name
    ) from None

_FOLDER = Path(__file__).parent


class _Strokes(traitlets.TraitType):
    """Strokes as `as_strokes` checks them, in a tuple, as changes of a list would not reach the browser."""

    default_value = ()

    def validate(self, owner: object, value: Iterable[ArrayLike]) -> tuple[np.ndarray, ...]:
        return tuple(as_strokes(value))


def _to_lists(strokes: Iterable[np.ndarray], widget: object) -> list[Any]:
    return [stroke.tolist() for stroke in strokes]


class DrawingCanvas(AnyWidget):
    """A canvas in a Jupyter notebook to draw a digit on, with the answer of a network while you draw.

    The answers come from the browser, where the network runs; they are those of ``Recognizer`` in Python.

    Args:
        weights: the path of a file of weights; the shipped ones unless given.

    Attributes:
        strokes: what is drawn, arrays (n, 2) as ``Recognizer.recognize`` takes them: x right, y down, on a canvas of
            280x280. A new stroke arrives when the pen is lifted. Assign strokes in any unit to show them: those that
            are not on the canvas, or small, are scaled to it. ``observe(function, "strokes")`` reports changes.

    Raises:
        CheckpointError: the file is missing or broken, or its network does not recognize digits.
        ValueError: the strokes that are assigned are not pairs of finite numbers.
    """

    _esm = bundle_module(_FOLDER / "canvas.js", "render")
    _css = (_FOLDER / "canvas.css").read_text(encoding="utf-8")
    _engine = traitlets.Bytes().tag(sync=True)
    _weights = traitlets.Bytes().tag(sync=True)
    strokes = _Strokes().tag(sync=True, to_json=_to_lists)

    def __init__(self, weights: str | os.PathLike[str] | None = None) -> None:
        path = DEFAULT_WEIGHTS if weights is None else Path(weights)
        Recognizer.load(path)  # checks it
        super().__init__(_engine=(PAGE / "engine.wasm").read_bytes(), _weights=path.read_bytes())

    def __repr__(self) -> str:
        count = len(self.strokes)
        return f"<{type(self).__name__}: {count} stroke{'' if count == 1 else 's'}>"

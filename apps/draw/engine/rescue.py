"""Saves the drawings on the canvas when the window has to close."""

import contextlib
import itertools
import tempfile
import time
from pathlib import Path

from apps.draw.core.document import CANVAS, LINE_WIDTH, Document
from apps.draw.core.state import State
from apps.draw.engine import files


def save_drawings(state: State) -> list[Path]:
    """Save what the canvas and that of the other mode show, and return the files.

    They are in ``drawings`` beside the user's own weights; or, if that can't be written, in a temporary folder. Strokes
    are saved as ``.json``, a picture as ``.png``. An image of MNIST is not saved.
    """
    other_size = (CANVAS if state.line_mode else LINE_WIDTH, CANVAS)
    canvases = ((state.document, state.size), (state.other_stack.document, other_size))
    return [_save(document, size) for document, size in canvases if _is_worth_saving(document)]


def _is_worth_saving(document: Document) -> bool:
    return bool(document.strokes) or (document.picture is not None and not document.picture.prepared)


def _save(document: Document, size: tuple[float, float]) -> Path:
    for folder in (_folder(), Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            path = _new_path(folder, ".png" if document.picture is not None else ".json")
            files.save(path, document, size)
            return path
    raise OSError("the drawing can't be saved: no folder can be written")


def _folder() -> Path:
    from nn.digits.adapted_model import user_file  # loads the network's code

    return user_file().parent / "drawings"


def _new_path(folder: Path, suffix: str) -> Path:
    """The next free second's name."""
    times = (time.strftime("%Y%m%d-%H%M%S", time.localtime(second)) for second in itertools.count(int(time.time())))
    paths = (folder / f"drawing-{text}{suffix}" for text in times)
    return next(path for path in paths if not path.exists())

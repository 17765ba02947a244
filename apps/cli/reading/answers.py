"""The answers for files: what was read, as values for JSON, or why a file could not be read."""

import contextlib
import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli.reading.annotation import annotated_path, write_annotated
from apps.cli.reading.batch import recognize_batch
from apps.cli.reading.inputs import DRAWING_SUFFIX
from apps.cli.reading.layouts import AUTO, LINE, page_to_dict
from nn.digits.pages import Page
from nn.digits.pictures import read_picture
from nn.digits.prediction import Prediction
from nn.digits.recognizer import Recognizer
from nn.digits.stroke_files import read_drawing
from nn.errors import DataError, one_line
from nn.files import is_folder

#: For a file of one digit: ``file``, ``label``, ``confidence``, ``probabilities``, ``reason`` if it was rejected, and
#: ``ignored`` if there was foreign ink. For several digits also ``text`` and ``lines``. For a file that was not read
#: ``file`` and ``error``.
Answer = dict[str, Any]

#: What a file was read as, or why it was not read.
Result = Prediction | Page | Exception


def load_recognizer(weights: Path | None) -> Recognizer:
    """The recognizer with these weights, or with the shipped ones; a process loads it once, unless the file changes.

    Raises:
        CheckpointError: the file is missing or broken, or its network does not recognize digits.
    """
    if weights is None:
        return _load(None, None)
    with contextlib.suppress(OSError, ValueError):
        status = weights.stat()
        return _load(weights, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
    return Recognizer.load(weights)  # which says why


@functools.lru_cache(maxsize=1)
def _load(weights: Path | None, version: tuple[int, ...] | None) -> Recognizer:
    return Recognizer.load(weights)


@dataclass(frozen=True)
class Reader:
    """Reads files, in any process on any machine that has this package and the files.

    Attributes:
        weights: of the network; None: the shipped ones.
        folder: that names are relative to.
        mode: what files are read as: ``AUTO``, ``LINE`` or ``PAGE``.
        annotated: a folder for the pictures with their answers, or the file of the only one; None: they are not drawn.
        single: whether ``annotated`` is a file.
    """

    weights: Path | None = None
    folder: Path = Path()
    mode: str = AUTO
    annotated: Path | None = None
    single: bool = False

    def read(self, names: Sequence[str]) -> list[Answer]:
        """The answers for some files; their pictures of one digit go through the network together.

        Raises:
            OSError: an annotated picture can't be written.
        """
        recognizer = load_recognizer(self.weights)
        paths = [Path(self.folder, name) for name in names]
        results: dict[Path, Result] = {}
        for path in paths:
            if path.suffix.lower() == DRAWING_SUFFIX:
                results[path] = _recognize_drawing(recognizer, path, self.mode)
            elif self.mode != AUTO:
                results[path] = _recognize_lines(recognizer, path, self.mode)
        pictures = [path for path in dict.fromkeys(paths) if path not in results]
        readers = [functools.partial(_read_picture, path) for path in pictures]
        results.update(zip(pictures, recognize_batch(recognizer, readers), strict=True))
        answers = [_answer(name, path, results[path]) for name, path in zip(names, paths, strict=True)]
        for path, answer in zip(paths, answers, strict=True):
            self._annotate(path, answer)
        return answers

    def _annotate(self, path: Path, answer: Answer) -> None:
        if self.annotated is None or "error" in answer or path.suffix.lower() == DRAWING_SUFFIX:
            return
        target = Path(self.folder, self.annotated)
        write_annotated(target if self.single else annotated_path(target, answer["file"]), _read_picture(path), answer)


def _read_picture(path: Path) -> np.ndarray:
    try:
        return read_picture(path)
    except DataError:
        if not is_folder(path):
            raise
    os.scandir(path).close()  # raises OSError if the folder can't be listed
    raise DataError(f"{path}: expected pictures or drawings in this folder, found none")


def _recognize_lines(recognizer: Recognizer, path: Path, mode: str) -> Page | Exception:
    """The lines of a picture: the main one, or all."""
    try:
        gray = _read_picture(path)
        if mode == LINE:
            return Page.from_line(recognizer.recognize_line_image(gray))
        return recognizer.recognize_page_image(gray)
    except (DataError, OSError, MemoryError, FloatingPointError) as error:
        return error


def _recognize_drawing(recognizer: Recognizer, path: Path, mode: str) -> Result:
    """A drawing is one digit or a line."""
    try:
        strokes = read_drawing(path).strokes
        return recognizer.recognize(strokes) if mode == AUTO else Page.from_line(recognizer.recognize_line(strokes))
    except (DataError, OSError, MemoryError, FloatingPointError) as error:
        return error


def _answer(name: str, path: Path, result: Result) -> Answer:
    if isinstance(result, Prediction):
        return {"file": name} | to_dict(result)
    if isinstance(result, Page):
        return {"file": name} | page_to_dict(result)
    message = "too large for this machine's memory" if isinstance(result, MemoryError) else one_line(result)
    reason = message.removeprefix(one_line(path)).removeprefix(": ")  # elsewhere, the path is another one
    return {"file": name, "error": f"{one_line(name)}: {reason}"}


def to_dict(prediction: Prediction) -> Answer:
    """The answer of a prediction, without the name of the file."""
    answer: Answer = {"label": prediction.label, "confidence": prediction.confidence}
    if prediction.label is None:
        answer = {"label": None, "confidence": None, "reason": prediction.reason}
    answer["probabilities"] = prediction.probabilities.tolist()
    if prediction.ignored:
        answer["ignored"] = [list(box) for box in prediction.ignored]
    return answer if prediction.page is None else answer | page_to_dict(prediction.page)

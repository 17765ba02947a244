"""Files: drawings, pictures, folders of both, and stroke sets."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.draw.core.antialiasing import ink_coverage
from apps.draw.core.document import CANVAS, LINE_WIDTH, Document, Picture, Strokes, fit_strokes
from apps.draw.core.formatting import percent
from apps.draw.core.messages import FolderRead, Message, Opened
from apps.draw.core.state import FileResult, StatusMessage

if TYPE_CHECKING:
    from nn.digits import Prediction

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".jp2", ".pgm", ".heic")

#: How many files of a folder are read, at most: more would take minutes.
MAX_FILES = 1000

#: Pixels of a picture's longer side, at most, in a document and in the list of a folder. Undo keeps each document: a
#: photograph of 24 million pixels would take 24 MB; reduced it takes 1.6 MB at most.
SIDE, LISTED = 1280, 128

#: Pixels for each canvas unit, in a PNG file.
SCALE = 2


def open_path(path: Path, line_mode: bool, recognize: Callable[[Document], Prediction]) -> Message:
    """Open a drawing or a picture; or recognize everything in a folder.

    Raises:
        ValueError: the file is missing, malformed, or neither.
    """
    if not path.is_dir():
        return Opened(_read_document(path, line_mode), path.name)
    paths = sorted(each for each in path.iterdir() if each.suffix.lower() in (".json", *PICTURES))
    if not paths:
        raise ValueError(f"{path}: no drawing and no picture in this folder")
    results: list[FileResult] = []
    for each in paths[:MAX_FILES]:
        try:
            document = _read_document(each, False)
            prediction = recognize(document)
        except (ValueError, FloatingPointError, MemoryError) as error:
            results.append(
                FileResult(each.name, None, (str(error) or "too large for the memory").removeprefix(f"{each}: "))
            )
            continue
        confidence = percent(float(prediction.probabilities.max()))
        answer = prediction.reason if prediction.label is None else f"{prediction.label}   {confidence}"
        if prediction.page is not None:
            answer = prediction.page.text.replace("\n", " / ")
        if document.picture is not None:
            document = document._replace(picture=reduced_picture(document.picture.gray, each.name, LISTED))
        results.append(FileResult(each.name, document, answer or "no answer"))
    return FolderRead(tuple(results))


def _read_document(path: Path, line_mode: bool) -> Document:
    from nn.digits.pictures import read_picture
    from nn.digits.stroke_files import read_drawing

    if path.suffix.lower() == ".json":
        drawing = read_drawing(path)
        size = (LINE_WIDTH if line_mode else CANVAS, CANVAS)
        return Document(fit_strokes(drawing.strokes, size, drawing.canvas or size), label=drawing.label)
    return Document(picture=reduced_picture(read_picture(path), path.name))


def reduced_picture(gray: np.ndarray, name: str, side: int = SIDE) -> Picture:
    """A picture, its longer side reduced to at most ``side`` pixels by averaging square blocks."""
    from PIL import Image

    factor = -(-max(gray.shape) // side)
    if factor > 1:
        blocks = np.asarray(Image.fromarray(gray.astype(np.float32)).reduce(factor))
        gray = np.rint(blocks).astype(gray.dtype)
    return Picture(gray, name)


def save(path: Path, document: Document, size: tuple[float, float]) -> Message:
    """Write a document: strokes as JSON, anything as PNG, by the name's extension (default: ``.json``).

    Raises:
        ValueError: a picture can't be saved as JSON, or the extension is another.
        OSError: the file can't be written.
    """
    from nn.atomic import atomic_write
    from nn.digits.stroke_files import Drawing, write_drawing

    path = path if path.suffix else path.with_suffix(".json")
    match path.suffix.lower():
        case ".json" if document.picture is None:
            write_drawing(path, Drawing([stroke.points.array() for stroke in document.strokes], document.label, size))
        case ".json":
            raise ValueError(f"{path}: a picture has no strokes; save it as .png")
        case ".png":
            with atomic_write(path) as file:
                file.write(png(document, size))
        case ending:
            raise ValueError(f"{path}: expected a name in .json or .png, got {ending}")
    return StatusMessage(f"Saved {path}")


def export(path: Path, samples: tuple[tuple[Strokes, int], ...]) -> Message:
    """Write the session's drawings as a set that ``digits evaluate --strokes`` takes.

    Raises:
        OSError: the file can't be written.
    """
    from nn.digits.stroke_files import write_stroke_set
    from nn.digits.stroke_set import StrokeSet

    path = path.with_suffix(".npz")
    strokes = [[stroke.points.array() for stroke in drawing] for drawing, _ in samples]
    write_stroke_set(path, StrokeSet.from_samples(strokes, np.array([label for _, label in samples], np.int64)))
    return StatusMessage(f"Exported {len(samples)} drawings to {path}")


def png(document: Document, size: tuple[float, float]) -> bytes:
    """A document as a PNG file: black ink on white, or the picture as it is."""
    from PIL import Image

    if document.picture is not None:
        pixels = document.picture.gray
        image = Image.fromarray(pixels.astype(np.uint16) if pixels.dtype == np.uint16 else pixels)
    else:
        image = Image.fromarray(255 - ink_coverage(document.strokes, size, SCALE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()

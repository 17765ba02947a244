"""Requests of the window to the worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apps.draw.core.document import Document, Strokes
from apps.draw.core.panels import Panel
from apps.live.messages import Command


@dataclass(frozen=True)
class Recognize:
    """Recognize the document, and compute what the panel shows of it; requests are numbered from 1."""

    number: int
    document: Document
    line_mode: bool = False
    panel: Panel | None = None
    explain: int | None = None
    whole: Document | None = None  # of which ``document`` is the beginning, in a replay


@dataclass(frozen=True)
class UseModel:
    """Use the weights of this number from now on."""

    number: int


@dataclass(frozen=True)
class FineTune:
    """Fine-tune on these samples."""

    samples: tuple[tuple[Strokes, int], ...]


@dataclass(frozen=True)
class UndoFineTune:
    """Undo the last fine-tuning."""


@dataclass(frozen=True)
class OpenFile:
    """Read a drawing, a picture, or a folder of both."""

    path: Path
    line_mode: bool = False


@dataclass(frozen=True)
class SaveFile:
    """Write the document: strokes as ``.json``, or what it looks like as ``.png``."""

    path: Path
    document: Document
    size: tuple[float, float]


@dataclass(frozen=True)
class ExportSession:
    """Write labelled drawings as a stroke set."""

    path: Path
    samples: tuple[tuple[Strokes, int], ...]


@dataclass(frozen=True)
class CopyDocument:
    """Copy the document to the clipboard, as a picture."""

    document: Document
    size: tuple[float, float]


@dataclass(frozen=True)
class PasteDocument:
    """Take a picture from the clipboard."""


@dataclass(frozen=True)
class PickTestImage:
    """Take a test image of MNIST by a random number."""

    seed: int


@dataclass(frozen=True)
class AddModel:
    """Add a file of weights to those to choose from, and use it."""

    path: Path


@dataclass(frozen=True)
class Train:
    """A command for the training process."""

    command: Command


Effect = (
    Recognize | UseModel | FineTune | UndoFineTune | OpenFile | SaveFile | ExportSession | CopyDocument
    | PasteDocument | PickTestImage | AddModel | Train
)  # fmt: skip

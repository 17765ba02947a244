"""What can happen to the window, and what it asks of the world."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from apps.draw.core.document import Document, Strokes
from apps.draw.core.panels import Panel
from apps.draw.core.points import Point

if TYPE_CHECKING:
    from nn.digits import Prediction


class Command(enum.Enum):
    """What the user can ask for, by a button or by a key."""

    PREDICT = "Predict"
    UNDO = "Undo"
    REDO = "Redo"
    CLEAR = "Clear"
    QUIT = "Quit"
    ERASER = "Eraser"
    BRUSH = "Brush"  # value: an index of BRUSHES
    THINNER = "Thinner"
    THICKER = "Thicker"
    LINE = "Line"
    THEME = "Theme"
    HELP = "Help"
    PANEL = "Panel"  # value: a Panel's name
    BACK = "Back"
    DIGIT = "Digit"  # value: 0 to 9; what it means depends on the panel
    EXPLAIN = "Explain"  # value: 0 to 9, or -1 for the answer
    MAP = "Map"  # value: its number among the feature maps shown; pooled ones follow the others
    MODEL = "Model"  # value: its number
    NEXT_MODEL = "Next model"
    RECENT = "Recent"  # value: its number
    PLAY = "Play"
    SCRUB = "Scrub"  # value: per mille of the ink
    STEP = "Step"  # value: points to go on by
    RANDOM = "Random digit"
    MISTAKES = "Errors"
    MISTAKE = "Mistake"  # value: its number
    GAME = "Play the game"
    LEARN = "Learn"
    UNLEARN = "Take back"
    DROP_SAMPLE = "Forget"  # value: its number
    SAVE = "Save"
    OPEN = "Open"
    COPY = "Copy"
    PASTE = "Paste"
    EXPORT = "Export"
    FOLDER = "Read a folder"
    CONFIRM = "OK"
    CANCEL = "Cancel"


class Do(NamedTuple):
    """A command, with what it is to be done to."""

    command: Command
    value: int | str | None = None


@dataclass(frozen=True)
class PenDown:
    """The pen touched the canvas."""

    point: Point


@dataclass(frozen=True)
class PenMove:
    """The pen moved, on the canvas or beside it."""

    point: Point


@dataclass(frozen=True)
class Hover:
    """The pointer is over this control, or over none."""

    control: Do | None


@dataclass(frozen=True)
class Press:
    """The pointer went down on this control."""

    control: Do


@dataclass(frozen=True)
class Release:
    """The pen or pointer went up, over this control or over none."""

    control: Do | None


@dataclass(frozen=True)
class Focus:
    """The keyboard's focus moved to this control, or to none."""

    control: Do | None


@dataclass(frozen=True)
class Typed:
    """Text was typed into the open question; ``None`` takes back a letter."""

    text: str | None


@dataclass(frozen=True)
class Tick:
    """Time has passed."""

    seconds: float


@dataclass(frozen=True)
class HoverTimeout:
    """The pointer has rested on a control long enough for its tool-tip."""


@dataclass(frozen=True)
class Ready:
    """The network has been loaded and compiled, and answers at once from here on.

    Attributes:
        can_learn: whether it can be taught.
        can_read_lines: whether it can read lines of digits.
        models: the weights that can be chosen.
        model: the number of those in use; None where they are not among them.
    """

    can_learn: bool = False
    can_read_lines: bool = False
    models: tuple[ModelFile, ...] = ()
    model: int | None = None


@dataclass(frozen=True)
class LoadFailed:
    """The network can't be loaded: the window has nothing to show."""

    reason: str


@dataclass(frozen=True)
class Answered:
    """The network read the document of request ``number``; of a line of digits, there is a ``line``."""

    number: int
    prediction: Prediction | None
    line: Line | None = None


@dataclass(frozen=True)
class Failed:
    """The network could not read the document of request ``number`` (0: it failed before any)."""

    number: int
    reason: str


@dataclass(frozen=True, eq=False)
class PanelData:
    """One part of what the open panel shows has been computed, for the document of request ``number``."""

    number: int
    part: str
    value: Any


@dataclass(frozen=True)
class StatusMessage:
    """The worker has something to tell, of files for the most part."""

    text: str
    error: bool = False


@dataclass(frozen=True)
class Opened:
    """A file or the clipboard gave a document."""

    document: Document
    name: str


@dataclass(frozen=True)
class FolderRead:
    """A folder was read: each file's name, document (None: unreadable) and answer in words."""

    items: tuple[tuple[str, Document | None, str], ...]


@dataclass(frozen=True)
class ImagePicked:
    """A digit from MNIST's test images."""

    document: Document


@dataclass(frozen=True)
class FineTuned:
    """The network has learned from the samples; ``result`` is None where the last fine-tuning was undone."""

    result: FineTuneResult | None


Message = (
    PenDown | PenMove | Hover | Press | Release | Focus | Typed | Tick | HoverTimeout | Do | Ready | LoadFailed
    | Answered | Failed | PanelData | StatusMessage | Opened | FolderRead | ImagePicked | FineTuned
)  # fmt: skip


@dataclass(frozen=True)
class Recognize:
    """The document is to be read, and what the panel shows to be computed; requests are numbered from 1."""

    number: int
    document: Document
    line_mode: bool = False
    panel: Panel | None = None
    explain: int | None = None
    whole: Document | None = None  # of which ``document`` is the beginning, in a replay


@dataclass(frozen=True)
class UseModel:
    """Read with the weights of this number from here on."""

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
    """Put what the document looks like on the clipboard."""

    document: Document
    size: tuple[float, float]


@dataclass(frozen=True)
class PasteDocument:
    """Take a picture from the clipboard."""


@dataclass(frozen=True)
class PickTestImage:
    """Take a test image of MNIST by a random number."""

    seed: int


Effect = (
    Recognize | UseModel | FineTune | UndoFineTune | OpenFile | SaveFile | ExportSession | CopyDocument
    | PasteDocument | PickTestImage
)  # fmt: skip


class ModelFile(NamedTuple):
    """Weights that can be chosen: their name and the size of the file in bytes."""

    name: str
    size: int


class ModelResult(NamedTuple):
    """What one of the models says of the document: a digit, a line of them, or a dash."""

    answer: str
    confidence: float
    milliseconds: float


class FineTuneResult(Protocol):
    """What learning did."""

    @property
    def before(self) -> float:
        """The share of the samples read right before."""

    @property
    def after(self) -> float:
        """And after."""

    @property
    def seconds(self) -> float:
        """How long it took."""


class LineDigit(Protocol):
    """One digit of a row."""

    @property
    def prediction(self) -> Prediction:
        """What it is."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, in the strokes' units."""


class Line(Protocol):
    """A row of digits."""

    @property
    def text(self) -> str:
        """Such as ``"2026"``."""

    @property
    def digits(self) -> Sequence[LineDigit]:
        """One after another."""


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Feature maps: what some layer gives for the image.

    Attributes:
        name: of the layer.
        values: (H, W, C) float32, >= 0.
        kernel: (KH, KW, K, C), the filters, of a convolution.
    """

    name: str
    values: np.ndarray
    kernel: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Grid:
    """A plane of numbers to show: a map of evidence (H, W), or the activity of a layer (units,)."""

    name: str
    values: np.ndarray
    label: int | None = None


class LayerRow(NamedTuple):
    """A layer of the network: its name, the shape of its output for one image, its parameters and multiply-adds."""

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The training images that look most alike to the network, nearest first.

    Attributes:
        images: (K, 28, 28) uint8.
        labels: (K,).
        note: how far the search has come, or why there are none.
    """

    images: np.ndarray
    labels: np.ndarray
    note: str = ""


class ReplayMoment(NamedTuple):
    """What the network said when so many points were drawn."""

    points: int
    label: int | None
    confidence: float
    final: float  # the probability of what it says in the end


@dataclass(frozen=True, eq=False)
class Misclassified:
    """Test images that the network misreads, the surest first.

    Attributes:
        documents: with the picture and its label.
        answers: what the network says.
        note: how far the search has come, or why there are none.
    """

    documents: tuple[Document, ...]
    answers: tuple[int, ...]
    note: str = ""

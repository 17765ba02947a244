"""What can happen to the window, and what it asks of the world."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from apps.draw.core.document import Drawing, Page
from apps.draw.core.points import Point

if TYPE_CHECKING:
    from nn.digits import Prediction


class Panel(enum.Enum):
    """What can be opened beside the canvas."""

    INSIDE = "Inside"
    MODELS = "Models"
    REPLAY = "Replay"
    TRY = "Try me"
    TEACH = "Teach"
    FILES = "Files"


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
    ROW = "Row"
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
    MISTAKES = "Surest mistakes"
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
class Rested:
    """The pointer has rested on a control long enough for its tool-tip."""


@dataclass(frozen=True)
class Ready:
    """The network has been loaded and compiled, and answers at once from here on.

    Attributes:
        learns: whether it can be taught.
        reads_rows: whether it can read rows of digits.
        models: the weights that can be chosen.
        model: the number of those in use; None where they are not among them.
    """

    learns: bool = False
    reads_rows: bool = False
    models: tuple[ModelFile, ...] = ()
    model: int | None = None


@dataclass(frozen=True)
class Broken:
    """The network can't be loaded: the window has nothing to show."""

    reason: str


@dataclass(frozen=True)
class Answered:
    """The network read the page of request ``number``; of a row, there is a ``line``."""

    number: int
    prediction: Prediction | None
    line: Line | None = None


@dataclass(frozen=True)
class Failed:
    """The network could not read the page of request ``number`` (0: it failed before any)."""

    number: int
    reason: str


@dataclass(frozen=True, eq=False)
class Looked:
    """One part of what the open panel shows has been computed, for the page of request ``number``."""

    number: int
    part: str
    value: Any


@dataclass(frozen=True)
class Said:
    """The worker has something to tell, of files for the most part."""

    text: str
    trouble: bool = False


@dataclass(frozen=True)
class Opened:
    """A file or the clipboard gave a page."""

    page: Page
    name: str


@dataclass(frozen=True)
class OpenedMany:
    """A folder was read: each file's name, page (None: unreadable) and answer in words."""

    items: tuple[tuple[str, Page | None, str], ...]


@dataclass(frozen=True)
class Drawn:
    """A digit from MNIST's test images."""

    page: Page


@dataclass(frozen=True)
class Learned:
    """The network has learned from the samples; ``lesson`` is None where it forgot a lesson again."""

    lesson: FineTuneResult | None


Message = (
    PenDown | PenMove | Hover | Press | Release | Focus | Typed | Tick | Rested | Do | Ready | Broken
    | Answered | Failed | Looked | Said | Opened | OpenedMany | Drawn | Learned
)  # fmt: skip


@dataclass(frozen=True)
class Recognize:
    """The page is to be read, and what the panel shows to be computed; requests are numbered from 1."""

    number: int
    page: Page
    row: bool = False
    panel: Panel | None = None
    explain: int | None = None
    whole: Page | None = None  # of which ``page`` is the beginning, in a replay


@dataclass(frozen=True)
class UseModel:
    """Read with the weights of this number from here on."""

    number: int


@dataclass(frozen=True)
class Learn:
    """Learn from these samples."""

    samples: tuple[tuple[Drawing, int], ...]


@dataclass(frozen=True)
class Unlearn:
    """Forget the last lesson."""


@dataclass(frozen=True)
class OpenFile:
    """Read a drawing, a picture, or a folder of both."""

    path: Path
    row: bool = False


@dataclass(frozen=True)
class SaveFile:
    """Write the page: strokes as ``.json``, or what it looks like as ``.png``."""

    path: Path
    page: Page
    size: tuple[float, float]


@dataclass(frozen=True)
class ExportSession:
    """Write labelled drawings as a stroke set."""

    path: Path
    samples: tuple[tuple[Drawing, int], ...]


@dataclass(frozen=True)
class CopyPage:
    """Put what the page looks like on the clipboard."""

    page: Page
    size: tuple[float, float]


@dataclass(frozen=True)
class PastePage:
    """Take a picture from the clipboard."""


@dataclass(frozen=True)
class PickDigit:
    """Take a test image of MNIST by a random number."""

    seed: int


Effect = (
    Recognize | UseModel | Learn | Unlearn | OpenFile | SaveFile | ExportSession | CopyPage | PastePage | PickDigit
)  # fmt: skip


class ModelFile(NamedTuple):
    """Weights that can be chosen: their name and the size of the file in bytes."""

    name: str
    size: int


class Comparison(NamedTuple):
    """What one of the models says of the page: a digit, a row of them, or a dash."""

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
class Maps:
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


class Moment(NamedTuple):
    """What the network said when so many points were drawn."""

    points: int
    label: int | None
    confidence: float
    final: float  # the probability of what it says in the end


@dataclass(frozen=True, eq=False)
class Mistakes:
    """Test images that the network misreads, the surest first.

    Attributes:
        pages: with the picture and its label.
        answers: what the network says.
        note: how far the search has come, or why there are none.
    """

    pages: tuple[Page, ...]
    answers: tuple[int, ...]
    note: str = ""

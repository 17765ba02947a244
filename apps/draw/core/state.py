"""The state of the window, and the class of the actions that change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from apps.draw.core.document import BRUSH, BRUSHES, CANVAS, LINE_WIDTH, Document, Strokes, beginning, count
from apps.draw.core.effects import Effect
from apps.draw.core.panel_data import ReplayMoment
from apps.draw.core.panels import Panel
from apps.draw.core.points import Point
from apps.draw.core.training import Training
from apps.draw.core.unit import Unit

if TYPE_CHECKING:
    from nn.digits import FineTuneResult, Line, Page, Prediction

#: Probabilities without an answer.
NO_BARS = (0.0,) * 10

#: What an action may need to know, such as a digit or a path.
Value = int | str | Unit | None

#: Seconds of a game.
GAME_SECONDS = 60.0


@dataclass(frozen=True, eq=False)
class Action:
    """Something that the user can do: buttons, keys, tool-tips and the help page follow from it.

    Attributes:
        name: its name on the help page.
        perform: the reducer: takes the state and, where the action has one, a value; returns the new state, or that and
            effects. It is called only while the action is enabled.
        keys: the keys that perform it, such as ``"U"`` or ``"Ctrl+Z"``. A digit is passed on as the value.
        label: the text of its button; by default ``name``.
        tip: its tool-tip.
        enabled: whether it can be performed now; otherwise its button is dimmed.
        group: its group on the help page; without one, it is not listed there.
        panel: the keys work only while this panel is open; None: always, after those of the open panel.
        tab_stop: a name for a group of controls. Tab visits the group once, and the arrow keys move inside it.
        dragged: whether the pointer performs it when it goes down and while it is dragged, with its place as the value.
    """

    name: str
    perform: Callable[..., State | tuple[State, tuple[Effect, ...]]]
    keys: tuple[str, ...] = ()
    label: str = ""
    tip: str = ""
    enabled: Callable[[State], bool] = lambda state: True
    group: str = ""
    panel: Panel | None = None
    tab_stop: str = ""
    dragged: bool = False

    def __repr__(self) -> str:
        return self.name

    def value_of(self, message: Perform | None) -> Value:
        """The value with which ``message`` performs this action; None if it is another."""
        return message.value if message is not None and message.action is self else None


class Perform(NamedTuple):
    """A message: perform an action, with a value where it takes one."""

    action: Action
    value: Value = None


@dataclass(frozen=True)
class StatusMessage:
    """A line of status; or an error."""

    text: str
    error: bool = False


class ModelFile(NamedTuple):
    """Weights that can be chosen: their name and the size of the file in bytes."""

    name: str
    size: int


class UndoStack(NamedTuple):
    """A document and its history: what undo returns to, the latest last, and what redo does, the next last."""

    document: Document = Document()
    past: tuple[Document, ...] = ()
    future: tuple[Document, ...] = ()


class Replay(NamedTuple):
    """The progress of a replay."""

    position: int | None = None  # how many points are shown; None: all, and what is drawn from there on
    playing: bool = False
    part: float = 0.0  # the fraction of the next point that has passed
    moments: tuple[ReplayMoment, ...] = ()  # the predictions on the way, as far as they are computed


class Game(NamedTuple):
    """A game of drawing digits against the clock."""

    target: int  # the digit to draw
    score: int = 0  # how many were recognized
    left: float = GAME_SECONDS  # the game is over at 0
    seed: int = 0  # of the next targets


class RecentDocument(NamedTuple):
    """A drawing of this session, and what was recognized."""

    document: Document
    answer: int | None
    line: str | None = None  # for a line of digits, what was recognized ("": nothing yet)

    @property
    def label(self) -> int | None:
        """The user's label, or else the predicted one; a line of digits has none."""
        if self.line is not None:
            return None
        return self.answer if self.document.label is None else self.document.label


class Prompt(NamedTuple):
    """A prompt for the name of a file, with the reducer of the answer."""

    question: str
    text: str  # what was typed so far
    perform: Callable[[State, Path], State | tuple[State, tuple[Effect, ...]]]


class FileResult(NamedTuple):
    """One file of a folder: its document (None if it can't be read), and the answer or the error."""

    name: str
    document: Document | None
    answer: str


EMPTY, NO_REPLAY, NO_STATUS = UndoStack(), Replay(), StatusMessage("")


@dataclass(frozen=True)
class State:
    """The complete state; the view shows it, and messages change it."""

    # What is on the canvas.
    undo_stack: UndoStack = EMPTY
    other_stack: UndoStack = EMPTY  # of the other mode, digit or line
    line_mode: bool = False  # whether the canvas is wide, for a line of digits
    pen: Point | None = None  # where the pen was last, on the canvas or outside; None while it is up
    eraser: bool = False  # whether the pen erases
    brush: int = BRUSHES.index(BRUSH)  # an index of BRUSHES
    recent: tuple[RecentDocument, ...] = ()  # the drawings of this session, the latest last

    # The window.
    theme: str = "dark"  # or "light"
    panel: Panel | None = None
    help: bool = False  # whether the help page is open
    prompt: Prompt | None = None
    hover: Perform | None = None  # the control under the pointer,
    pressed: Perform | None = None  # the pressed one,
    focus: Perform | None = None  # and that of the keyboard
    tip: bool = False  # whether the pointer has rested on ``hover``
    status: StatusMessage = NO_STATUS
    running: bool = True  # False once the window is to close, with
    exit_status: int = 0

    # The network, and what it answered.
    ready: bool = False  # whether it has been warmed up
    can_learn: bool = False
    can_read_lines: bool = False
    models: tuple[ModelFile, ...] = ()  # the weights to choose from,
    model: int | None = None  # and the number of those in use
    prediction: Prediction | None = field(default=None, compare=False)  # None if there is none, as on a blank canvas
    line: Line | Page | None = field(default=None, compare=False)  # the same for a line or a page of digits
    error: str | None = None  # what went wrong with the network
    asked: int = 0  # numbers of requests: the newest,
    answered: int = 0  # the last that was answered,
    oldest_valid: int = 0  # and the first whose answer is not outdated
    bars: tuple[float, ...] = NO_BARS  # what the ten bars show, on their way to the probabilities

    # The panels.
    panel_data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), compare=False)  # by part
    explain: int | None = None  # the digit to explain; None: the answer
    unit: Unit | None = None  # that is shown by its numbers; None: all maps
    replay: Replay = NO_REPLAY
    show_errors: bool = False  # whether the misclassified test images are shown
    seed: int = 0  # of the next random choice
    game: Game | None = None
    best: int = 0  # the best score of all games
    samples: tuple[tuple[Strokes, int], ...] = ()  # collected to fine-tune on
    fine_tuning: bool = False  # whether it runs
    fine_tuned: FineTuneResult | None = field(default=None, compare=False)  # what the last one did
    results: tuple[FileResult, ...] = ()  # of the folder that was read
    training: Training = field(default_factory=Training)

    @property
    def document(self) -> Document:
        """What is on the canvas."""
        return self.undo_stack.document

    @property
    def size(self) -> Point:
        """Width and height of the canvas, in canvas units."""
        return (LINE_WIDTH if self.line_mode else CANVAS), CANVAS

    @property
    def points(self) -> int:
        """How many points the ink has, at least 1."""
        return max(1, count(self.document.strokes))

    @property
    def shown(self) -> Document:
        """What the canvas shows: in a replay, only the beginning of the ink."""
        if self.panel is Panel.REPLAY and self.replay.position is not None and self.document.strokes:
            return Document(beginning(self.document.strokes, self.replay.position))
        return self.document

    @property
    def line_text(self) -> str:
        """What was read of a line of digits; the lines of a page are separated."""
        return "" if self.line is None else self.line.text.replace("\n", " / ")

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        """The ten, if there is an answer."""
        prediction = self.prediction
        if prediction is None or prediction.label is None or self.line_mode:
            return None
        return tuple(prediction.probabilities.tolist())

    @property
    def animated(self) -> bool:
        """Whether something moves by itself and needs ticks."""
        return self.bars != (self.probabilities or NO_BARS) or self.replay.playing or self.playing

    @property
    def playing(self) -> bool:
        """Whether a game is going on."""
        return self.game is not None and self.game.left > 0

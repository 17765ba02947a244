"""What the window knows: its state, and the form of the actions that change it."""

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

if TYPE_CHECKING:
    from nn.digits import FineTuneResult, Line, Prediction

#: Probabilities without an answer.
NO_BARS = (0.0,) * 10

#: What an action may need to know, such as a digit or a path.
Value = int | str | None

#: Seconds of a game.
GAME_SECONDS = 60.0


@dataclass(frozen=True, eq=False)
class Action:
    """Something that the user can do: buttons, keys, tool-tips and the help page follow from it.

    Attributes:
        name: on the help page.
        perform: the reducer: takes the state and, where the action has one, a value; returns the new state, or that and
            effects. It is called only while the action is enabled.
        keys: that perform it, such as ``"U"`` or ``"Ctrl+Z"``. A digit is passed on as the value.
        label: on its button; by default ``name``.
        tip: its tool-tip.
        enabled: whether it would do anything now; its button is dimmed otherwise.
        group: of the help page; without one, it is not listed there.
        panel: the keys work only while this panel is open; None: always, after those of the open panel.
        tab_stop: Tab stops once at the controls of the same stop, and the arrows move among them.
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
    """A document and its history.

    Attributes:
        document: what is on the canvas.
        past: the documents that undo returns to, the latest last.
        future: the documents that redo returns to, the next last.
    """

    document: Document = Document()
    past: tuple[Document, ...] = ()
    future: tuple[Document, ...] = ()


class Replay(NamedTuple):
    """The progress of a replay.

    Attributes:
        position: how many points are shown; None: all, and what is drawn from there on.
        playing: whether it goes on by itself.
        part: the fraction of the next point that has passed.
        moments: the predictions on the way, as far as they are computed.
    """

    position: int | None = None
    playing: bool = False
    part: float = 0.0
    moments: tuple[ReplayMoment, ...] = ()


class Game(NamedTuple):
    """A game of drawing digits against the clock.

    Attributes:
        target: the digit to draw.
        score: how many were recognized.
        left: seconds; the game is over at 0.
        seed: of the next targets.
    """

    target: int
    score: int = 0
    left: float = GAME_SECONDS
    seed: int = 0


class RecentDocument(NamedTuple):
    """A drawing of this session.

    Attributes:
        document: with its label, if the user gave one.
        answer: the predicted label.
    """

    document: Document
    answer: int | None

    @property
    def label(self) -> int | None:
        """The user's label, or else the predicted one."""
        return self.answer if self.document.label is None else self.document.label


class Prompt(NamedTuple):
    """A prompt for the name of a file.

    Attributes:
        question: what is asked.
        text: what was typed so far.
        perform: the reducer of the answer.
    """

    question: str
    text: str
    perform: Callable[[State, Path], State | tuple[State, tuple[Effect, ...]]]


class Result(NamedTuple):
    """The result for one file of a folder."""

    name: str
    document: Document | None
    answer: str


EMPTY, NO_REPLAY, NO_STATUS = UndoStack(), Replay(), StatusMessage("")


@dataclass(frozen=True)
class State:
    """Everything the view shows and the next message builds on.

    Attributes:
        undo_stack: what is on the canvas, and its history.
        other_stack: the undo stack of the other mode, digit or line.
        line_mode: whether the canvas is wide, for a line of digits.
        pen: where the pen was last, on the canvas or outside; None while it is up.
        eraser: whether the pen erases.
        brush: an index of ``BRUSHES``.
        theme: ``"dark"`` or ``"light"``.
        panel: the open panel.
        help: whether the help page is open.
        prompt: the open prompt.
        hover, pressed, focus: the controls under the pointer, under the pressed pointer, and of the keyboard.
        tip: whether the pointer has rested on ``hover``.
        ready: whether the network has been warmed up; ``can_learn`` and ``can_read_lines`` say what it can.
        prediction: the newest answer; None if there is none, as on a blank canvas.
        line: the newest answer to a line of digits.
        error: what went wrong with the network, or None.
        status: the last status message.
        asked, answered, oldest_valid: numbers of requests: the newest, the last that was answered, and the first whose
            answer is not outdated.
        bars: what the ten bars show, on their way to the probabilities.
        explain: the digit to explain; None: the answer.
        panel_data: what the panel shows, by part: computed by the worker.
        models, model: the weights to choose from, and the number of those in use.
        replay, game, best: see their classes; the best score yet.
        show_errors: whether the panel shows the misclassified test images.
        samples: collected to fine-tune on; ``fine_tuning`` while it runs; ``fine_tuned`` is what the last one did.
        recent: the drawings of this session, the latest last.
        results: of the folder that was read.
        seed: of the next random choice.
        running: False once the window is to close, with ``exit_status``.
    """

    undo_stack: UndoStack = EMPTY
    other_stack: UndoStack = EMPTY
    line_mode: bool = False
    pen: Point | None = None
    eraser: bool = False
    brush: int = BRUSHES.index(BRUSH)
    theme: str = "dark"
    panel: Panel | None = None
    help: bool = False
    prompt: Prompt | None = None
    hover: Perform | None = None
    pressed: Perform | None = None
    focus: Perform | None = None
    tip: bool = False
    ready: bool = False
    can_learn: bool = False
    can_read_lines: bool = False
    prediction: Prediction | None = field(default=None, compare=False)
    line: Line | None = field(default=None, compare=False)
    error: str | None = None
    status: StatusMessage = NO_STATUS
    asked: int = 0
    answered: int = 0
    oldest_valid: int = 0
    bars: tuple[float, ...] = NO_BARS
    explain: int | None = None
    panel_data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    models: tuple[ModelFile, ...] = ()
    model: int | None = None
    replay: Replay = NO_REPLAY
    game: Game | None = None
    best: int = 0
    show_errors: bool = False
    samples: tuple[tuple[Strokes, int], ...] = ()
    fine_tuned: FineTuneResult | None = field(default=None, compare=False)
    fine_tuning: bool = False
    recent: tuple[RecentDocument, ...] = ()
    results: tuple[Result, ...] = ()
    seed: int = 0
    running: bool = True
    exit_status: int = 0

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

"""What the window knows. Pure: no pygame, no thread, no clock; ``update`` says how each message changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from apps.draw.core.document import BRUSH, BRUSHES, CANVAS, LINE_WIDTH, Document, Strokes, beginning, count
from apps.draw.core.messages import Command, Do, FineTuneResult, Line, ModelFile, ReplayMoment, StatusMessage
from apps.draw.core.panels import Panel
from apps.draw.core.points import Point

if TYPE_CHECKING:
    from nn.digits import Prediction

#: Probabilities that no answer moves.
NO_BARS = (0.0,) * 10

#: Seconds of a game.
GAME_SECONDS = 60.0

#: The session keeps so many drawings in its strip.
RECENT = 60


class UndoStack(NamedTuple):
    """A document and its history.

    Attributes:
        document: what lies on the canvas.
        past: the documents that undo returns to, the latest last.
        future: the documents that redo returns to, the next last.
    """

    document: Document = Document()
    past: tuple[Document, ...] = ()
    future: tuple[Document, ...] = ()


class Replay(NamedTuple):
    """Where a replay is.

    Attributes:
        position: how many points are shown; None is all of them, and what is drawn from there on.
        playing: whether it goes on by itself.
        part: of the next point, that has passed.
        moments: what was said along the way, as far as it is known.
    """

    position: int | None = None
    playing: bool = False
    part: float = 0.0
    moments: tuple[ReplayMoment, ...] = ()


class Game(NamedTuple):
    """A game of drawing digits against the clock.

    Attributes:
        target: the digit to draw.
        score: how many were read as they were meant.
        left: seconds; the game is over at 0.
        seed: what the next targets come from.
    """

    target: int
    score: int = 0
    left: float = GAME_SECONDS
    seed: int = 0


class RecentDocument(NamedTuple):
    """A drawing of this session.

    Attributes:
        document: with its label, where the user gave one.
        answer: what the network said.
    """

    document: Document
    answer: int | None


class Prompt(NamedTuple):
    """A question that takes a line of text.

    Attributes:
        command: what it is asked for: SAVE, OPEN, EXPORT or FOLDER.
        text: what was typed so far.
    """

    command: Command
    text: str


class Result(NamedTuple):
    """What was read of one file of a folder."""

    name: str
    document: Document | None
    answer: str


BLANK = UndoStack()
RESTING = Replay()
NO_STATUS = StatusMessage("")


@dataclass(frozen=True)
class State:
    """Everything the view shows and the next message builds on.

    Attributes:
        undo_stack: what is on the canvas, and its history.
        other_stack: the undo stack of the other mode, digit or line.
        line_mode: whether the canvas is wide, for a line of digits.
        pen: where the pen was last, on the canvas or beside it; None while it is up.
        eraser: whether the pen takes ink away.
        brush: an index of ``BRUSHES``.
        theme: ``"dark"`` or ``"light"``.
        panel: what is open beside the canvas.
        help: whether the page of keys lies over everything.
        prompt: what the user is asked to type.
        hover, pressed, focus: the controls under the pointer, under the pressed pointer, and of the keyboard.
        tip: whether the pointer has rested on ``hover``.
        ready: whether the network has been warmed up; ``can_learn`` and ``can_read_lines`` say what it can.
        prediction: the newest answer; None where there is none, above all on a blank canvas.
        line: the newest answer to a line of digits.
        error: what went wrong with the network, or None.
        status: the last status message.
        asked, answered, oldest_valid: requests: the newest, the one that was answered, and the first whose answer
            still counts: those before belong to ink that is gone.
        bars: what the ten bars show, on their way to the probabilities.
        explain: the digit to explain; None is whatever the answer is.
        panel_data: what the panel shows, by part: computed by the worker.
        models, model: the weights to choose from, and the number of those in use.
        replay, game, best: see their classes; the best score yet.
        wanted: commands of whose outcome a look is awaited: ``MISTAKES``.
        samples: collected to fine-tune on; ``fine_tuning`` while it runs; ``fine_tuned`` is what the last one did.
        recent: the drawings of this session, the latest last.
        results: of the folder that was read.
        clock: seconds since the start, as far as ticks were asked for; a seed for what is random.
        running: False once the window is to close, with ``exit_status``.
    """

    undo_stack: UndoStack = BLANK
    other_stack: UndoStack = BLANK
    line_mode: bool = False
    pen: Point | None = None
    eraser: bool = False
    brush: int = BRUSHES.index(BRUSH)
    theme: str = "dark"
    panel: Panel | None = None
    help: bool = False
    prompt: Prompt | None = None
    hover: Do | None = None
    pressed: Do | None = None
    focus: Do | None = None
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
    replay: Replay = RESTING
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
        """What lies on the canvas."""
        return self.undo_stack.document

    @property
    def size(self) -> Point:
        """Width and height of the canvas, in canvas units."""
        return (LINE_WIDTH if self.line_mode else CANVAS), CANVAS

    @property
    def shown(self) -> Document:
        """What the canvas shows: in a replay, only the beginning of the ink."""
        if self.panel is Panel.REPLAY and self.replay.position is not None and self.document.strokes:
            return Document(beginning(self.document.strokes, self.replay.position))
        return self.document

    @property
    def probabilities(self) -> tuple[float, ...] | None:
        """The ten, where they are an answer."""
        prediction = self.prediction
        if prediction is None or prediction.label is None or self.line_mode:
            return None
        return tuple(prediction.probabilities.tolist())

    @property
    def animated(self) -> bool:
        """Whether something moves by itself, so that ticks are wanted."""
        return self.bars != (self.probabilities or NO_BARS) or self.replay.playing or self.playing

    @property
    def playing(self) -> bool:
        """Whether a game is going on."""
        return self.game is not None and self.game.left > 0

    @property
    def waits(self) -> bool:
        """Whether an answer is due."""
        return not self.shown.blank and self.answered < self.asked

    def allows(self, do: Do) -> bool:
        """Whether ``do`` would do anything now; a control that would not is dimmed."""
        match do.command:
            case Command.PREDICT | Command.CLEAR:
                return not self.document.blank
            case Command.SAVE | Command.COPY:
                return not self.document.blank
            case Command.UNDO:
                return bool(self.undo_stack.past)
            case Command.REDO:
                return bool(self.undo_stack.future)
            case Command.LINE:
                return self.can_read_lines or self.line_mode
            case Command.THINNER:
                return self.brush > 0
            case Command.THICKER:
                return self.brush < len(BRUSHES) - 1
            case Command.PLAY | Command.SCRUB | Command.STEP:
                return bool(self.document.strokes)
            case Command.DIGIT:
                return bool(self.document.strokes) and self.can_learn and not self.fine_tuning and not self.line_mode
            case Command.LEARN:
                return self.can_learn and bool(self.samples) and not self.fine_tuning
            case Command.UNLEARN:
                return self.can_learn and self.fine_tuned is not None and not self.fine_tuning
            case Command.EXPORT:
                return bool(labelled(self))
            case Command.NEXT_MODEL:
                return len(self.models) > 1
        return True


def labelled(state: State) -> tuple[tuple[Strokes, int], ...]:
    """The drawings of the session, with what they were meant or else read to be."""
    kept = list(state.recent)
    if not state.line_mode and all(each.document.strokes != state.document.strokes for each in kept):
        kept.append(RecentDocument(state.document, None if state.prediction is None else state.prediction.label))
    pairs = [
        (each.document.strokes, each.answer if each.document.label is None else each.document.label) for each in kept
    ]
    return tuple((strokes, label) for strokes, label in pairs if strokes and label is not None)


def knew_at(moments: tuple[ReplayMoment, ...]) -> ReplayMoment | None:
    """When the network knew: from there on it said what it says in the end, and was sure of it."""
    result = None
    for moment in reversed(moments):
        if moment.label is None or moment.label != moments[-1].label or moment.confidence < 0.9:
            break
        result = moment
    return result


def length(state: State) -> int:
    """How many points the ink has, at least 1."""
    return max(1, count(state.document.strokes))

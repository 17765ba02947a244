"""What the window knows, and how each message changes it. Pure: no pygame, no thread, no clock.

Ink is kept as tuples, never changed: a drawing is strokes, a stroke is points, a point is ``(x, y)`` in
canvas units, x to the right and y down. Earlier drawings share their strokes with later ones, so remembering
each of them costs next to nothing, and undo is just turning back.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nn.digits import Prediction

#: Side of the square canvas, in canvas units: ten for each pixel of an MNIST image.
CANVAS = 280.0

Point = tuple[float, float]
Stroke = tuple[Point, ...]
Drawing = tuple[Stroke, ...]


class Command(enum.Enum):
    """What the user can ask for, by a button or by a key."""

    PREDICT = "Predict"
    UNDO = "Undo"
    REDO = "Redo"
    CLEAR = "Clear"
    QUIT = "Quit"


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
    """The pointer is over this button, or over none."""

    button: Command | None


@dataclass(frozen=True)
class Press:
    """The pointer went down on this button."""

    button: Command


@dataclass(frozen=True)
class Release:
    """The pen or pointer went up, over this button or over none."""

    button: Command | None


@dataclass(frozen=True)
class Do:
    """A key asked for this."""

    command: Command


@dataclass(frozen=True)
class Ready:
    """The network has been loaded and compiled, and answers at once from here on."""


@dataclass(frozen=True)
class Answered:
    """The network read the drawing of request ``number``."""

    number: int
    prediction: Prediction


@dataclass(frozen=True)
class Failed:
    """The network could not read the drawing of request ``number`` (0: it failed before any)."""

    number: int
    reason: str


Message = PenDown | PenMove | Hover | Press | Release | Do | Ready | Answered | Failed


@dataclass(frozen=True)
class Recognize:
    """The one effect: the drawing is to be read; requests are numbered from 1."""

    number: int
    drawing: Drawing


@dataclass(frozen=True)
class State:
    """Everything the view shows and the next message builds on.

    Attributes:
        drawing: the ink on the canvas.
        past: the drawings that undo returns to, the latest last.
        future: the drawings that redo returns to, the next last.
        pen: where the pen was last, on the canvas or beside it; None while it is up.
        hover: the button under the pointer.
        pressed: the button the pointer went down on; it acts if the pointer goes up on it too.
        ready: whether the network has been warmed up.
        prediction: the newest answer; None where there is none, above all on a blank canvas.
        error: what went wrong with the network, or None.
        asked: the number of the newest request.
        answered: the number of the request that ``prediction`` answers.
        oldest_valid: answers to requests before this one belong to ink that is gone.
        running: False once the window is to close.
    """

    drawing: Drawing = ()
    past: tuple[Drawing, ...] = ()
    future: tuple[Drawing, ...] = ()
    pen: Point | None = None
    hover: Command | None = None
    pressed: Command | None = None
    ready: bool = False
    prediction: Prediction | None = field(default=None, compare=False)
    error: str | None = None
    asked: int = 0
    answered: int = 0
    oldest_valid: int = 0
    running: bool = True

    def allows(self, command: Command) -> bool:
        """Whether ``command`` would do anything now; a button that would not is dimmed."""
        match command:
            case Command.PREDICT | Command.CLEAR:
                return bool(self.drawing)
            case Command.UNDO:
                return bool(self.past)
            case Command.REDO:
                return bool(self.future)
        return True


def update(state: State, message: Message) -> tuple[State, Recognize | None]:
    """The state after ``message``, and the request to send to the network, if any.

    Every change of the ink asks for an answer, except that a blank canvas has none.
    """
    after = _apply(state, message)
    if after.drawing is not state.drawing:
        after = _ask(after)
    return after, Recognize(after.asked, after.drawing) if after.asked > state.asked else None


def _apply(state: State, message: Message) -> State:
    match message:
        case PenDown(point):
            return _begin(state, point)
        case PenMove(point) if state.pen is not None:
            return _extend(state, state.pen, point)
        case Hover(button):
            return state if button is state.hover else replace(state, hover=button)
        case Press(button):
            return replace(state, pressed=button, hover=button)
        case Release(button):
            chosen = button if button is state.pressed else None
            state = replace(state, pen=None, pressed=None, hover=button)
            return state if chosen is None else _do(state, chosen)
        case Do(command):
            return _do(state, command)
        case Ready():
            return replace(state, ready=True)
        case Answered(number, prediction) if number >= state.oldest_valid:
            return replace(state, ready=True, prediction=prediction, answered=number, error=None)
        case Failed(number, reason) if number >= state.oldest_valid:
            return replace(state, prediction=None, answered=number, error=reason)
    return state


def _ask(state: State) -> State:
    if not state.drawing:
        return replace(state, prediction=None, error=None)
    return replace(state, asked=state.asked + 1)


def _do(state: State, command: Command) -> State:
    if not state.allows(command):
        return state
    match command:
        case Command.PREDICT:
            return _ask(state)
        case Command.CLEAR:
            return _turn_to(state, (), past=(*state.past, state.drawing), future=())
        case Command.UNDO:
            return _turn_to(state, state.past[-1], past=state.past[:-1], future=(*state.future, state.drawing))
        case Command.REDO:
            return _turn_to(state, state.future[-1], past=(*state.past, state.drawing), future=state.future[:-1])
        case Command.QUIT:
            return replace(state, running=False)


def _turn_to(state: State, drawing: Drawing, *, past: tuple[Drawing, ...], future: tuple[Drawing, ...]) -> State:
    """Put another drawing on the canvas: the pen is lifted, and answers still on their way come too late."""
    return replace(state, drawing=drawing, past=past, future=future, pen=None, oldest_valid=state.asked + 1)


def _begin(state: State, point: Point) -> State:
    return replace(
        state,
        drawing=(*state.drawing, (point,)),
        past=(*state.past, state.drawing),
        future=(),
        pen=point,
        hover=None,
    )


def _extend(state: State, start: Point, end: Point) -> State:
    """Draw from ``start`` to ``end`` as far as that is on the canvas: ink is never where it can't be seen.

    A pen that comes back from outside goes on with a new stroke, which undo takes away with the one before.
    """
    if end == start:
        return state
    state = replace(state, pen=end)
    visible = clip_segment(start, end)
    if visible is None:
        return state
    entry, exit_ = visible
    *others, last = state.drawing
    stroke = (*last, exit_) if entry == last[-1] else (entry, exit_)
    kept = others if entry == last[-1] else state.drawing
    return replace(state, drawing=(*kept, stroke))


def clip_segment(start: Point, end: Point) -> tuple[Point, Point] | None:
    """The part of a segment that lies on the canvas, or None (Liang and Barsky, 1984).

    An end that is on the canvas is returned exactly as it is.
    """
    enter, leave = 0.0, 1.0
    for a, b in zip(start, end, strict=True):
        step = b - a
        if step == 0.0:
            if not 0.0 <= a <= CANVAS:
                return None
            continue
        near, far = sorted((-a / step, (CANVAS - a) / step))
        enter, leave = max(enter, near), min(leave, far)
    if enter > leave:
        return None

    def at(part: float) -> Point:
        x, y = (min(max(a + part * (b - a), 0.0), CANVAS) for a, b in zip(start, end, strict=True))
        return x, y

    return start if enter == 0.0 else at(enter), end if leave == 1.0 else at(leave)

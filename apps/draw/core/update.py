"""How each message changes what the window knows, and what it asks of the world. Pure, as ``state`` is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from apps.draw.core import editing as pen
from apps.draw.core import game as games
from apps.draw.core import replay as replaying
from apps.draw.core import teaching
from apps.draw.core.document import BRUSHES
from apps.draw.core.messages import (
    Answered,
    Broken,
    Command,
    CopyPage,
    Do,
    Drawn,
    Effect,
    ExportSession,
    Failed,
    Focus,
    Hover,
    Learned,
    Looked,
    Message,
    Opened,
    OpenedMany,
    OpenFile,
    Panel,
    PastePage,
    PenDown,
    PenMove,
    PickDigit,
    Press,
    Ready,
    Recognize,
    Release,
    Rested,
    Said,
    SaveFile,
    Tick,
    Typed,
    UseModel,
)
from apps.draw.core.state import NO_BARS, Question, Result, State, labelled

#: Of the way that is left, the share that a bar goes in a second is 1 - e^-SPEED.
SPEED = 18.0
#: A bar that is so near has arrived.
NEAR = 0.003

Outcome = tuple[State, tuple[Effect, ...]]

_QUESTIONS = {
    Command.SAVE: "drawing.json",
    Command.OPEN: "",
    Command.EXPORT: "session.npz",
    Command.FOLDER: "",
}


def update(state: State, message: Message) -> Outcome:
    """The state after ``message``, and what is to be done about it.

    Every change of what the canvas shows, or of what the open panel is to show of it, asks for an answer, except that
    a blank canvas has none.
    """
    after, effects = _apply(state, message)
    if after.page is not state.page and after.replay.position is not None:
        after = replace(after, replay=after.replay._replace(position=None, playing=False))
    if _subject(after) != _subject(state) or message == Do(Command.PREDICT):
        after = _ask(after)
    if after.asked > state.asked:
        whole = after.page if after.panel is Panel.REPLAY else None
        effects += (Recognize(after.asked, after.shown, after.row, after.panel, after.explain, whole),)
    return after, effects


def _subject(state: State) -> tuple[object, ...]:
    """What an answer depends on."""
    shown = state.shown
    return shown.strokes, shown.picture, state.panel, state.explain, state.model, state.row, state.mistakes, state.ready


def _ask(state: State) -> State:
    if state.shown.blank and state.panel is not Panel.TRY:
        return replace(state, prediction=None, line=None, error=None, looks=MappingProxyType({}))
    if state.shown.blank:
        state = replace(state, prediction=None, line=None, error=None)
    return replace(state, asked=state.asked + 1)


def _apply(state: State, message: Message) -> Outcome:
    match message:
        case PenDown() | PenMove():
            return pen.moved(state, message), ()
        case Hover() | Press() | Release() | Focus() | Rested():
            return _pointed(state, message)
        case Tick(seconds):
            return _ticked(state, seconds), ()
        case Do(command, value):
            return _do(state, command, value) if state.allows(message) else (state, ())
        case Typed(text) if state.question is not None:
            before = state.question.text
            return replace(
                state, question=state.question._replace(text=before[:-1] if text is None else before + text)
            ), ()
    return _told(state, message), ()


def _pointed(state: State, message: Message) -> Outcome:
    match message:
        case Hover(control):
            return state if control == state.hover else replace(state, hover=control, tip=False), ()
        case Rested():
            return replace(state, tip=state.hover is not None and state.pressed is None), ()
        case Focus(control):
            return replace(state, focus=control), ()
        case Press(control):
            return replace(state, pressed=control, hover=control, tip=False, focus=None), ()
        case Release(control):
            chosen = control if control == state.pressed else None
            state = replace(pen.lifted(state), pressed=None, hover=control)
            dragged = chosen is not None and chosen.command is Command.SCRUB  # which has followed the pointer already
            if chosen is not None and state.allows(chosen) and not dragged:
                return _do(state, *chosen)
    return state, ()


def _told(state: State, message: Message) -> State:
    """What comes from the worker."""
    match message:
        case Ready(learns, reads_rows, models, model):
            return replace(state, ready=True, learns=learns, reads_rows=reads_rows, models=models, model=model)
        case Broken(reason):
            return replace(state, running=False, status=2, error=reason)
        case Answered(number, prediction, line) if number >= state.oldest_valid and not state.shown.blank:
            state = replace(state, prediction=prediction, line=line, answered=number, error=None)
            return games.judged(state)
        case Answered(number):
            return replace(state, answered=max(number, state.answered))
        case Failed(number, reason) if number >= state.oldest_valid:
            return replace(state, prediction=None, line=None, answered=number, error=reason)
        case Looked(number, part, value) if number >= state.oldest_valid or part in ("models", "mistakes"):
            looks = MappingProxyType({**state.looks, part: value})
            state = replace(state, looks=looks)
            return replaying.known(state, number) if part == "moments" else state
        case Said(text, trouble):
            return replace(state, note=text, trouble=trouble, learning=state.learning and not trouble)
        case Opened(page, name):
            return replace(pen.turned_to(state, page), note=f"Opened {name}", trouble=False)
        case OpenedMany(items):
            results = tuple(Result(*item) for item in items)
            return replace(state, results=results, note=f"Read {len(items)} files", trouble=False, panel=Panel.FILES)
        case Drawn(page):
            return pen.turned_to(state, page)
        case Learned(lesson):
            return teaching.learned(state, lesson)
    return state


def _ticked(state: State, seconds: float) -> State:
    target = state.probabilities or NO_BARS
    if state.bars != target:
        rest = 2.718281828459045 ** (-SPEED * seconds)
        bars = tuple(
            goal if abs(goal - bar) * rest < NEAR else goal + (bar - goal) * rest
            for bar, goal in zip(state.bars, target, strict=True)
        )
        state = replace(state, bars=bars)
    return games.ticked(replaying.ticked(state, seconds), seconds)


def _do(state: State, command: Command, value: int | str | None) -> Outcome:
    """Carry out a command that is allowed. What there was to tell of the one before has been read."""
    state = replace(state, note="", trouble=False)
    number = value if isinstance(value, int) else 0
    match command:
        case Command.PREDICT:
            return state, ()
        case Command.CLEAR | Command.UNDO | Command.REDO | Command.ERASER | Command.ROW:
            return pen.did(state, command), ()
        case Command.BRUSH:
            return replace(state, brush=min(max(number, 0), len(BRUSHES) - 1), eraser=False), ()
        case Command.THINNER | Command.THICKER:
            return replace(state, brush=state.brush + (1 if command is Command.THICKER else -1)), ()
        case Command.RECENT if 0 <= number < len(state.recent):
            return pen.turned_to(state, state.recent[number].page), ()
        case Command.PLAY | Command.SCRUB | Command.STEP:
            return replaying.did(state, command, number), ()
        case Command.DIGIT | Command.DROP_SAMPLE | Command.LEARN | Command.UNLEARN:
            return teaching.did(state, command, number)
        case Command.EXPLAIN:
            return replace(state, explain=None if number < 0 else number), ()
        case Command.MODEL | Command.NEXT_MODEL if state.models:
            following = 0 if state.model is None else state.model + 1
            chosen = (number if command is Command.MODEL else following) % len(state.models)
            note = f"Reads with {state.models[chosen].name}"
            state = replace(state, model=chosen, note=note, trouble=False, lesson=None, looks=MappingProxyType({}))
            return replace(state, mistakes=False), (UseModel(chosen),)
        case Command.RANDOM:
            return replace(state, seed=state.seed + 1), (PickDigit(state.seed),)
        case Command.MISTAKES:
            return replace(state, mistakes=True, panel=Panel.TRY), ()
        case Command.MISTAKE:
            found = state.looks.get("mistakes")
            return (pen.turned_to(state, found.pages[number]) if found and number < len(found.pages) else state), ()
        case Command.GAME:
            return games.started(state), ()
        case Command.OPEN if isinstance(value, str):
            return state, (OpenFile(Path(value), state.row),)
        case Command.SAVE | Command.OPEN | Command.EXPORT | Command.FOLDER:
            return replace(state, question=Question(command, _QUESTIONS[command])), ()
        case Command.COPY:
            return state, (CopyPage(state.page, state.size),)
        case Command.PASTE:
            return state, (PastePage(),)
        case Command.CONFIRM if state.question is not None:
            return _answered_question(state, state.question)
    return _arranged(state, command, value), ()


def _arranged(state: State, command: Command, value: int | str | None) -> State:
    """Commands that change what of the window is shown."""
    match command:
        case Command.THEME:
            return replace(state, theme="light" if state.theme == "dark" else "dark")
        case Command.HELP:
            return replace(state, help=not state.help, tip=False)
        case Command.PANEL:
            panel = Panel[str(value)]
            panel_after = None if state.panel is panel else panel
            kept = {name: state.looks[name] for name in ("mistakes",) if name in state.looks}
            state = replace(state, panel=panel_after, focus=None, looks=MappingProxyType(kept))
            return replace(state, replay=state.replay._replace(position=None, playing=False, moments=()))
        case Command.CANCEL:
            return replace(state, question=None)
        case Command.BACK:
            return _back(state)
        case Command.QUIT:
            return replace(state, running=False)
    return state


def _back(state: State) -> State:
    """Close whatever is open, the uppermost first, and at last the window."""
    if state.question is not None:
        return replace(state, question=None)
    if state.help:
        return replace(state, help=False)
    if state.focus is not None:
        return replace(state, focus=None)
    if state.panel is not None:
        return _arranged(state, Command.PANEL, state.panel.name)
    return replace(state, running=False)


def _answered_question(state: State, question: Question) -> Outcome:
    state = replace(state, question=None)
    text = question.text.strip()
    if not text:
        return state, ()
    path = Path(text).expanduser()
    match question.command:
        case Command.SAVE:
            return state, (SaveFile(path, state.page, state.size),)
        case Command.EXPORT:
            return state, (ExportSession(path, labelled(state)),)
    return state, (OpenFile(path, state.row),)

"""How each message changes what the window knows, and what it asks of the world. Pure, as ``state`` is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from apps.draw.core import editing, game, replay, teaching
from apps.draw.core.document import BRUSHES
from apps.draw.core.messages import (
    Answered,
    Command,
    CopyDocument,
    Do,
    Effect,
    ExportSession,
    Failed,
    FineTuned,
    Focus,
    FolderRead,
    Hover,
    HoverTimeout,
    ImagePicked,
    LoadFailed,
    Message,
    Opened,
    OpenFile,
    PanelData,
    PasteDocument,
    PenDown,
    PenMove,
    PickTestImage,
    Press,
    Ready,
    Recognize,
    Release,
    SaveFile,
    StatusMessage,
    Tick,
    Typed,
    UseModel,
)
from apps.draw.core.panels import Panel
from apps.draw.core.state import NO_BARS, NO_STATUS, Prompt, Result, State, labelled

#: Of the way that is left, the share that a bar goes in a second is 1 - e^-SPEED.
SPEED = 18.0
#: A bar that is so near has arrived.
NEAR = 0.003

Outcome = tuple[State, tuple[Effect, ...]]

_PROMPTS = {
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
    if after.document is not state.document and after.replay.position is not None:
        after = replace(after, replay=after.replay._replace(position=None, playing=False))
    if _subject(after) != _subject(state) or message == Do(Command.PREDICT):
        after = _ask(after)
    if after.asked > state.asked:
        whole = after.document if after.panel is Panel.REPLAY else None
        effects += (Recognize(after.asked, after.shown, after.line_mode, after.panel, after.explain, whole),)
    return after, effects


def _subject(state: State) -> tuple[object, ...]:
    """What an answer depends on."""
    shown = state.shown
    return (
        shown.strokes,
        shown.picture,
        state.panel,
        state.explain,
        state.model,
        state.line_mode,
        state.show_errors,
        state.ready,
    )


def _ask(state: State) -> State:
    if state.shown.blank and (state.panel is None or state.panel.value.needs_ink):
        return replace(state, prediction=None, line=None, error=None, panel_data=MappingProxyType({}))
    if state.shown.blank:
        state = replace(state, prediction=None, line=None, error=None)
    return replace(state, asked=state.asked + 1)


def _apply(state: State, message: Message) -> Outcome:
    match message:
        case PenDown() | PenMove():
            return editing.on_pen(state, message), ()
        case Hover() | Press() | Release() | Focus() | HoverTimeout():
            return _on_pointer(state, message)
        case Tick(seconds):
            return _on_tick(state, seconds), ()
        case Do(command, value):
            return _do(state, command, value) if state.allows(message) else (state, ())
        case Typed(text) if state.prompt is not None:
            before = state.prompt.text
            return replace(state, prompt=state.prompt._replace(text=before[:-1] if text is None else before + text)), ()
    return _on_worker_event(state, message), ()


def _on_pointer(state: State, message: Message) -> Outcome:
    match message:
        case Hover(control):
            return state if control == state.hover else replace(state, hover=control, tip=False), ()
        case HoverTimeout():
            return replace(state, tip=state.hover is not None and state.pressed is None), ()
        case Focus(control):
            return replace(state, focus=control), ()
        case Press(control):
            return replace(state, pressed=control, hover=control, tip=False, focus=None), ()
        case Release(control):
            chosen = control if control == state.pressed else None
            state = replace(editing.on_pen_up(state), pressed=None, hover=control)
            dragged = chosen is not None and chosen.command is Command.SCRUB  # which has followed the pointer already
            if chosen is not None and state.allows(chosen) and not dragged:
                return _do(state, *chosen)
    return state, ()


def _on_worker_event(state: State, message: Message) -> State:
    """What comes from the worker."""
    match message:
        case Ready(can_learn, can_read_lines, models, model):
            return replace(
                state, ready=True, can_learn=can_learn, can_read_lines=can_read_lines, models=models, model=model
            )
        case LoadFailed(reason):
            return replace(state, running=False, exit_status=2, error=reason)
        case Answered(number, prediction, line) if number >= state.oldest_valid and not state.shown.blank:
            state = replace(state, prediction=prediction, line=line, answered=number, error=None)
            return game.on_answer(state)
        case Answered(number):
            return replace(state, answered=max(number, state.answered))
        case Failed(number, reason) if number >= state.oldest_valid:
            return replace(state, prediction=None, line=None, answered=number, error=reason)
        case PanelData(number, part, value) if number >= state.oldest_valid or part in ("models", "errors"):
            panel_data = MappingProxyType({**state.panel_data, part: value})
            state = replace(state, panel_data=panel_data)
            return replay.on_moments(state, number) if part == "moments" else state
        case StatusMessage():
            return replace(state, status=message, fine_tuning=state.fine_tuning and not message.error)
        case Opened(document, name):
            return replace(editing.show_document(state, document), status=StatusMessage(f"Opened {name}"))
        case FolderRead(items):
            results = tuple(Result(*item) for item in items)
            return replace(state, results=results, status=StatusMessage(f"Read {len(items)} files"), panel=Panel.FILES)
        case ImagePicked(document):
            return editing.show_document(state, document)
        case FineTuned(result):
            return teaching.on_fine_tuned(state, result)
    return state


def _on_tick(state: State, seconds: float) -> State:
    target = state.probabilities or NO_BARS
    if state.bars != target:
        rest = 2.718281828459045 ** (-SPEED * seconds)
        bars = tuple(
            goal if abs(goal - bar) * rest < NEAR else goal + (bar - goal) * rest
            for bar, goal in zip(state.bars, target, strict=True)
        )
        state = replace(state, bars=bars)
    return game.on_tick(replay.on_tick(state, seconds), seconds)


def _do(state: State, command: Command, value: int | str | None) -> Outcome:
    """Carry out a command that is allowed. What there was to tell of the one before has been read."""
    state = replace(state, status=NO_STATUS)
    number = value if isinstance(value, int) else 0
    match command:
        case Command.PREDICT:
            return state, ()
        case Command.CLEAR | Command.UNDO | Command.REDO | Command.ERASER | Command.LINE:
            return editing.did(state, command), ()
        case Command.BRUSH:
            return replace(state, brush=min(max(number, 0), len(BRUSHES) - 1), eraser=False), ()
        case Command.THINNER | Command.THICKER:
            return replace(state, brush=state.brush + (1 if command is Command.THICKER else -1)), ()
        case Command.RECENT if 0 <= number < len(state.recent):
            return editing.show_document(state, state.recent[number].document), ()
        case Command.PLAY | Command.SCRUB | Command.STEP:
            return replay.did(state, command, number), ()
        case Command.DIGIT | Command.DROP_SAMPLE | Command.LEARN | Command.UNLEARN:
            return teaching.did(state, command, number)
        case Command.EXPLAIN:
            return replace(state, explain=None if number < 0 else number), ()
        case Command.MODEL | Command.NEXT_MODEL if state.models:
            following = 0 if state.model is None else state.model + 1
            chosen = (number if command is Command.MODEL else following) % len(state.models)
            note = f"Reads with {state.models[chosen].name}"
            state = replace(
                state, model=chosen, status=StatusMessage(note), fine_tuned=None, panel_data=MappingProxyType({})
            )
            return replace(state, show_errors=False), (UseModel(chosen),)
        case Command.RANDOM:
            return replace(state, seed=state.seed + 1), (PickTestImage(state.seed),)
        case Command.MISTAKES:
            return replace(state, show_errors=True, panel=Panel.TRY_ME), ()
        case Command.MISTAKE:
            found = state.panel_data.get("errors")
            return (
                editing.show_document(state, found.documents[number])
                if found and number < len(found.documents)
                else state
            ), ()
        case Command.GAME:
            return game.start(state), ()
        case Command.OPEN if isinstance(value, str):
            return state, (OpenFile(Path(value), state.line_mode),)
        case Command.SAVE | Command.OPEN | Command.EXPORT | Command.FOLDER:
            return replace(state, prompt=Prompt(command, _PROMPTS[command])), ()
        case Command.COPY:
            return state, (CopyDocument(state.document, state.size),)
        case Command.PASTE:
            return state, (PasteDocument(),)
        case Command.CONFIRM if state.prompt is not None:
            return _on_prompt_answer(state, state.prompt)
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
            kept = {name: state.panel_data[name] for name in ("errors",) if name in state.panel_data}
            state = replace(state, panel=panel_after, focus=None, panel_data=MappingProxyType(kept))
            return replace(state, replay=state.replay._replace(position=None, playing=False, moments=()))
        case Command.CANCEL:
            return replace(state, prompt=None)
        case Command.BACK:
            return _back(state)
        case Command.QUIT:
            return replace(state, running=False)
    return state


def _back(state: State) -> State:
    """Close whatever is open, the uppermost first, and at last the window."""
    if state.prompt is not None:
        return replace(state, prompt=None)
    if state.help:
        return replace(state, help=False)
    if state.focus is not None:
        return replace(state, focus=None)
    if state.panel is not None:
        return _arranged(state, Command.PANEL, state.panel.name)
    return replace(state, running=False)


def _on_prompt_answer(state: State, prompt: Prompt) -> Outcome:
    state = replace(state, prompt=None)
    text = prompt.text.strip()
    if not text:
        return state, ()
    path = Path(text).expanduser()
    match prompt.command:
        case Command.SAVE:
            return state, (SaveFile(path, state.document, state.size),)
        case Command.EXPORT:
            return state, (ExportSession(path, labelled(state)),)
    return state, (OpenFile(path, state.line_mode),)

"""Files and the clipboard: each action asks the worker, or first the user for a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from apps.draw.core.document import Strokes
from apps.draw.core.effects import CopyDocument, Effect, ExportSession, OpenFile, PasteDocument, SaveFile
from apps.draw.core.state import Action, Prompt, RecentDocument, State

Outcome = tuple[State, tuple[Effect, ...]]


def labelled(state: State) -> tuple[tuple[Strokes, int], ...]:
    """The drawings of the session, with the label that the user gave or else the predicted one."""
    recent = list(state.recent)
    if not state.line_mode and all(each.document.strokes != state.document.strokes for each in recent):
        recent.append(RecentDocument(state.document, None if state.prediction is None else state.prediction.label))
    pairs = [(each.document.strokes, each.label) for each in recent]
    return tuple((strokes, label) for strokes, label in pairs if strokes and label is not None)


def _ask(question: str, text: str, perform: Callable[[State, Path], Outcome]) -> Callable[[State], State]:
    return lambda state: replace(state, prompt=Prompt(question, text, perform))


def _save(state: State, path: Path) -> Outcome:
    return state, (SaveFile(path, state.document, state.size),)


def _open(state: State, path: Path) -> Outcome:
    return state, (OpenFile(path, state.line_mode),)


def _export(state: State, path: Path) -> Outcome:
    return state, (ExportSession(path, labelled(state)),)


def _confirm(state: State) -> State | Outcome:
    if state.prompt is None:
        return state
    text, perform = state.prompt.text.strip(), state.prompt.perform
    state = replace(state, prompt=None)
    return perform(state, Path(text).expanduser()) if text else state


def _has_document(state: State) -> bool:
    return not state.document.blank


SAVE = Action(
    "Save", _ask("Save as (.json keeps the strokes, .png the picture):", "drawing.json", _save), ("Ctrl+S",),
    tip="As .json (the strokes) or .png (what it looks like)", enabled=_has_document, group="Files",
)  # fmt: skip
OPEN = Action(
    "Open", _ask("Open which drawing, picture or folder?", "", _open), ("Ctrl+O",),
    tip="A drawing or a picture; or drop one on the window", group="Files",
)  # fmt: skip
#: Its value is a path.
OPEN_PATH = Action("Open a file", lambda state, path: _open(state, Path(path)))
COPY = Action(
    "Copy", lambda state: (state, (CopyDocument(state.document, state.size),)), ("Ctrl+C",),
    tip="The drawing, as a picture", enabled=_has_document, group="Files",
)  # fmt: skip
PASTE = Action(
    "Paste", lambda state: (state, (PasteDocument(),)), ("Ctrl+V",), tip="A picture from the clipboard", group="Files",
)  # fmt: skip
EXPORT = Action(
    "Export session", _ask("Export the session as a stroke set (.npz):", "session.npz", _export), ("Ctrl+E",),
    tip="All drawings of the session, as a set for `digits evaluate --strokes`", group="Files",
    enabled=lambda state: bool(labelled(state)),
)  # fmt: skip
FOLDER = Action(
    "Read a folder", _ask("Read which folder of drawings and pictures?", "", _open), ("Ctrl+D",),
    tip="All its drawings and pictures at once", group="Files",
)  # fmt: skip
CONFIRM = Action("OK", _confirm, tip="Use this name")
CANCEL = Action("Cancel", lambda state: replace(state, prompt=None), tip="Close this question")

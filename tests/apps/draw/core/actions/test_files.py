"""Prompts, files and the clipboard."""

from pathlib import Path

from apps.draw.core import actions
from apps.draw.core.actions.files import labelled
from apps.draw.core.document import BrushStroke, Document
from apps.draw.core.effects import (
    CopyDocument,
    ExportSession,
    OpenFile,
    PasteDocument,
    SaveFile,
)
from apps.draw.core.messages import (
    Answered,
    FolderRead,
    Opened,
    PenDown,
    Release,
    Typed,
)
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.core.state import FileResult, Perform
from tests.apps.draw.core.play import ABLE, DOT, LINE, play, prediction_of


def test_prompts_and_files(tmp_path):
    state, effects = play(ABLE, *LINE, Perform(actions.SAVE))
    assert state.prompt.text == "drawing.json"
    state, effects = play(*[Typed(None)] * 12, Typed("a"), Typed(".png"), Perform(actions.CONFIRM), state=state)
    assert effects == [SaveFile(Path("a.png"), state.document, state.size)]
    assert state.prompt is None
    _, effects = play(Perform(actions.OPEN), Typed("b.json"), Perform(actions.CONFIRM), state=state)
    assert effects == [OpenFile(Path("b.json"))]
    assert play(Perform(actions.OPEN_PATH, "c.png"), state=state)[1] == [OpenFile(Path("c.png"))]
    assert play(Perform(actions.OPEN), Perform(actions.CONFIRM), state=state)[1] == []
    assert play(Perform(actions.OPEN), Typed("x"), Perform(actions.CANCEL), state=state)[0].prompt is None
    assert play(Perform(actions.COPY), state=state)[1] == [CopyDocument(state.document, state.size)]
    assert play(Perform(actions.PASTE), state=state)[1] == [PasteDocument()]
    document = Document((BrushStroke(Points(((1.0, 1.0),))),))
    opened, effects = play(Opened(document, "b.json"), state=state)
    assert (opened.document, opened.status.text) == (document, "Opened b.json")
    assert len(effects) == 1
    many, _ = play(
        FolderRead((FileResult("a.png", document, "7  99%"), FileResult("b.png", None, "broken"))), state=state
    )
    assert [result.name for result in many.results] == ["a.png", "b.png"]
    assert many.panel is Panel.FILES


def test_the_session_is_exported_with_labels_or_answers():
    state, _ = play(ABLE, *LINE, Answered(2, prediction_of(4)), Perform(actions.CLEAR))
    state, _ = play(*DOT, Perform(actions.CLEAR), state=state)  # had no answer: left out
    state, _ = play(PenDown((9.0, 9.0)), Release(None), Perform(actions.LABEL, 6), state=state)
    assert [label for _, label in labelled(state)] == [4, 6]
    _, effects = play(Perform(actions.EXPORT), Perform(actions.CONFIRM), state=state)
    assert effects == [ExportSession(Path("session.npz"), labelled(state))]

"""The window's state: what each message makes of it, without any window."""

import sys
from pathlib import Path
from subprocess import run
from types import SimpleNamespace

import numpy as np
import pytest

from apps.draw.core import actions
from apps.draw.core.actions.files import labelled
from apps.draw.core.document import BRUSHES, CANVAS, LINE_WIDTH, BrushStroke, Document, Picture
from apps.draw.core.effects import (
    CopyDocument,
    ExportSession,
    FineTune,
    OpenFile,
    PasteDocument,
    PickTestImage,
    Recognize,
    SaveFile,
    UndoFineTune,
    UseModel,
)
from apps.draw.core.messages import (
    Answered,
    Failed,
    FineTuned,
    Focus,
    FolderRead,
    Hover,
    HoverTimeout,
    LoadFailed,
    Opened,
    PanelData,
    PenDown,
    PenMove,
    Press,
    Ready,
    Release,
    Tick,
    Typed,
)
from apps.draw.core.panel_data import Misclassified, ReplayMoment, known_from
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.core.state import GAME_SECONDS, NO_BARS, ModelFile, Perform, State, StatusMessage
from apps.draw.core.update import update
from tests.apps.draw import memory

LINE = (PenDown((10.0, 10.0)), PenMove((20.0, 10.0)), Release(None))
DOT = (PenDown((50.0, 60.0)), Release(None))
ABLE = Ready(True, True, (ModelFile("a", 1), ModelFile("b", 2)), 0)


def said(label, confidence=0.91):
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[label or 0] = confidence
    return SimpleNamespace(label=label, probabilities=probabilities, confidence=confidence, reason=None)


def play(*messages, state=None):
    """The state after some messages, and the effects they had."""
    state = State() if state is None else state
    effects = []
    for message in messages:
        state, more = update(state, message)
        effects += more
    return state, effects


def points(state):
    return tuple(tuple(stroke.points) for stroke in state.document.strokes)


def test_it_needs_no_pygame():
    loaded = "import sys, apps.draw.core.update, apps.draw.engine.worker; sys.exit('pygame' in sys.modules)"
    assert run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_a_tap_is_a_stroke_of_one_point():
    state, effects = play(*DOT)
    assert points(state) == (((50.0, 60.0),),)
    assert effects == [Recognize(1, state.document)]


def test_every_movement_extends_the_stroke_and_asks():
    state, effects = play(PenDown((1.0, 2.0)), PenMove((3.0, 4.0)), PenMove((5.0, 6.0)), Release(None))
    assert points(state) == (((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)),)
    assert [effect.number for effect in effects] == [1, 2, 3]
    assert effects[-1].document == state.document


def test_a_pen_that_is_up_or_rests_draws_nothing():
    assert play(PenMove((3.0, 4.0))) == (State(), [])
    state, effects = play(PenDown((1.0, 2.0)), PenMove((1.0, 2.0)))
    assert points(state) == (((1.0, 2.0),),)
    assert len(effects) == 1


def test_a_line_stops_at_the_edge_and_goes_on_where_it_comes_back():
    state, _ = play(
        PenDown((270.0, 100.0)),
        PenMove((290.0, 100.0)),
        PenMove((300.0, 200.0)),
        PenMove((260.0, 200.0)),
        Release(None),
    )
    assert points(state) == (((270.0, 100.0), (280.0, 100.0)), ((280.0, 200.0), (260.0, 200.0)))
    assert play(Perform(actions.UNDO), state=state)[0].document.blank


def test_undo_and_redo_go_stroke_by_stroke_without_limit():
    state, _ = play(*(LINE * 50))
    drawn = [state.document]
    for left in reversed(range(50)):
        state, _ = play(Perform(actions.UNDO), state=state)
        assert len(state.document.strokes) == left
        drawn.append(state.document)
    assert play(Perform(actions.UNDO), state=state) == (state, [])
    for document in reversed(drawn[:-1]):
        state, _ = play(Perform(actions.REDO), state=state)
        assert state.document == document
    assert play(Perform(actions.REDO), state=state) == (state, [])


def test_clear_can_be_undone_and_new_ink_ends_redo():
    drawn, _ = play(*LINE, *DOT)
    state, effects = play(Perform(actions.CLEAR), state=drawn)
    assert (state.document.blank, effects) == (True, [])
    state, effects = play(Perform(actions.UNDO), state=state)
    assert state.document == drawn.document
    assert len(effects) == 1
    state, _ = play(Perform(actions.UNDO), *DOT, state=state)
    assert not actions.REDO.enabled(state)


def test_undo_lifts_the_pen():
    state, _ = play(PenDown((1.0, 2.0)), PenMove((3.0, 4.0)), Perform(actions.UNDO), PenMove((5.0, 6.0)))
    assert state.document.blank


def test_the_brush_is_kept_with_the_stroke():
    state, _ = play(*LINE, Perform(actions.THICKER), *DOT, Perform(actions.BRUSH, 0), *DOT)
    assert [stroke.width for stroke in state.document.strokes] == [20.0, 28.0, BRUSHES[0]]
    for _ in BRUSHES:
        state, _ = play(Perform(actions.THICKER), state=state)
    assert state.brush == len(BRUSHES) - 1
    assert not actions.THICKER.enabled(state)


def test_the_eraser_takes_ink_and_undo_brings_it_back():
    drawn, _ = play(PenDown((10.0, 50.0)), PenMove((200.0, 50.0)), Release(None))
    state, effects = play(
        Perform(actions.ERASER), PenDown((100.0, 20.0)), PenMove((100.0, 90.0)), Release(None), state=drawn
    )
    assert [(stroke[0], stroke[-1]) for stroke in points(state)] == [
        ((10.0, 50.0), (86.0, 50.0)),
        ((114.0, 50.0), (200.0, 50.0)),
    ]
    assert isinstance(effects[-1], Recognize)
    assert play(Perform(actions.UNDO), state=state)[0].document == drawn.document


def test_an_eraser_that_takes_nothing_leaves_no_trace():
    drawn, _ = play(*LINE, Perform(actions.ERASER))
    state, effects = play(PenDown((200.0, 200.0)), PenMove((210.0, 200.0)), Release(None), state=drawn)
    assert (state.undo_stack.past, effects) == (drawn.undo_stack.past, [])
    assert state.document is drawn.document


def test_a_blank_canvas_asks_nothing_and_has_no_answer():
    assert play(Perform(actions.PREDICT), Perform(actions.CLEAR), Perform(actions.UNDO)) == (State(), [])
    state, _ = play(*DOT, Answered(1, said(3)), Perform(actions.CLEAR))
    assert state.prediction is None


def test_answers_to_ink_that_is_gone_are_dropped():
    prediction = said(3)
    state, _ = play(*LINE, Perform(actions.CLEAR), Answered(2, prediction))
    assert state.prediction is None
    state, (request,) = play(*DOT, state=state)
    state, _ = play(Answered(1, prediction), Failed(1, "late"), state=state)
    assert (state.prediction, state.error) == (None, None)
    state, _ = play(Answered(request.number, prediction), state=state)
    assert state.prediction is prediction


def test_answers_to_ink_that_was_undone_are_dropped():
    state, _ = play(*DOT, *DOT, Perform(actions.UNDO), Answered(2, said(3)))
    assert state.prediction is None


def test_an_answer_stays_while_the_stroke_grows():
    prediction = said(3)
    state, _ = play(PenDown((1.0, 2.0)), Answered(1, prediction), PenMove((3.0, 4.0)))
    assert state.prediction is prediction


def test_a_failure_is_shown_until_an_answer_comes():
    state, _ = play(*DOT, Answered(1, said(3)), Perform(actions.PREDICT), Failed(2, "broken"))
    assert (state.prediction, state.error) == (None, "broken")
    state, _ = play(Perform(actions.PREDICT), Answered(3, said(3)), state=state)
    assert (state.prediction.label, state.error) == (3, None)


def test_weights_that_are_broken_close_the_window():
    state, _ = play(LoadFailed("a.npz: not weights"))
    assert (state.running, state.exit_status, state.error) == (False, 2, "a.npz: not weights")


def test_what_is_drawn_before_the_network_is_ready_is_read_then():
    state, effects = play(*DOT, Ready())
    assert [effect.number for effect in effects] == [1, 2]
    assert state.ready


def test_bars_move_to_the_probabilities_and_stop():
    state, _ = play(*DOT, Answered(1, said(3)))
    assert state.bars == NO_BARS
    seen = []
    for _ in range(200):
        if not state.animated:
            break
        state, _ = play(Tick(1 / 60), state=state)
        seen.append(state.bars[3])
    assert seen == sorted(seen)
    assert 2 < len(seen) < 60
    assert state.bars == pytest.approx(said(3).probabilities.tolist())
    assert 0 < seen[0] < 0.5


def test_a_control_acts_when_the_pointer_goes_up_on_it():
    clear, undo = Perform(actions.CLEAR), Perform(actions.UNDO)
    drawn, _ = play(*DOT)
    state, _ = play(Hover(clear), Press(clear), state=drawn)
    assert (state.document, state.pressed) == (drawn.document, clear)
    assert play(Release(clear), state=state)[0].document.blank
    for elsewhere in (None, undo):
        after, effects = play(Release(elsewhere), state=state)
        assert (after.document, after.pressed, effects) == (drawn.document, None, [])
    assert play(Release(clear), state=drawn)[0].document == drawn.document


def test_a_tip_comes_when_the_pointer_rests_and_goes_when_it_moves():
    state, _ = play(Hover(Perform(actions.CLEAR)), HoverTimeout())
    assert state.tip
    assert not play(Hover(Perform(actions.UNDO)), state=state)[0].tip
    assert not play(HoverTimeout())[0].tip


def test_escape_closes_what_is_open_before_the_window():
    state, _ = play(
        Perform(actions.TOGGLE_PANEL[Panel.INSIDE]),
        Focus(Perform(actions.UNDO)),
        Perform(actions.HELP),
        Perform(actions.SAVE),
    )
    assert state.prompt is None  # there is nothing to save
    state, _ = play(*DOT, Perform(actions.SAVE), state=state)
    open_things = []
    while state.running:
        open_things.append((state.prompt is not None, state.help, state.panel is not None))
        state, _ = play(Perform(actions.BACK), state=state)
    assert open_things == [(True, True, True), (False, True, True), (False, False, True), (False, False, False)]


def test_rows_have_a_sheet_of_their_own():
    assert not play(Perform(actions.LINE))[0].line_mode  # these weights read single digits
    state, effects = play(ABLE, *DOT, Perform(actions.LINE), PenDown((1000.0, 100.0)), Release(None))
    assert (state.size, points(state)) == ((LINE_WIDTH, CANVAS), (((1000.0, 100.0),),))
    assert effects[-1].line_mode
    line = SimpleNamespace(text="17", digits=())
    state, _ = play(Answered(effects[-1].number, None, line), state=state)
    assert state.line.text == "17"
    state, effects = play(Perform(actions.LINE), state=state)
    assert (points(state), effects[-1].line_mode) == ((((50.0, 60.0),),), False)


def test_a_panel_is_asked_for_with_the_page():
    state, effects = play(*DOT, Perform(actions.TOGGLE_PANEL[Panel.INSIDE]), Perform(actions.EXPLAIN, 4))
    assert [(effect.panel, effect.explain) for effect in effects] == [
        (None, None),
        (Panel.INSIDE, None),
        (Panel.INSIDE, 4),
    ]
    state, _ = play(PanelData(3, "maps", "seen"), state=state)
    assert state.panel_data["maps"] == "seen"
    state, _ = play(Perform(actions.UNDO), PanelData(3, "maps", "late"), state=state)
    assert not state.panel_data


def test_models_are_chosen_by_number_or_one_after_another():
    state, effects = play(
        ABLE, *DOT, Perform(actions.NEXT_MODEL), Perform(actions.NEXT_MODEL), Perform(actions.MODEL, 1)
    )
    assert [effect.number for effect in effects if isinstance(effect, UseModel)] == [1, 0, 1]
    assert isinstance(effects[-1], Recognize)  # the other network is asked, too
    assert state.model == 1


def test_a_replay_shows_the_beginning_of_the_ink_and_ends():
    drawn, _ = play(PenDown((0.0, 0.0)), *(PenMove((float(x), 0.0)) for x in range(1, 100)), Release(None))
    state, effects = play(Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), Perform(actions.SCRUB, 500), state=drawn)
    assert len(state.shown.strokes[0].points) == 50
    assert effects[-1].document == state.shown
    assert effects[-1].whole == drawn.document
    state, _ = play(Perform(actions.STEP_BACK), state=state)
    assert len(state.shown.strokes[0].points) == 45
    state, _ = play(Perform(actions.PLAY), Tick(0.1), state=state)
    assert len(state.shown.strokes[0].points) == 57
    state, _ = play(Perform(actions.PLAY), Tick(0.1), state=state)  # paused
    assert len(state.shown.strokes[0].points) == 57
    state, _ = play(Perform(actions.PLAY), *[Tick(0.1)] * 10, state=state)
    assert (state.shown, state.replay.playing) == (Document(drawn.document.strokes), False)
    assert play(Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), state=state)[0].shown == drawn.document


def test_drawing_on_ends_a_replay():
    state, _ = play(*LINE, Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), Perform(actions.SCRUB, 100), *DOT)
    assert state.replay.position is None
    assert len(state.shown.strokes) == 2


def test_when_it_knew():
    moments = tuple(
        ReplayMoment(n, label, sure, sure)
        for n, (label, sure) in enumerate([(1, 0.99), (7, 0.95), (7, 0.5), (7, 0.93), (7, 0.99)])
    )
    assert known_from(moments).points == 3
    assert known_from(()) is None
    assert known_from((ReplayMoment(1, 7, 0.5, 0.5),)) is None
    state, _ = play(*LINE, Perform(actions.TOGGLE_PANEL[Panel.REPLAY]), PanelData(1, "moments", moments))
    assert state.replay.moments == moments


def test_a_game_counts_what_is_read_as_it_was_asked_for():
    state, _ = play(ABLE, *LINE, Perform(actions.GAME))
    assert state.document.blank
    assert (state.panel, state.game.left) == (Panel.TRY_ME, GAME_SECONDS)
    target = state.game.target
    state, effects = play(*DOT, Answered(state.asked + 1, said((target + 1) % 10)), state=state)
    assert state.game.score == 0
    state, _ = play(Answered(effects[-1].number, said(target, 0.5)), state=state)
    assert state.game.score == 0
    state, _ = play(Answered(effects[-1].number, said(target, 0.9)), state=state)
    assert (state.game.score, state.document.blank) == (1, True)
    assert state.game.target != target
    assert state.recent[-1].document.label == target
    state, _ = play(*[Tick(1.0)] * 61, state=state)
    assert (state.playing, state.best) == (False, 1)
    again, _ = play(Perform(actions.GAME), state=state)
    assert (again.game.score, again.best) == (0, 1)


def test_a_game_waits_for_the_pen():
    state, _ = play(ABLE, Perform(actions.GAME))
    state, effects = play(PenDown((5.0, 5.0)), PenMove((9.0, 9.0)), state=state)
    state, _ = play(Answered(effects[-1].number, said(state.game.target)), state=state)
    assert state.game.score == 0


def test_digits_of_mnist_and_mistakes_come_on_the_canvas():
    document = Document(picture=Picture(np.zeros((28, 28), np.uint8), "one", prepared=True), label=5)
    state, effects = play(Perform(actions.RANDOM), Perform(actions.RANDOM))
    assert all(isinstance(effect, PickTestImage) for effect in effects)
    assert effects[0] != effects[1]
    state, effects = play(Opened(document), state=state)
    assert (state.document, effects[-1].document) == (document, document)
    state, effects = play(Perform(actions.ERRORS), state=State())
    assert effects[-1].panel is Panel.TRY_ME  # on a blank canvas, too
    state, _ = play(PanelData(1, "errors", Misclassified((document,), (3,))), Perform(actions.ERROR, 0), state=state)
    assert state.document is document
    state, _ = play(*DOT, state=state)  # ink is a new document
    assert state.document.picture is None
    assert play(Perform(actions.UNDO), state=state)[0].document is document


def test_teaching():
    state, _ = play(*LINE, Perform(actions.LABEL, 7))
    assert state.samples == ()  # this recognizer can't learn
    state, _ = play(ABLE, *LINE, Perform(actions.LABEL, 1), Perform(actions.LABEL, 7))
    assert state.samples == ((state.document.strokes, 7),)
    state, _ = play(Perform(actions.CLEAR), *DOT, Perform(actions.LABEL, 0), state=state)
    assert [label for _, label in state.samples] == [7, 0]
    state, effects = play(Perform(actions.LEARN), state=state)
    assert effects == [FineTune(state.samples)]
    assert state.fine_tuning
    assert not actions.LEARN.enabled(state)
    lesson = SimpleNamespace(before=0.5, after=1.0, seconds=2.0)
    state, effects = play(FineTuned(lesson), state=state)
    assert (state.fine_tuned, state.fine_tuning) == (lesson, False)
    assert "50%" in state.status.text
    assert isinstance(effects[-1], Recognize)  # what does it say now?
    state, effects = play(Perform(actions.UNLEARN), state=state)
    assert effects == [UndoFineTune()]
    state, _ = play(FineTuned(None), Perform(actions.DROP_SAMPLE, 0), state=state)
    assert (state.fine_tuned, [label for _, label in state.samples]) == (None, [0])


def test_a_lesson_that_fails_is_over():
    state, _ = play(ABLE, *LINE, Perform(actions.LABEL, 1), Perform(actions.LEARN), StatusMessage("no", error=True))
    assert (state.fine_tuning, state.status.text) == (False, "no")


def test_the_session_keeps_what_was_cleared_and_clicks_back():
    state, _ = play(*LINE, Answered(1, said(4)), Perform(actions.CLEAR), *DOT, Perform(actions.CLEAR))
    assert [kept.answer for kept in state.recent] == [4, None]
    first = state.recent[0].document
    state, _ = play(Perform(actions.RECENT, 0), state=state)
    assert state.document == first
    state, _ = play(Perform(actions.CLEAR), state=state)
    assert len(state.recent) == 2  # it is kept already


def test_questions_and_files(tmp_path):
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
    many, _ = play(FolderRead((("a.png", document, "7  99%"), ("b.png", None, "broken"))), state=state)
    assert [result.name for result in many.results] == ["a.png", "b.png"]
    assert many.panel is Panel.FILES


def test_the_session_is_exported_with_what_is_meant_or_read():
    state, _ = play(ABLE, *LINE, Answered(2, said(4)), Perform(actions.CLEAR))
    state, _ = play(*DOT, Perform(actions.CLEAR), state=state)  # had no answer: left out
    state, _ = play(PenDown((9.0, 9.0)), Release(None), Perform(actions.LABEL, 6), state=state)
    assert [label for _, label in labelled(state)] == [4, 6]
    _, effects = play(Perform(actions.EXPORT), Perform(actions.CONFIRM), state=state)
    assert effects == [ExportSession(Path("session.npz"), labelled(state))]


def test_the_theme_and_quitting():
    state, _ = play(Perform(actions.THEME))
    assert state.theme == "light"
    assert play(Perform(actions.THEME), state=state)[0].theme == "dark"
    assert not play(Perform(actions.QUIT))[0].running


def test_undo_remembers_a_stroke_in_little_more_than_its_ink():
    moves, strokes = 60, 10
    state = State()
    for _ in range(strokes):
        line = (PenMove((10.0 + 0.37 * number, 20.0)) for number in range(1, moves))
        state, _ = play(PenDown((10.0, 20.0)), *line, Release(None), Perform(actions.CLEAR), state=state)
    assert len(state.undo_stack.past) == 2 * strokes
    assert memory.deep_size([state.undo_stack]) < strokes * (16 * moves + 500)


def test_what_pages_share_counts_once():
    state, _ = play(*LINE, *DOT)
    before, after = state.undo_stack.past[-1], state.document
    assert before.strokes[0] is after.strokes[0]
    shared = memory.deep_size(before.strokes)
    assert shared > 2 * 16
    both = memory.deep_size([before, after])
    assert both == memory.deep_size([before]) + memory.deep_size([after]) - shared


def test_a_picture_counts_as_its_pixels():
    document = Document(picture=Picture(np.zeros((300, 400), np.uint8), "a"))
    assert memory.deep_size([document, document]) == pytest.approx(300 * 400, abs=1000)

"""Actions that edit the document: pen, eraser, undo and redo, brushes, line mode and recent drawings."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from apps.draw.core.document import BRUSHES, BrushStroke, Document
from apps.draw.core.eraser import clip_segment, erase
from apps.draw.core.messages import PenDown, PenMove
from apps.draw.core.panels import NETWORK_ANALYSES
from apps.draw.core.points import Point, Points
from apps.draw.core.state import Action, RecentDocument, Replay, State, StatusMessage, UndoStack

#: How many drawings of the session are kept.
RECENT_LIMIT = 60


def on_pen(state: State, message: PenDown | PenMove) -> State:
    """Handle the pen that came down, or moved."""
    if isinstance(message, PenDown):
        return _erased(_down(state, message.point), message.point) if state.eraser else _begun(state, message.point)
    if state.pen is None or message.point == state.pen:
        return state
    return _erased(state, message.point) if state.eraser else _extended(state, state.pen, message.point)


def on_pen_up(state: State) -> State:
    """Handle the pen that went up. If the eraser removed nothing, drop its undo entry."""
    if state.pen is not None and state.eraser and state.undo_stack.past and state.undo_stack.past[-1] is state.document:
        state = replace(state, undo_stack=state.undo_stack._replace(past=state.undo_stack.past[:-1]))
    return replace(state, pen=None)


def show_document(state: State, document: Document) -> State:
    """Show another document. Undo brings the earlier one back, which is added to the recent drawings."""
    if document is state.document or (document.blank and state.document.blank):
        return state
    state = add_to_recent(state)
    return _with_stack(state, UndoStack(document, (*state.undo_stack.past, state.document), ()))


def add_to_recent(state: State) -> State:
    """Add the document on the canvas to the recent drawings, unless they already have it."""
    document = state.document
    known = any(
        document.picture is each.picture and document.strokes == each.strokes and state.line_mode == (line is not None)
        for each, _, line in state.recent
    )
    if document.blank or known:
        return state
    if state.line_mode:
        recent = RecentDocument(document, None, state.line_text)
    else:
        recent = RecentDocument(document, None if state.prediction is None else state.prediction.label)
    return replace(state, recent=(*state.recent, recent)[-RECENT_LIMIT:])


def label_document(state: State, label: int) -> State:
    """Set the label of the document."""
    return with_document(state, state.document._replace(label=label))


def with_document(state: State, document: Document) -> State:
    """Replace the document without an undo entry."""
    return replace(state, undo_stack=state.undo_stack._replace(document=document))


def keep_network_data(state: State) -> State:
    """Drop the panel data that belong to the document, and keep those of the network."""
    return replace(
        state, panel_data=MappingProxyType({k: v for k, v in state.panel_data.items() if k in NETWORK_ANALYSES})
    )


def _undo(state: State) -> State:
    document, past, future = state.undo_stack
    return _with_stack(state, UndoStack(past[-1], past[:-1], (*future, document)))


def _redo(state: State) -> State:
    document, past, future = state.undo_stack
    return _with_stack(state, UndoStack(future[-1], (*past, document), future[:-1]))


def _toggle_line_mode(state: State) -> State:
    other, this = state.other_stack, state.undo_stack
    return _with_stack(replace(state, line_mode=not state.line_mode, other_stack=this, game=None), other)


def read_as_line(state: State) -> State:
    """Move a picture of several digits to the canvas for lines; not if it is there already."""
    document = state.document
    if document.picture is None or not state.can_read_lines or state.other_stack.document.picture is document.picture:
        return state
    state = show_document(_toggle_line_mode(state), document)
    return replace(state, status=StatusMessage("The picture has several digits: they are read as lines"))


def _show_recent(state: State, number: int) -> State:
    if number >= len(state.recent):
        return state
    document, _, line = state.recent[number]
    if state.line_mode != (line is not None):
        state = _toggle_line_mode(state)
    return show_document(state, document)


def _with_stack(state: State, undo_stack: UndoStack) -> State:
    """Replace the undo stack: the pen is lifted, and answers to earlier requests become outdated."""
    state = keep_network_data(state)
    return replace(state, undo_stack=undo_stack, pen=None, oldest_valid=state.asked + 1, replay=Replay())


def _down(state: State, point: Point) -> State:
    """Put the pen down, with an undo entry for the document as it was."""
    undo_stack = UndoStack(state.document, (*state.undo_stack.past, state.document), ())
    return replace(state, undo_stack=undo_stack, pen=point, hover=None, tip=False, focus=None)


def _begun(state: State, point: Point) -> State:
    """Begin a stroke; on a picture, begin a new document."""
    if state.document.picture is not None:
        state = add_to_recent(state)
    strokes = (*state.document.strokes, BrushStroke(Points((point,)), BRUSHES[state.brush]))
    return with_document(_down(state, point), Document(strokes))


def _extended(state: State, start: Point, end: Point) -> State:
    """Draw the part of the segment from ``start`` to ``end`` that is on the canvas.

    A pen that comes back onto the canvas starts a new stroke; undo removes both strokes together.
    """
    state = replace(state, pen=end)
    visible = clip_segment(start, end, state.size)
    if visible is None or not state.document.strokes:
        return state
    entry, exit_ = visible
    *others, last = state.document.strokes
    if entry == last.points[-1]:
        return with_document(state, Document((*others, last._replace(points=last.points.and_then(exit_)))))
    return with_document(
        state, Document((*state.document.strokes, BrushStroke(Points((entry, exit_)), BRUSHES[state.brush])))
    )


def _erased(state: State, end: Point) -> State:
    start, radius = state.pen or end, BRUSHES[state.brush] / 2 + 4.0
    strokes = erase(state.document.strokes, start, end, radius)
    state = replace(state, pen=end)
    if strokes is state.document.strokes:
        return state
    return replace(with_document(state, Document(strokes)), oldest_valid=state.asked + 1)


CLEAR = Action(
    "Clear", lambda state: show_document(state, Document()), ("C", "Delete", "Backspace"), group="Drawing",
    tip="Clear the canvas; undo brings the drawing back", enabled=lambda state: not state.document.blank,
)  # fmt: skip
UNDO = Action(
    "Undo", _undo, ("U", "Ctrl+Z"), group="Drawing",
    tip="Undo the last stroke (also Ctrl+Z)", enabled=lambda state: bool(state.undo_stack.past),
)  # fmt: skip
REDO = Action(
    "Redo", _redo, ("Y", "Ctrl+Y", "Ctrl+Shift+Z"), group="Drawing",
    tip="Redo what was undone (also Ctrl+Y)", enabled=lambda state: bool(state.undo_stack.future),
)  # fmt: skip
ERASER = Action(
    "Eraser", lambda state: replace(on_pen_up(state), eraser=not state.eraser), ("E",), group="Drawing",
    tip="Erase ink with the pen",
)  # fmt: skip
THINNER = Action(
    "Thinner brush", lambda state: replace(state, brush=state.brush - 1), ("[", "-"), "−", "A thinner brush",
    enabled=lambda state: state.brush > 0, group="Drawing",
)  # fmt: skip
THICKER = Action(
    "Thicker brush", lambda state: replace(state, brush=state.brush + 1), ("]", "+", "="), "+", "A thicker brush",
    enabled=lambda state: state.brush < len(BRUSHES) - 1, group="Drawing",
)  # fmt: skip
LINE = Action(
    "A line of digits, or one", _toggle_line_mode, ("W",), "Line", "A wide canvas for a line of digits",
    enabled=lambda state: state.can_read_lines or state.line_mode, group="Drawing",
)  # fmt: skip
PREDICT = Action(
    "Recognize again", lambda state: replace(state, asked=state.asked + 1), ("P", "Enter"), group="Drawing",
    enabled=lambda state: not state.document.blank,
)  # fmt: skip
RECENT = Action("Back to a recent drawing", _show_recent, tab_stop="recent")

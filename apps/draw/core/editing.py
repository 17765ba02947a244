"""Drawing: what the pen, the eraser, undo and redo make of the document."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from apps.draw.core.document import BRUSHES, BrushStroke, Document, clip_segment, erase
from apps.draw.core.messages import Command, PenDown, PenMove
from apps.draw.core.points import Point, Points
from apps.draw.core.state import RECENT, RecentDocument, State, UndoStack


def on_pen(state: State, message: PenDown | PenMove) -> State:
    """The pen came down, or moved on."""
    if isinstance(message, PenDown):
        return _erased(_down(state, message.point), message.point) if state.eraser else _begun(state, message.point)
    if state.pen is None or message.point == state.pen:
        return state
    return _erased(state, message.point) if state.eraser else _extended(state, state.pen, message.point)


def on_pen_up(state: State) -> State:
    """The pen went up. A pass of the eraser that took nothing leaves no trace."""
    if state.pen is not None and state.eraser and state.undo_stack.past and state.undo_stack.past[-1] is state.document:
        state = replace(state, undo_stack=state.undo_stack._replace(past=state.undo_stack.past[:-1]))
    return replace(state, pen=None)


def did(state: State, command: Command) -> State:
    """Carry out one of the commands for the document; it is allowed."""
    document, past, future = state.undo_stack
    match command:
        case Command.CLEAR:
            return show_document(state, Document())
        case Command.UNDO:
            return _put(state, UndoStack(past[-1], past[:-1], (*future, document)))
        case Command.REDO:
            return _put(state, UndoStack(future[-1], (*past, document), future[:-1]))
        case Command.ERASER:
            return replace(on_pen_up(state), eraser=not state.eraser)
        case Command.LINE:
            state = replace(
                state,
                line_mode=not state.line_mode,
                undo_stack=state.other_stack,
                other_stack=state.undo_stack,
                game=None,
            )
            return _put(state, state.undo_stack)
    return state


def show_document(state: State, document: Document) -> State:
    """Another document on the canvas; the one that lay there can be undone to, and joins the session's drawings."""
    if document is state.document or (document.blank and state.document.blank):
        return state
    state = add_to_recent(state)
    return _put(state, UndoStack(document, (*state.undo_stack.past, state.document), ()))


def add_to_recent(state: State) -> State:
    """The session with the document that is on the canvas now, if it is new ink or a new picture."""
    if state.document.blank or state.line_mode or any(_same(each.document, state.document) for each in state.recent):
        return state
    answer = None if state.prediction is None else state.prediction.label
    return replace(state, recent=(*state.recent, RecentDocument(state.document, answer))[-RECENT:])


def _same(a: Document, b: Document) -> bool:
    return a.picture is b.picture and a.strokes == b.strokes


def _put(state: State, undo_stack: UndoStack) -> State:
    """Another undo stack: the pen is lifted, and answers still on their way come too late."""
    panel_data = MappingProxyType({name: state.panel_data[name] for name in ("errors",) if name in state.panel_data})
    return replace(
        state, undo_stack=undo_stack, pen=None, oldest_valid=state.asked + 1, panel_data=panel_data,
        replay=state.replay._replace(moments=(), position=None, playing=False),
    )  # fmt: skip


def _down(state: State, point: Point) -> State:
    """The pen touches the document; what is there before can be undone to."""
    undo_stack = UndoStack(state.document, (*state.undo_stack.past, state.document), ())
    return replace(state, undo_stack=undo_stack, pen=point, hover=None, tip=False, focus=None)


def _begun(state: State, point: Point) -> State:
    """A new stroke; on a picture, a new document."""
    if state.document.picture is not None:
        state = add_to_recent(state)
    strokes = (*state.document.strokes, BrushStroke(Points((point,)), BRUSHES[state.brush]))
    return _with_document(_down(state, point), Document(strokes))


def _extended(state: State, start: Point, end: Point) -> State:
    """Draw from ``start`` to ``end`` as far as that is on the canvas: ink is never where it can't be seen.

    A pen that comes back from outside goes on with a new stroke, which undo takes away with the one before.
    """
    state = replace(state, pen=end)
    visible = clip_segment(start, end, state.size)
    if visible is None or not state.document.strokes:
        return state
    entry, exit_ = visible
    *others, last = state.document.strokes
    if entry == last.points[-1]:
        return _with_document(state, Document((*others, last._replace(points=last.points.and_then(exit_)))))
    return _with_document(
        state, Document((*state.document.strokes, BrushStroke(Points((entry, exit_)), BRUSHES[state.brush])))
    )


def _erased(state: State, end: Point) -> State:
    start, radius = state.pen or end, BRUSHES[state.brush] / 2 + 4.0
    strokes = erase(state.document.strokes, start, end, radius)
    state = replace(state, pen=end)
    if strokes is state.document.strokes:
        return state
    return replace(_with_document(state, Document(strokes)), oldest_valid=state.asked + 1)


def _with_document(state: State, document: Document) -> State:
    return replace(state, undo_stack=state.undo_stack._replace(document=document))

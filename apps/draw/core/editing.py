"""Drawing: what the pen, the eraser, undo and redo make of the page."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from apps.draw.core.document import BRUSHES, Page, Stroke, clip_segment, erase
from apps.draw.core.messages import Command, PenDown, PenMove
from apps.draw.core.points import Point, Points
from apps.draw.core.state import RECENT, Kept, Sheet, State


def moved(state: State, message: PenDown | PenMove) -> State:
    """The pen came down, or moved on."""
    if isinstance(message, PenDown):
        return _erased(_down(state, message.point), message.point) if state.eraser else _begun(state, message.point)
    if state.pen is None or message.point == state.pen:
        return state
    return _erased(state, message.point) if state.eraser else _extended(state, state.pen, message.point)


def lifted(state: State) -> State:
    """The pen went up. A pass of the eraser that took nothing leaves no trace."""
    if state.pen is not None and state.eraser and state.sheet.past and state.sheet.past[-1] is state.page:
        state = replace(state, sheet=state.sheet._replace(past=state.sheet.past[:-1]))
    return replace(state, pen=None)


def did(state: State, command: Command) -> State:
    """Carry out one of the commands for the page; it is allowed."""
    page, past, future = state.sheet
    match command:
        case Command.CLEAR:
            return turned_to(state, Page())
        case Command.UNDO:
            return _put(state, Sheet(past[-1], past[:-1], (*future, page)))
        case Command.REDO:
            return _put(state, Sheet(future[-1], (*past, page), future[:-1]))
        case Command.ERASER:
            return replace(lifted(state), eraser=not state.eraser)
        case Command.ROW:
            state = replace(state, row=not state.row, sheet=state.other, other=state.sheet, game=None)
            return _put(state, state.sheet)
    return state


def turned_to(state: State, page: Page) -> State:
    """Another page on the canvas; the one that lay there can be undone to, and joins the session's drawings."""
    if page is state.page or (page.blank and state.page.blank):
        return state
    state = kept(state)
    return _put(state, Sheet(page, (*state.sheet.past, state.page), ()))


def kept(state: State) -> State:
    """The session with the page that is on the canvas now, if it is new ink or a new picture."""
    if state.page.blank or state.row or any(_same(each.page, state.page) for each in state.recent):
        return state
    answer = None if state.prediction is None else state.prediction.label
    return replace(state, recent=(*state.recent, Kept(state.page, answer))[-RECENT:])


def _same(a: Page, b: Page) -> bool:
    return a.picture is b.picture and a.strokes == b.strokes


def _put(state: State, sheet: Sheet) -> State:
    """Another sheet: the pen is lifted, and answers still on their way come too late."""
    looks = MappingProxyType({name: state.looks[name] for name in ("mistakes",) if name in state.looks})
    return replace(
        state, sheet=sheet, pen=None, oldest_valid=state.asked + 1, looks=looks,
        replay=state.replay._replace(moments=(), position=None, playing=False),
    )  # fmt: skip


def _down(state: State, point: Point) -> State:
    """The pen touches the page; what is there before can be undone to."""
    sheet = Sheet(state.page, (*state.sheet.past, state.page), ())
    return replace(state, sheet=sheet, pen=point, hover=None, tip=False, focus=None)


def _begun(state: State, point: Point) -> State:
    """A new stroke; on a picture, a new page."""
    if state.page.picture is not None:
        state = kept(state)
    strokes = (*state.page.strokes, Stroke(Points((point,)), BRUSHES[state.brush]))
    return _page(_down(state, point), Page(strokes))


def _extended(state: State, start: Point, end: Point) -> State:
    """Draw from ``start`` to ``end`` as far as that is on the canvas: ink is never where it can't be seen.

    A pen that comes back from outside goes on with a new stroke, which undo takes away with the one before.
    """
    state = replace(state, pen=end)
    visible = clip_segment(start, end, state.size)
    if visible is None or not state.page.strokes:
        return state
    entry, exit_ = visible
    *others, last = state.page.strokes
    if entry == last.points[-1]:
        return _page(state, Page((*others, last._replace(points=last.points.and_then(exit_)))))
    return _page(state, Page((*state.page.strokes, Stroke(Points((entry, exit_)), BRUSHES[state.brush]))))


def _erased(state: State, end: Point) -> State:
    start, radius = state.pen or end, BRUSHES[state.brush] / 2 + 4.0
    strokes = erase(state.page.strokes, start, end, radius)
    state = replace(state, pen=end)
    if strokes is state.page.strokes:
        return state
    return replace(_page(state, Page(strokes)), oldest_valid=state.asked + 1)


def _page(state: State, page: Page) -> State:
    return replace(state, sheet=state.sheet._replace(page=page))

"""The reducer: a pure function from a state and a message to the next state and requests to the worker."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

from apps.draw.core import messages
from apps.draw.core.actions import editing, game, replay, teaching, training
from apps.draw.core.effects import Effect, Recognize
from apps.draw.core.messages import Message
from apps.draw.core.panels import NETWORK_ANALYSES, Panel
from apps.draw.core.state import NO_BARS, Perform, State, StatusMessage
from apps.live import messages as live

#: In a second, a bar covers 1 - e^-SPEED of the remaining distance.
SPEED = 18.0
#: At this distance, a bar jumps to its final length.
NEAR = 0.003

#: Data that stays visible when the document changes.
ALWAYS_VALID = {"models", *NETWORK_ANALYSES}

Outcome = tuple[State, tuple[Effect, ...]]


def update(state: State, message: Message) -> Outcome:
    """The state after ``message``, and its effects.

    Every change of what the canvas shows, or of what the open panel shows of it, asks for an answer; a blank canvas
    has none.
    """
    after, effects = _apply(state, message)
    if after.document is not state.document and after.replay.position is not None:
        after = replace(after, replay=after.replay._replace(position=None, playing=False))
    if _input(after) != _input(state):
        after = _ask(after)
    if after.asked > state.asked:
        whole = after.document if after.panel is Panel.REPLAY else None
        effects += (Recognize(after.asked, after.shown, after.line_mode, after.panel, after.explain, whole),)
    return after, effects + training.follow(state, after)


def _input(state: State) -> tuple[object, ...]:
    """The part of the state that an answer depends on."""
    return (
        state.shown.strokes, state.shown.picture, state.panel, state.explain, state.model, state.line_mode,
        state.show_errors, state.ready,
    )  # fmt: skip


def _ask(state: State) -> State:
    if state.shown.blank:
        state = replace(state, prediction=None, line=None, error=None)
        if state.panel is None or state.panel.value.needs_ink:
            return replace(state, panel_data=MappingProxyType({}))
    return replace(state, asked=state.asked + 1)


def _apply(state: State, message: Message) -> Outcome:
    match message:
        case messages.PenDown() | messages.PenMove():
            return editing.on_pen(state, message), ()
        case Perform():
            return _perform(state, message)
        case messages.Release(control):
            return _on_release(state, control)
        case messages.Hover(control):
            return state if control == state.hover else replace(state, hover=control, tip=False), ()
        case messages.HoverTimeout():
            return replace(state, tip=state.hover is not None and state.pressed is None), ()
        case messages.Press(control):
            return replace(state, pressed=control, hover=control, tip=False, focus=None), ()
        case messages.Focus(control):
            return replace(state, focus=control), ()
        case messages.Tick(seconds):
            return _on_tick(state, seconds), ()
        case messages.Typed(text):
            if state.prompt is None:
                return state, ()
            typed = state.prompt.text[:-1] if text is None else state.prompt.text + text
            return replace(state, prompt=state.prompt._replace(text=typed)), ()
        case live.DataStatus() | live.Progressed() | live.Kept() | live.Failed() | live.Ended():
            return training.on_event(state, message)
    return _on_worker_event(state, message), ()


def _perform(state: State, message: Perform) -> Outcome:
    action, value = message
    if not action.enabled(state):
        return state, ()
    state = replace(state, status=StatusMessage(""))  # it is about the action before
    outcome = action.perform(state) if value is None else action.perform(state, value)
    return (outcome, ()) if isinstance(outcome, State) else outcome


def _on_release(state: State, control: Perform | None) -> Outcome:
    pressed = state.pressed
    state = replace(editing.on_pen_up(state), pressed=None, hover=control)
    if control is None or control != pressed or control.action.dragged:  # which has followed the pointer
        return state, ()
    return _perform(state, control)


def _on_tick(state: State, seconds: float) -> State:
    target = state.probabilities or NO_BARS
    if state.bars != target:
        rest = math.exp(-SPEED * seconds)
        bars = tuple(
            goal if abs(goal - bar) * rest < NEAR else goal + (bar - goal) * rest
            for bar, goal in zip(state.bars, target, strict=True)
        )
        state = replace(state, bars=bars)
    return game.on_tick(replay.on_tick(state, seconds), seconds)


def _on_worker_event(state: State, message: Message) -> State:
    match message:
        case messages.Ready():  # or another network was added, perhaps under the name of the one in use
            return replace(state, ready=True, asked=state.asked + state.ready, **vars(message))
        case messages.LoadFailed(reason):
            return replace(state, running=False, exit_status=2, error=reason)
        case messages.Answered(number, prediction, line) if number >= state.oldest_valid and not state.shown.blank:
            state = replace(state, prediction=prediction, line=line, answered=number, error=None)
            if prediction is not None and prediction.reason == "several digits":
                state = editing.read_as_line(state)
            return game.on_answer(state)
        case messages.Answered(number):
            return replace(state, answered=max(number, state.answered))
        case messages.Failed(number, reason) if number >= state.oldest_valid:
            return replace(state, prediction=None, line=None, answered=number, error=reason)
        case messages.PanelData(number, part, value) if number >= state.oldest_valid or part in ALWAYS_VALID:
            state = replace(state, panel_data=MappingProxyType({**state.panel_data, part: value}))
            return replay.on_moments(state) if part == "moments" else state
        case StatusMessage(error=error):
            return replace(state, status=message, fine_tuning=state.fine_tuning and not error)
        case messages.Opened(document, name):
            state = editing.show_document(state, document)
            return replace(state, status=StatusMessage(f"Opened {name}")) if name else state
        case messages.FolderRead(results):
            status = StatusMessage(f"Read {len(results)} files")
            return replace(state, results=results, status=status, panel=Panel.FILES)
        case messages.FineTuned(result):
            return teaching.on_fine_tuned(state, result)
    return state

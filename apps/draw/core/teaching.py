"""Teaching: "no, it is a 7", collected, learned from, and taken back."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core import editing as pen
from apps.draw.core.messages import Command, Effect, FineTuneResult, Learn, Panel, Unlearn
from apps.draw.core.state import State


def did(state: State, command: Command, number: int) -> tuple[State, tuple[Effect, ...]]:
    """Carry out one of the commands; it is allowed."""
    match command:
        case Command.DIGIT:
            return _collected(state, number), ()
        case Command.DROP_SAMPLE:
            samples = tuple(sample for index, sample in enumerate(state.samples) if index != number)
            return replace(state, samples=samples), ()
        case Command.LEARN:
            state = replace(state, learning=True, note="Learning...", trouble=False)
            return state, (Learn(state.samples),)
    return replace(state, learning=True), (Unlearn(),)


def _collected(state: State, label: int) -> State:
    """The drawing with what it is meant to be; a second word on the same drawing replaces the first."""
    strokes = state.page.strokes
    samples = (*(sample for sample in state.samples if sample[0] != strokes), (strokes, label))
    state = replace(state, sheet=state.sheet._replace(page=state.page._replace(label=label)), samples=samples)
    recent = tuple(
        each._replace(page=each.page._replace(label=label)) if each.page.strokes == strokes else each
        for each in state.recent
    )
    note = f"A {label}, then. Learn from it with Shift+L" if state.panel is not Panel.TEACH else ""
    return replace(pen.kept(replace(state, recent=recent)), note=note, trouble=False)


def learned(state: State, lesson: FineTuneResult | None) -> State:
    """The lesson is over; None: it was taken back."""
    if lesson is None:
        return replace(state, lesson=None, learning=False, note="Took the lesson back", asked=state.asked + 1)
    note = f"{lesson.before:.0%} of them read right before, {lesson.after:.0%} now, in {lesson.seconds:.1f} s"
    return replace(state, lesson=lesson, learning=False, note=note, asked=state.asked + 1)

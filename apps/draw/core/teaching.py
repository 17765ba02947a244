"""Teaching: "no, it is a 7", collected, fine-tuned on, and undone."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core import editing
from apps.draw.core.messages import Command, Effect, FineTune, FineTuneResult, StatusMessage, UndoFineTune
from apps.draw.core.panels import Panel
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
            state = replace(state, fine_tuning=True, status=StatusMessage("Learning..."))
            return state, (FineTune(state.samples),)
    return replace(state, fine_tuning=True), (UndoFineTune(),)


def _collected(state: State, label: int) -> State:
    """The drawing with what it is meant to be; a second word on the same drawing replaces the first."""
    strokes = state.document.strokes
    samples = (*(sample for sample in state.samples if sample[0] != strokes), (strokes, label))
    state = replace(
        state, undo_stack=state.undo_stack._replace(document=state.document._replace(label=label)), samples=samples
    )
    recent = tuple(
        each._replace(document=each.document._replace(label=label)) if each.document.strokes == strokes else each
        for each in state.recent
    )
    note = f"Labelled {label}. Learn from it with Shift+L" if state.panel is not Panel.TEACH else ""
    return replace(editing.add_to_recent(replace(state, recent=recent)), status=StatusMessage(note))


def on_fine_tuned(state: State, result: FineTuneResult | None) -> State:
    """Fine-tuning is done; None: it was undone."""
    if result is None:
        return replace(
            state,
            fine_tuned=None,
            fine_tuning=False,
            status=StatusMessage("Undid the last lesson"),
            asked=state.asked + 1,
        )
    note = f"{result.before:.0%} of them read right before, {result.after:.0%} now, in {result.seconds:.1f} s"
    return replace(state, fine_tuned=result, fine_tuning=False, status=StatusMessage(note), asked=state.asked + 1)

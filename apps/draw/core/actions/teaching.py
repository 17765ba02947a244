"""Teaching: label drawings, fine-tune the network on them, and undo that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from apps.draw.core.actions.editing import add_to_recent, label_document
from apps.draw.core.effects import Effect, FineTune, UndoFineTune
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, State, StatusMessage

if TYPE_CHECKING:
    from nn.digits import FineTuneResult

DIGITS = tuple("0123456789")


def on_fine_tuned(state: State, result: FineTuneResult | None) -> State:
    """Show the result of fine-tuning; None means that it was undone."""
    text = "Undid the last fine-tuning"
    if result is not None:
        text = f"Accuracy on the samples: {result.before:.0%} before, {result.after:.0%} now, in {result.seconds:.1f} s"
    return replace(
        state, fine_tuned=result, fine_tuning=False, status=StatusMessage(text), asked=state.asked + 1
    )  # fmt: skip


def _label(state: State, label: int) -> State:
    """Collect the drawing with its label; a second label of the same drawing replaces the first."""
    strokes = state.document.strokes
    samples = (*(sample for sample in state.samples if sample[0] != strokes), (strokes, label))
    recent = tuple(
        each._replace(document=each.document._replace(label=label)) if each.document.strokes == strokes else each
        for each in state.recent
    )
    state = add_to_recent(replace(label_document(state, label), samples=samples, recent=recent))
    if state.panel is Panel.TEACH:
        return state
    return replace(state, status=StatusMessage(f"Labelled {label}. Fine-tune on it with Shift+L"))


def _drop_sample(state: State, number: int) -> State:
    return replace(state, samples=state.samples[:number] + state.samples[number + 1 :])


def _fine_tune(state: State) -> tuple[State, tuple[Effect, ...]]:
    return replace(state, fine_tuning=True, status=StatusMessage("Fine-tuning...")), (FineTune(state.samples),)


def _undo(state: State) -> tuple[State, tuple[Effect, ...]]:
    return replace(state, fine_tuning=True), (UndoFineTune(),)


def _idle(state: State) -> bool:
    return state.can_learn and not state.fine_tuning


LABEL = Action(
    "Teach: it is this digit", _label, DIGITS, group="In panels", tab_stop="label",
    enabled=lambda state: _idle(state) and bool(state.document.strokes) and not state.line_mode,
)  # fmt: skip
LEARN = Action(
    "Learn from the samples", _fine_tune, ("Shift+L",), "Learn", "Fine-tune the network: a few seconds",
    enabled=lambda state: _idle(state) and bool(state.samples), group="In panels",
)  # fmt: skip
UNLEARN = Action(
    "Undo the last fine-tuning", _undo, label="Undo", tip="The network as it was before",
    enabled=lambda state: _idle(state) and state.fine_tuned is not None,
)  # fmt: skip
DROP_SAMPLE = Action("Drop a sample", _drop_sample, tip="Leave this one out", tab_stop="samples")

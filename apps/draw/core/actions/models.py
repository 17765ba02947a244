"""The network in use, and which digit the Inside panel explains."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from apps.draw.core.actions.teaching import DIGITS
from apps.draw.core.effects import Effect, UseModel
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, State, StatusMessage


def _use_model(state: State, number: int) -> State | tuple[State, tuple[Effect, ...]]:
    if not state.models:
        return state
    number %= len(state.models)
    state = replace(state, model=number, fine_tuned=None, panel_data=MappingProxyType({}), show_errors=False, unit=None)
    return replace(state, status=StatusMessage(f"Uses {state.models[number].name}")), (UseModel(number),)


MODEL = Action("Use a network", _use_model, tab_stop="models")
NEXT_MODEL = Action(
    "Use the next network", lambda state: _use_model(state, 0 if state.model is None else state.model + 1), ("N",),
    enabled=lambda state: len(state.models) > 1, group="In panels",
)  # fmt: skip
EXPLAIN = Action(
    "Inside: explain this digit", lambda state, digit: replace(state, explain=digit), DIGITS,
    group="In panels", panel=Panel.INSIDE, tab_stop="explain",
)  # fmt: skip
EXPLAIN_ANSWER = Action(
    "Inside: explain the answer", lambda state: replace(state, explain=None), ("A",), "Answer",
    "Explain the answer, whatever it is", group="In panels", tab_stop="explain",
)  # fmt: skip

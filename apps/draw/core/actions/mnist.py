"""Test images of MNIST: a random one, and those that the network misclassifies."""

from __future__ import annotations

from dataclasses import replace

from apps.draw.core.actions.editing import show_document
from apps.draw.core.effects import Effect, PickTestImage
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, State


def _pick(state: State) -> tuple[State, tuple[Effect, ...]]:
    return replace(state, seed=state.seed + 1), (PickTestImage(state.seed),)


def _show_error(state: State, number: int) -> State:
    found = state.panel_data.get("errors")
    return show_document(state, found.documents[number]) if found and number < len(found.documents) else state


RANDOM = Action("Random test digit", _pick, ("X",), "Random digit", tip="One of MNIST's test images", group="In panels")
ERRORS = Action(
    "Errors on MNIST", lambda state: replace(state, show_errors=True, panel=Panel.TRY_ME), ("K",), "Errors",
    tip="The misclassified test images, those of the highest confidence first", group="In panels",
)  # fmt: skip
ERROR = Action("Show an error", _show_error, tab_stop="errors")

"""Controls: buttons, and other rectangles that can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pygame import Rect

from apps.draw.core.state import Action, Perform, Value

Drag = Callable[[tuple[int, int]], Perform | None]


@dataclass(frozen=True)
class Control:
    """A button, or another rectangle that can be clicked."""

    message: Perform  # of a click
    rect: Rect
    label: str = ""
    key: str = ""  # that does the same
    tip: str = ""
    on: bool = False  # whether it shows that something is switched on
    drawn: bool = True  # whether it is drawn as a button; otherwise its own part draws it
    card: bool = False  # whether it lies on a card
    strong: bool = False  # whether it is emphasized
    drag: Drag | None = field(default=None, compare=False)  # the message of a place of the pointer, while it is down


def button(
    action: Action, rect: Rect, value: Value = None, *, label: str = "", key: str | None = None, tip: str = "",
    on: bool = False, card: bool = False, strong: bool = False,
) -> Control:  # fmt: skip
    """The button of an action, with the action's label, first key and tool-tip unless others are given."""
    if key is None:
        key = action.keys[0] if action.keys and value is None else ""
    label, tip = label or action.label or action.name, tip or action.tip
    return Control(Perform(action, value), rect, label, key, tip, on, card=card, strong=strong)

"""One thing that can be clicked, reached by the keyboard, and explained by a tool-tip."""

from __future__ import annotations

from dataclasses import dataclass

from pygame import Rect

from apps.draw.core.messages import Do


@dataclass(frozen=True)
class Control:
    """One of them.

    Attributes:
        do: what it does.
        rect: where it is.
        label: its text.
        key: the key that does the same.
        tip: what it does, in a sentence.
        on: whether it shows that something is switched on.
        drawn: whether it is drawn as a button; else a part of its own shows it.
        card: whether it lies on a card.
        strong: whether it stands out.
    """

    do: Do
    rect: Rect
    label: str = ""
    key: str = ""
    tip: str = ""
    on: bool = False
    drawn: bool = True
    card: bool = False
    strong: bool = False

"""Turns key presses into messages. Actions declare their keys in ``core/actions``, panels in ``core/panels.py``."""

from __future__ import annotations

import pygame

from apps.draw.core.actions import ACTIONS, CANCEL, CONFIRM, HELP, PLAY, SCRUB
from apps.draw.core.messages import Focus, Message, Typed
from apps.draw.core.state import Action, Perform, State
from apps.draw.ui.control import Control

#: Names of the keys that have no character, or another one.
KEY_NAMES = {
    pygame.K_DELETE: "Delete", pygame.K_BACKSPACE: "Backspace", pygame.K_ESCAPE: "Esc", pygame.K_F1: "F1",
    pygame.K_RETURN: "Enter", pygame.K_KP_ENTER: "Enter", pygame.K_SPACE: "Space",
    pygame.K_LEFT: "←", pygame.K_RIGHT: "→", pygame.K_UP: "↑", pygame.K_DOWN: "↓",
    pygame.K_KP_MINUS: "-", pygame.K_KP_PLUS: "+",
    pygame.K_KP0: "0", pygame.K_KP1: "1", pygame.K_KP2: "2", pygame.K_KP3: "3", pygame.K_KP4: "4",
    pygame.K_KP5: "5", pygame.K_KP6: "6", pygame.K_KP7: "7", pygame.K_KP8: "8", pygame.K_KP9: "9",
}  # fmt: skip

#: The actions by panel (None for any) and key.
BINDINGS = {(action.panel, key): action for action in ACTIONS for key in action.keys}

_ARROWS = {"←": -1, "↑": -1, "→": 1, "↓": 1}


def messages(key: int, mod: int, text: str, state: State, found: list[Control]) -> list[Message]:
    """The messages of a key press.

    Args:
        key, mod, text: of pygame's event.
        state: the open panel, help or prompt decides what the key does.
        found: the controls of the window, in the order of Tab.
    """
    if key == pygame.K_TAB:
        return [Focus(_next(found, state, -1 if mod & pygame.KMOD_SHIFT else 1))]
    name = "?" if text == "?" else KEY_NAMES.get(key, chr(key).upper() if 32 < key < 127 else "")
    control, focus = bool(mod & (pygame.KMOD_CTRL | pygame.KMOD_META)), state.focus
    if state.prompt is not None:
        return _typed(name, "" if control else text, state)
    if mod & pygame.KMOD_ALT and not control:
        return []
    if state.help and not control:
        return [Perform(HELP)] if name in (*HELP.keys, "Esc", "Enter", "Space") else []
    if focus is not None and not control:
        if name in ("Enter", "Space"):
            return [Perform(PLAY) if focus.action is SCRUB else focus]
        if name in _ARROWS and focus.action is not SCRUB:
            return _move_focus(focus, _ARROWS[name], found)
    action = _bound(state, ("Ctrl+" if control else "") + ("Shift+" if mod & pygame.KMOD_SHIFT else ""), name)
    action = action or _bound(state, "Ctrl+" if control else "", name)
    return [] if action is None else [Perform(action, int(name) if name.isdigit() else None)]


def _bound(state: State, modifiers: str, name: str) -> Action | None:
    key = modifiers + name
    return BINDINGS.get((state.panel, key)) or BINDINGS.get((None, key))


def _move_focus(focus: Perform, step: int, found: list[Control]) -> list[Message]:
    """Focus the next control of the same Tab stop: Tab visits such a group once, and arrow keys move inside it."""
    stop = focus.action.tab_stop
    same = [each.message for each in found if stop and each.message.action.tab_stop == stop]
    return [Focus(same[(same.index(focus) + step) % len(same)])] if focus in same else []


def _typed(name: str, text: str, state: State) -> list[Message]:
    if name == "Enter":
        return [Perform(CANCEL if state.focus is not None and state.focus.action is CANCEL else CONFIRM)]
    if name == "Esc":
        return [Perform(CANCEL)]
    if name == "Backspace":
        return [Typed(None)]
    return [Typed(text)] if text and text.isprintable() else []


def _next(found: list[Control], state: State, step: int) -> Perform | None:
    """The control that Tab moves to: the first or the chosen one of the next group of controls."""
    stops: list[Perform] = []
    for each in found:
        if not each.message.action.enabled(state):
            continue
        stop = each.message.action.tab_stop
        if not (stop and stops and stops[-1].action.tab_stop == stop):
            stops.append(each.message)
        elif state.focus == each.message or (each.on and stops[-1] != state.focus):
            stops[-1] = each.message
    if not stops:
        return None
    if state.focus not in stops:
        return stops[0] if step > 0 else stops[-1]
    at = stops.index(state.focus) + step
    return stops[at] if 0 <= at < len(stops) else None

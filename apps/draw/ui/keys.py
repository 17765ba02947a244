"""What keys mean: from a key to messages, by what is open."""

from __future__ import annotations

import pygame

from apps.draw.core.messages import Command, Do, Focus, Message, Typed
from apps.draw.core.panels import Panel
from apps.draw.core.state import State
from apps.draw.ui.control import Control

_PLAIN = {
    pygame.K_p: Do(Command.PREDICT),
    pygame.K_u: Do(Command.UNDO),
    pygame.K_y: Do(Command.REDO),
    pygame.K_c: Do(Command.CLEAR),
    pygame.K_DELETE: Do(Command.CLEAR),
    pygame.K_BACKSPACE: Do(Command.CLEAR),  # what a Mac calls delete
    pygame.K_e: Do(Command.ERASER),
    pygame.K_LEFTBRACKET: Do(Command.THINNER),
    pygame.K_MINUS: Do(Command.THINNER),
    pygame.K_KP_MINUS: Do(Command.THINNER),
    pygame.K_RIGHTBRACKET: Do(Command.THICKER),
    pygame.K_PLUS: Do(Command.THICKER),
    pygame.K_EQUALS: Do(Command.THICKER),
    pygame.K_KP_PLUS: Do(Command.THICKER),
    pygame.K_w: Do(Command.LINE),
    pygame.K_d: Do(Command.THEME),
    pygame.K_h: Do(Command.HELP),
    pygame.K_F1: Do(Command.HELP),
    pygame.K_a: Do(Command.EXPLAIN, -1),
    pygame.K_n: Do(Command.NEXT_MODEL),
    pygame.K_x: Do(Command.RANDOM),
    pygame.K_k: Do(Command.MISTAKES),
    pygame.K_g: Do(Command.GAME),
    pygame.K_ESCAPE: Do(Command.BACK),
    **{ord(panel.value.key.lower()): Do(Command.PANEL, panel.name) for panel in Panel},
}
_WITH_CONTROL = {
    pygame.K_z: Do(Command.UNDO),
    pygame.K_y: Do(Command.REDO),
    pygame.K_s: Do(Command.SAVE),
    pygame.K_o: Do(Command.OPEN),
    pygame.K_c: Do(Command.COPY),
    pygame.K_v: Do(Command.PASTE),
    pygame.K_e: Do(Command.EXPORT),
    pygame.K_d: Do(Command.FOLDER),
    pygame.K_q: Do(Command.QUIT),
    pygame.K_w: Do(Command.QUIT),
}
_ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER)
_STEPS = {pygame.K_LEFT: -1, pygame.K_UP: -1, pygame.K_RIGHT: 1, pygame.K_DOWN: 1}

#: Points that an arrow steps by in a replay.
POINTS = 5


def messages(key: int, mod: int, text: str, state: State, found: list[Control]) -> list[Message]:
    """What a key asks for.

    Args:
        key, mod, text: of the event.
        state: what is open decides.
        found: the controls there are, in the order of Tab.
    """
    control = mod & (pygame.KMOD_CTRL | pygame.KMOD_META)
    if key == pygame.K_TAB:
        return [Focus(_next(found, state, -1 if mod & pygame.KMOD_SHIFT else 1))]
    if state.prompt is not None:
        return _typed(key, text, bool(control), state)
    if control:
        if key == pygame.K_z and mod & pygame.KMOD_SHIFT:
            return [Do(Command.REDO)]
        return [_WITH_CONTROL[key]] if key in _WITH_CONTROL else []
    if mod & pygame.KMOD_ALT:
        return []
    if state.help:
        closes = key in (pygame.K_ESCAPE, pygame.K_F1, pygame.K_h, pygame.K_SPACE, *_ENTER) or text == "?"
        return [Do(Command.HELP)] if closes else []
    if text == "?":
        return [Do(Command.HELP)]
    if key in _STEPS:
        return _arrow(_STEPS[key], state, found)
    if key in (*_ENTER, pygame.K_SPACE):
        return _pressed(key, state)
    if key == pygame.K_l and mod & pygame.KMOD_SHIFT:
        return [Do(Command.LEARN)]
    if (digit := _digit(key)) is not None:
        return [Do(Command.EXPLAIN if state.panel is Panel.INSIDE else Command.DIGIT, digit)]
    return [_PLAIN[key]] if key in _PLAIN else []


def _pressed(key: int, state: State) -> list[Message]:
    """Enter or space: what has the focus; else play, or read."""
    if state.focus is not None:
        return [state.focus] if state.focus.command is not Command.SCRUB else [Do(Command.PLAY)]
    if key == pygame.K_SPACE:
        return [Do(Command.PLAY)] if state.panel is Panel.REPLAY else []
    return [Do(Command.PREDICT)]


def _arrow(step: int, state: State, found: list[Control]) -> list[Message]:
    """To the next control of the same kind; in a replay, to the next points."""
    focus = state.focus
    if state.panel is Panel.REPLAY and (focus is None or focus.command is Command.SCRUB):
        return [Do(Command.STEP, step * POINTS)]
    if focus is None:
        return []
    same = [each.do for each in found if each.do.command is focus.command]
    if focus not in same or len(same) < 2:
        return []
    return [Focus(same[(same.index(focus) + step) % len(same)])]


def _typed(key: int, text: str, control: bool, state: State) -> list[Message]:
    if key in _ENTER:
        cancel = state.focus is not None and state.focus.command is Command.CANCEL
        return [Do(Command.CANCEL if cancel else Command.CONFIRM)]
    if key == pygame.K_ESCAPE:
        return [Do(Command.CANCEL)]
    if key == pygame.K_BACKSPACE:
        return [Typed(None)]
    return [Typed(text)] if text and text.isprintable() and not control else []


def _next(found: list[Control], state: State, step: int) -> Do | None:
    """The control that Tab goes to: of those that are alike, the first, or the one that shows what is chosen."""
    stops: list[Do] = []
    for each in found:
        if not state.allows(each.do):
            continue
        alike = stops and stops[-1].command is each.do.command and each.do.command in _GROUPS
        if not alike:
            stops.append(each.do)
        elif state.focus == each.do or (each.on and stops[-1] != state.focus):
            stops[-1] = each.do
    if not stops:
        return None
    if state.focus not in stops:
        return stops[0] if step > 0 else stops[-1]
    at = stops.index(state.focus) + step
    return stops[at] if 0 <= at < len(stops) else None


#: Controls that are reached by the arrows once Tab has reached one of them.
_GROUPS = {
    Command.EXPLAIN,
    Command.MAP,
    Command.MODEL,
    Command.RECENT,
    Command.MISTAKE,
    Command.DIGIT,
    Command.DROP_SAMPLE,
    Command.PANEL,
}


def _digit(key: int) -> int | None:
    if pygame.K_0 <= key <= pygame.K_9:
        return key - pygame.K_0
    return _KEYPAD.get(key)


_KEYPAD = {
    pygame.K_KP0: 0, pygame.K_KP1: 1, pygame.K_KP2: 2, pygame.K_KP3: 3, pygame.K_KP4: 4,
    pygame.K_KP5: 5, pygame.K_KP6: 6, pygame.K_KP7: 7, pygame.K_KP8: 8, pygame.K_KP9: 9,
}  # fmt: skip

"""The list of all controls, which pointer, keyboard and view share."""

from __future__ import annotations

from pygame import Rect

from apps.draw.core import actions
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, Perform, State
from apps.draw.ui.control import Control, button
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import Layout, columns
from apps.draw.ui.panels import view_of


def controls(state: State, layout: Layout, ctx: DrawContext) -> list[Control]:
    """All controls of the window, in the order of Tab."""
    if state.help:
        return [_close(layout)]
    if state.prompt is not None:
        return prompt_controls(layout)
    found = [*_tools(state, layout), *_tabs(state, layout)]
    if state.panel is not None:
        found += view_of(state)(layout, ctx).controls(state)
    return [*found, *_recent(state, layout)]


def at(found: list[Control], position: tuple[int, int]) -> Control | None:
    """The control at a pixel of the window."""
    return next((control for control in reversed(found) if control.rect.collidepoint(position)), None)


def _close(layout: Layout) -> Control:
    rect = Rect(0, 0, layout.px(110), layout.px(32))
    rect.topright = (layout.bar.right, layout.bar.y)
    return button(actions.HELP, rect, label="Close", key="Esc", tip="Back to the canvas")


def prompt_controls(layout: Layout) -> list[Control]:
    """The two buttons of a prompt."""
    box = prompt_box(layout)
    line = Rect(box.x + layout.px(16), box.bottom - layout.px(48), box.width - layout.px(32), layout.px(34))
    ok, cancel = columns(line, 2, layout.px(8))
    return [
        button(actions.CONFIRM, ok, key="Enter", card=True, strong=True),
        button(actions.CANCEL, cancel, key="Esc", card=True),
    ]


def prompt_box(layout: Layout) -> Rect:
    """Where a prompt is."""
    width, height = layout.shape.size
    box = Rect(0, 0, min(layout.px(520), width - 2 * layout.px(8)), min(layout.px(150), height))
    box.center = (width // 2, height // 2)
    return box


def _tools(state: State, layout: Layout) -> list[Control]:
    """The buttons below the canvas."""
    gap = layout.px(6)
    wide = layout.tools.width >= layout.px(400)
    shares: dict[Action | None, float] = {
        actions.CLEAR: 1.4, actions.UNDO: 1.4, actions.REDO: 1.4, actions.ERASER: 1.5, actions.THINNER: 0.8,
        None: 0.8, actions.THICKER: 0.8,
    }  # fmt: skip
    room = layout.tools.width - gap * (len(shares) - 1)
    left = float(layout.tools.x)
    found = []
    for action, share in shares.items():
        width = room * share / sum(shares.values())
        rect = Rect(round(left), layout.tools.y, max(1, round(width)), layout.tools.height)
        left += width + gap
        if action is not None:  # the brush itself is shown there
            key = None if wide or share > 1 else ""
            found.append(button(action, rect, key=key, on=action is actions.ERASER and state.eraser))
    return found


def brush_rect(state: State, layout: Layout, found: list[Control]) -> Rect:
    """Between the buttons that change the brush: where it is shown."""
    thinner = next((c.rect for c in found if c.message.action is actions.THINNER), layout.tools)
    thicker = next((c.rect for c in found if c.message.action is actions.THICKER), layout.tools)
    return Rect(thinner.right, thinner.y, max(1, thicker.x - thinner.right), thinner.height)


def _tabs(state: State, layout: Layout) -> list[Control]:
    rects = columns(layout.bar, len(Panel) + 3, layout.px(4))
    tip = "" if state.can_read_lines else f"{actions.LINE.tip} (these weights read single digits only)"
    return [
        *(
            button(actions.TOGGLE_PANEL[panel], rect, on=state.panel is panel)
            for rect, panel in zip(rects, Panel, strict=False)
        ),
        button(actions.LINE, rects[-3], tip=tip, on=state.line_mode),
        button(actions.THEME, rects[-2], label="Light" if state.theme == "dark" else "Dark"),
        button(actions.HELP, rects[-1]),
    ]


def recent_places(layout: Layout) -> list[Rect]:
    """Where the session's drawings stand, the latest first, as many as there is room for."""
    strip, side = layout.strip, layout.strip.height
    step = side + layout.px(6)
    return [Rect(strip.x + place * step, strip.y, side, side) for place in range(strip.width // step if side else 0)]


def _recent(state: State, layout: Layout) -> list[Control]:
    found = []
    numbers = range(len(state.recent) - 1, -1, -1)
    for number, rect in zip(numbers, recent_places(layout), strict=False):
        recent = state.recent[number]
        answer = recent.line or (None if recent.answer is None else str(recent.answer))
        label = "" if recent.document.label is None else f", labelled {recent.document.label}"
        tip = f"Back to this drawing: {f'recognized as {answer}' if answer else 'no answer'}{label}"
        found.append(Control(Perform(actions.RECENT, number), rect, tip=tip, drawn=False))
    return found

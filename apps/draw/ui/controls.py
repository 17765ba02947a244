"""What can be clicked, reached by Tab, and explained by a tool-tip: the same list serves pointer, keyboard and view."""

from __future__ import annotations

from pygame import Rect

from apps.draw.core.document import BRUSHES
from apps.draw.core.messages import Command, Do
from apps.draw.core.panels import Panel
from apps.draw.core.state import State
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import Layout, columns
from apps.draw.ui.panels import view_of


def controls(state: State, layout: Layout, ctx: DrawContext) -> list[Control]:
    """All controls of the window, in the order of Tab."""
    if state.help:
        return [_close(layout)]
    if state.prompt is not None:
        return question_controls(layout)
    found = [*_tools(state, layout), *_tabs(state, layout)]
    if state.panel is not None:
        found += view_of(state.panel)(layout, ctx).controls(state)
    return [*found, *_recent(state, layout)]


def at(found: list[Control], position: tuple[int, int]) -> Control | None:
    """The control at a pixel of the window."""
    return next((control for control in reversed(found) if control.rect.collidepoint(position)), None)


def _close(layout: Layout) -> Control:
    rect = Rect(0, 0, layout.px(110), layout.px(32))
    rect.topright = (layout.bar.right, layout.bar.y)
    return Control(Do(Command.HELP), rect, "Close", "Esc", "Back to the canvas")


def question_controls(layout: Layout) -> list[Control]:
    """The two buttons of a question."""
    box = question_box(layout)
    line = Rect(box.x + layout.px(16), box.bottom - layout.px(48), box.width - layout.px(32), layout.px(34))
    ok, cancel = columns(line, 2, layout.px(8))
    return [
        Control(Do(Command.CONFIRM), ok, "OK", "Enter", "Do it", card=True, strong=True),
        Control(Do(Command.CANCEL), cancel, "Cancel", "Esc", "Leave it", card=True),
    ]


def question_box(layout: Layout) -> Rect:
    """Where a question stands."""
    width, height = layout.shape.size
    box = Rect(0, 0, min(layout.px(520), width - 2 * layout.px(8)), min(layout.px(150), height))
    box.center = (width // 2, height // 2)
    return box


def _tools(state: State, layout: Layout) -> list[Control]:
    """The buttons below the canvas."""
    gap = layout.px(6)
    wide = layout.tools.width >= layout.px(400)
    entries = [
        (Do(Command.CLEAR), "Clear", "C", "Start anew; undo brings the drawing back", 1.4),
        (Do(Command.UNDO), "Undo", "U", "Take the last stroke back (also Ctrl+Z)", 1.4),
        (Do(Command.REDO), "Redo", "Y", "Bring it back (also Ctrl+Y)", 1.4),
        (Do(Command.ERASER), "Eraser", "E", "Take ink away with the pen", 1.5),
        (Do(Command.THINNER), "−", "[" if wide else "", "A thinner brush", 0.8),
        (Do(Command.THICKER), "+", "]" if wide else "", "A thicker brush", 0.8),
    ]
    whole = sum(entry[4] for entry in entries) + 0.8
    room = layout.tools.width - gap * len(entries)
    left = float(layout.tools.x)
    found = []
    for do, label, key, tip, share in entries:
        if do.command is Command.THICKER:
            left += room * 0.8 / whole + gap  # the brush itself is shown between
        width = room * share / whole
        rect = Rect(round(left), layout.tools.y, max(1, round(width)), layout.tools.height)
        on = do.command is Command.ERASER and state.eraser
        found.append(Control(do, rect, label, key, tip, on))
        left += width + gap
    return found


def brush_rect(state: State, layout: Layout, found: list[Control]) -> Rect:
    """Between the buttons that change the brush: where it is shown."""
    thinner = next((c.rect for c in found if c.do.command is Command.THINNER), layout.tools)
    thicker = next((c.rect for c in found if c.do.command is Command.THICKER), layout.tools)
    return Rect(thinner.right, thinner.y, max(1, thicker.x - thinner.right), thinner.height)


def brush_tip(state: State) -> str:
    """The brush in words."""
    return f"{BRUSHES[state.brush]:g}"


def _tabs(state: State, layout: Layout) -> list[Control]:
    rects = columns(layout.bar, len(Panel) + 3, layout.px(4))
    found = [
        Control(
            Do(Command.PANEL, panel.name),
            rect,
            panel.value.label,
            panel.value.key,
            panel.value.tip,
            state.panel is panel,
        )
        for rect, panel in zip(rects, Panel, strict=False)
    ]
    row_tip = "A wide canvas for several digits in a row"
    if not state.can_read_lines:
        row_tip += " (these weights read single digits only)"
    return [
        *found,
        Control(Do(Command.LINE), rects[-3], "Row", "W", row_tip, state.line_mode),
        Control(Do(Command.THEME), rects[-2], "Light" if state.theme == "dark" else "Dark", "D", "The other theme"),
        Control(Do(Command.HELP), rects[-1], "Help", "?", "All keys on one page (also F1)"),
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
        kept = state.recent[number]
        meant = "" if kept.document.label is None else f", meant as {kept.document.label}"
        said = "no answer" if kept.answer is None else f"read as {kept.answer}"
        found.append(Control(Do(Command.RECENT, number), rect, tip=f"Back to this drawing: {said}{meant}", drawn=False))
    return found

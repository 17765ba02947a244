"""Overlays: tool-tips, prompts, and the help page."""

from __future__ import annotations

from pygame import Rect, Surface

from apps.draw.core.actions import ACTIONS
from apps.draw.core.state import Action, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.controls import prompt_box
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import Layout
from apps.draw.ui.shapes import fill_rounded, ring

#: What is listed with the actions' keys.
_MORE_KEYS = {
    "Drawing": (("Pointer", "Draw; a tap is a dot"),),
    "Window": (
        ("Tab", "Go through all controls"),
        ("Enter, Space", "Press the control in focus"),
        ("Arrows", "Move among similar controls"),
    ),
}


def _key_names(action: Action) -> str:
    return "0 to 9" if "0" in action.keys else ", ".join(action.keys[:2])


def _keys_of(group: str) -> tuple[tuple[str, str], ...]:
    """The lines of a group: keys, and what they do."""
    return *_MORE_KEYS.get(group, ()), *((_key_names(each), each.name) for each in ACTIONS if each.group == group)


#: The help page: its groups, each a name and its lines.
HELP = [(group, _keys_of(group)) for group in dict.fromkeys(each.group for each in ACTIONS if each.group)]


class Help:
    """The help page; it takes the whole window."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._layout, self._ctx = layout, ctx

    def view_model(self, state: State) -> None:
        """Always the same."""

    def draw(self, surface: Surface, view: None) -> Rect:
        """All keys, in as many columns as there is room for."""
        ctx, layout = self._ctx, self._layout
        whole = Rect((0, 0), layout.shape.size)
        surface.fill(ctx.colours.background, whole)
        ctx.text(surface, "Digit recognizer", layout.bar, size=theme.LARGE, bold=True)
        margin = ctx.px(14)
        top = layout.bar.bottom + ctx.px(12)
        area = Rect(margin, top, whole.width - 2 * margin, whole.height - top - ctx.px(28))
        across, size = self._fitting(area)
        line = size * 1.55
        wide = (area.width - (across - 1) * ctx.px(16)) // across
        for column, groups in enumerate(self._columns(across)):
            y = float(area.y)
            x = area.x + column * (wide + ctx.px(16))
            for group, entries in groups:
                place = Rect(x, round(y), wide, ctx.px(line))
                ctx.text(surface, group, place, ctx.colours.answer, size, bold=True)
                y += ctx.px(line)
                left = round(wide * 0.34)
                for key, name in entries:
                    place = Rect(x, round(y), wide, ctx.px(line))
                    ctx.text(surface, key, Rect(place.topleft, (left - ctx.px(6), place.height)), None, size)
                    ctx.text(surface, name, place.move(left, 0).clip(place), ctx.colours.muted, size)
                    y += ctx.px(line)
                y += ctx.px(line * 0.6)
        credit = Rect(margin, whole.bottom - ctx.px(26), whole.width - 2 * margin, ctx.px(20))
        text = "Every operation of the network was written from scratch, in NumPy and Numba."
        ctx.text(surface, text, credit, ctx.colours.faint, theme.SMALL)
        return whole

    def _fitting(self, area: Rect) -> tuple[int, float]:
        """The number of columns, and the largest type with which all of it fits."""
        best = (1, 5.0)
        for across in (1, 2, 3):
            lines = max(sum(len(entries) + 1.6 for _, entries in groups) for groups in self._columns(across))
            by_height = area.height / self._ctx.scale / lines / 1.55
            by_width = area.width / self._ctx.scale / across / 22.0
            size = min(by_height, by_width, 17.0)
            if size > best[1]:
                best = (across, size)
        return best

    def _columns(self, across: int) -> list[list[tuple[str, tuple[tuple[str, str], ...]]]]:
        arranged = {1: [[0, 1, 2, 3, 4]], 2: [[0, 1, 3], [2, 4]], 3: [[0, 3], [1, 2], [4]]}
        return [[HELP[number] for number in group] for group in arranged[across]]


class PromptBox:
    """A prompt, with the line that is typed."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        self._rect, self._ctx = prompt_box(layout), ctx

    def view_model(self, state: State) -> tuple[str, str] | None:
        """What is asked, and what was typed."""
        return None if state.prompt is None else (state.prompt.question, state.prompt.text)

    def draw(self, surface: Surface, view: tuple[str, str] | None) -> Rect:
        """The box, without its buttons."""
        if view is None:
            return self._rect
        question, text = view
        ctx, colours, rect = self._ctx, self._ctx.colours, self._rect
        fill_rounded(surface, rect, ctx.px(theme.RADIUS), colours.card)
        ring(surface, rect, ctx.px(theme.RADIUS), colours.faint, max(1, ctx.px(1)))
        pad = ctx.px(16)
        line = Rect(rect.x + pad, rect.y + ctx.px(12), rect.width - 2 * pad, ctx.px(22))
        ctx.text(surface, question, line, colours.text)
        field = Rect(line.x, line.bottom + ctx.px(6), line.width, ctx.px(34))
        fill_rounded(surface, field, ctx.px(5), colours.background)
        ring(surface, field, ctx.px(5), colours.focus, max(1, ctx.px(2)))
        room = field.inflate(-2 * ctx.px(8), 0)
        shown = text
        while shown and ctx.type.width(shown + "|", ctx.px(theme.NORMAL)) > room.width:
            shown = shown[1:]  # the end is what is being typed
        ctx.text(surface, shown + "|", room, colours.text)
        return rect


def draw_tip(surface: Surface, control: Control, layout: Layout, ctx: DrawContext) -> Rect:
    """Draw the tool-tip of a control, below it or above; returns the rectangle that changed."""
    width, height = layout.shape.size
    text = control.tip + (f"   ({control.key})" if control.key else "")
    lines, step = ctx.wrap(text, min(ctx.px(300), max(40, width - ctx.px(40)))), ctx.px(theme.SMALL * 1.5)
    wide = max(ctx.type.width(line, ctx.px(theme.SMALL)) for line in lines) + ctx.px(16)
    box = Rect(0, 0, wide, len(lines) * step + ctx.px(8))
    box.midtop = (control.rect.centerx, control.rect.bottom + ctx.px(6))
    if box.bottom > height:
        box.bottom = control.rect.y - ctx.px(6)
    box.x = max(2, min(box.x, width - box.width - 2))
    fill_rounded(surface, box, ctx.px(5), ctx.colours.text)
    for number, line in enumerate(lines):
        place = Rect(box.x + ctx.px(8), box.y + ctx.px(4) + number * step, box.width - ctx.px(12), step)
        ctx.text(surface, line, place, ctx.colours.background, theme.SMALL)
    return box

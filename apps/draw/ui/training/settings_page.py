"""The page of the settings of the next training: presets, layers, and a row for each other setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.state import State
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import columns
from apps.draw.ui.part import Part, Section
from apps.live.presets import PRESETS
from apps.live.settings import CHOICES, LAYER_KINDS, MAX_LAYERS, Choice


class SettingsPage:
    """Its places, controls and sections.

    Args:
        ctx: what it is drawn with.
        rect: the room.
    """

    def __init__(self, ctx: DrawContext, rect: Rect) -> None:
        self.ctx = ctx
        network = [(26, 5), (34, 5), (16, 0), (26, 5), (24, 5), (24, 12)]
        others = [(24, 4)] * -(-len(CHOICES) // 2)
        if rect.width > 2.5 * rect.height:  # beside each other
            left, right = columns(rect, 2, ctx.px(18))
            places, grid = _rows(left, network, ctx.scale), _rows(right, others, ctx.scale)
        else:
            found = _rows(rect, [*network, *others], ctx.scale)
            places, grid = found[: len(network)], found[len(network) :]
        self.presets, self.look_for, self.title, self.layers, self.add, self.edit = places
        pairs = [columns(line, 2, ctx.px(14)) for line in grid]
        self.choices = [place for side in (0, 1) for place in (pair[side] for pair in pairs)][: len(CHOICES)]

    def controls(self, state: State) -> list[Control]:
        """Everything that can be changed."""
        training, gap = state.training, self.ctx.px(4)
        found = [
            button(actions.TRAIN_PRESET, place, name, label=preset.label, tip=preset.look_for,
                   on=training.preset == name, card=True)
            for (name, preset), place in zip(PRESETS.items(), columns(self.presets, len(PRESETS), gap), strict=True)
        ]  # fmt: skip
        chips = columns(self.layers, max(MAX_LAYERS // 2, len(training.settings.layers)), gap)
        for number, (layer, place) in enumerate(zip(training.settings.layers, chips, strict=False)):
            on = number == training.layer
            found.append(button(actions.TRAIN_LAYER, place, number, label=layer.label, on=on, card=True))
        for (kind, info), place in zip(LAYER_KINDS.items(), columns(self.add, len(LAYER_KINDS), gap), strict=True):
            found.append(button(actions.TRAIN_ADD_LAYER, place, kind, label=f"+ {info.label}", card=True))
        edits = (actions.TRAIN_REMOVE_LAYER, actions.TRAIN_NARROWER, actions.TRAIN_WIDER)
        found += [
            button(action, place, card=True) for action, place in zip(edits, columns(self.edit, 3, gap), strict=True)
        ]
        for (name, choice), place in zip(CHOICES.items(), self.choices, strict=True):
            for sign, spot, words in zip("-+", self._ends(place), ("previous", "next"), strict=True):
                tip = f"{choice.tip}: the {words} value"
                sides = {"-": "◀", "+": "▶"}
                found.append(button(actions.TRAIN_CHOICE, spot, f"{name}{sign}", label=sides[sign], tip=tip, card=True))
        return found

    def _ends(self, place: Rect) -> tuple[Rect, Rect]:
        """The buttons to the left and right of a value."""
        side = place.height
        first = Rect(place.x + round(0.46 * place.width), place.y, side, side)
        return first, Rect(place.right - side, place.y, side, side)

    def sections(self) -> list[Part]:
        """What the preset shows, and the names and values of the settings."""
        title = "Layers, before the last one with a logit for each digit"
        found: list[Part] = [
            Section(self.ctx, self.look_for, _look_for, self._paint_wrapped),
            self._line(self.title, lambda state: title, size=theme.SMALL),
        ]
        for (name, choice), place in zip(CHOICES.items(), self.choices, strict=True):
            first, last = self._ends(place)
            gap = self.ctx.px(4)
            left = Rect(place.x, place.y, max(1, first.x - place.x - gap), place.height)
            middle = Rect(first.right + gap, place.y, max(1, last.x - first.right - 2 * gap), place.height)
            found += [self._line(left, partial(_label, choice)), self._line(middle, partial(_value, name), "center")]
        return found

    def _line(
        self, rect: Rect, text: Callable[[State], str], align: str = "midleft", size: float = theme.NORMAL
    ) -> Section:
        """A line of text; a value in the middle is emphasized."""
        value = align == "center"
        colour = self.ctx.colours.text if value else self.ctx.colours.muted

        def paint(surface: Surface, rect: Rect, text: str) -> None:
            self.ctx.text(surface, text, rect, colour, size, align=align, bold=value)

        return Section(self.ctx, rect, text, paint)

    def _paint_wrapped(self, surface: Surface, rect: Rect, text: str) -> None:
        ctx, high = self.ctx, self.ctx.px(theme.SMALL * 1.4)
        for number, line in enumerate(ctx.wrap(text, rect.width)):
            place = Rect(rect.x, rect.y + number * high, rect.width, high)
            ctx.text(surface, line, place, ctx.colours.text, theme.SMALL)


def _rows(rect: Rect, heights: Sequence[tuple[float, float]], scale: float) -> list[Rect]:
    """Rows, given their heights and the gaps below them at scale 1; smaller where there is no room for them."""
    share = min(scale, rect.height / sum(map(sum, heights)))
    found, top = [], float(rect.y)
    for height, gap in heights:
        found.append(Rect(rect.x, int(top), rect.width, max(1, int(height * share))))
        top += (height + gap) * share
    return found


def _label(choice: Choice, state: State) -> str:
    return choice.label


def _value(name: str, state: State) -> str:
    return CHOICES[name].show(getattr(state.training.settings, name))


def _look_for(state: State) -> str:
    """What to look for; or that the settings are the user's own."""
    preset = state.training.preset
    return "Your own settings." if preset is None else PRESETS[preset].look_for

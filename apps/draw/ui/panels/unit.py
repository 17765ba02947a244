"""Look inside, one unit by numbers: its window, weights, products and sum, and where they come from."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.actions.units import shown_unit, trace_of
from apps.draw.core.state import Perform, State
from apps.draw.core.unit import Index, picture_size, title
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.draw_context import scaled
from apps.draw.ui.layout import cells, columns
from apps.draw.ui.numbers import normalized
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.panels.picker import unit_picker
from apps.draw.ui.panels.unit_pictures import Shown, grid_of, pictures
from apps.draw.ui.panels.unit_sum import paint_sum
from apps.draw.ui.part import Part

_BUTTONS = (
    actions.LAYER_BACK, actions.LAYER_ON, actions.MAP_BACK, actions.MAP_ON, actions.TO_INK, actions.BY_NUMBERS,
)  # fmt: skip


def _shown(state: State) -> Shown | None:
    unit, trace = shown_unit(state), trace_of(state)
    return None if unit is None or trace is None else Shown(trace, unit)


class UnitView(PanelView):
    """Buttons, the layers, three pictures, the maps of the layer, and the sum."""

    title = "Look inside: one unit by numbers"

    def arrange(self) -> None:
        """One below the other; the sum gets half of the height."""
        rect, gap = self.rect, self.ctx.px(7)
        self.line = self.ctx.px(17)
        self.buttons = self.row(rect.y, 26)
        self.layers = self.row(self.buttons.bottom + gap, 12)
        self.name = self.row(self.layers.bottom + self.ctx.px(3), 18)
        top = self.name.bottom + self.ctx.px(2)
        rest = max(3, rect.bottom - top)
        side = max(1, min(round(0.24 * rest), columns(rect, 3, gap)[0].width))
        self.pictures = columns(Rect(rect.x, top, rect.width, self.line + side), 3, gap)
        top += self.line + side + gap
        self.maps = Rect(rect.x, top, rect.width, max(1, round(0.17 * rest)))
        self.sum = self.below(self.maps.bottom + gap)

    def controls(self, state: State) -> list[Control]:
        """The buttons, the layers, the pictures and the maps."""
        gap = self.ctx.px(4)
        found = [
            button(action, rect, label="Overview" if action is actions.BY_NUMBERS else "", card=True)
            for action, rect in zip(_BUTTONS, columns(self.buttons, len(_BUTTONS), gap), strict=True)
        ]
        shown = _shown(state)
        if shown is None:
            return found
        names = list(shown.trace)
        for name, rect in zip(names, columns(self.layers, len(names), 2), strict=True):
            shape = " x ".join(map(str, shown.trace[name].values.shape))
            found.append(Control(Perform(actions.LAYER, name), rect, tip=f"{name}, {shape}", drawn=False))
        for number, picture in enumerate(pictures(shown)):
            if picture is not None:
                layer, channel = picture.unit.layer, picture.unit.channel
                size = shown.trace[layer].values.shape
                body = self._body(self.pictures[number], size)
                pick = unit_picker(layer, channel, size, body)
                found.append(Control(Perform(actions.UNIT, number), body, drawn=False, drag=pick))
        for number, rect in enumerate(self._cells(shown.shape)):
            drag = unit_picker(shown.unit.layer, number, shown.shape, rect) if len(shown.shape) == 3 else None
            found.append(Control(Perform(actions.MAP, number), rect, drawn=False, drag=drag))
        return found

    def _body(self, rect: Rect, shape: Index) -> Rect:
        """Where the picture of a layer is, below its caption: as large as it fits, each cell of the same size."""
        rows, columns = picture_size(shape)
        side = min(rect.width, rect.height - self.line)
        cell = side // max(rows, columns) or side / max(rows, columns)
        return Rect(rect.x, rect.y + self.line, max(1, round(columns * cell)), max(1, round(rows * cell)))

    def _cells(self, shape: Index) -> list[Rect]:
        """The maps of a layer; or the units of a vector."""
        if len(shape) != 3:
            return cells(self.maps, int(np.prod(shape)), gap=1, largest=self.ctx.px(34), ragged=0.8)
        if shape[2] == 1:
            return []  # it is one of the pictures
        return cells(self.maps, shape[2], shape[1] / shape[0], gap=2, ragged=0.8)

    def sections(self) -> list[Part]:
        """All that is not a button."""
        focus = (actions.UNIT, actions.MAP, actions.LAYER)

        def model(state: State) -> tuple[Shown | None, Perform | None, Perform | None]:
            """What is shown, and which control is pointed at, or has the focus."""
            mine = [each if each is not None and each.action in focus else None for each in (state.hover, state.focus)]
            return _shown(state), mine[0], mine[1]

        return [
            self.section(self.layers, model, self._paint_layers),
            self.section(self.name, lambda state: (_shown(state), _hint(state)), self._paint_name),
            *(
                self.section(rect, model, partial(self._paint_picture, number))
                for number, rect in enumerate(self.pictures)
            ),
            self.section(self.maps.inflate(4, 4), model, self._paint_maps),
            self.section(self.sum, _shown, self._paint_sum),
        ]

    def _paint_layers(self, surface: Surface, rect: Rect, view: Any) -> None:
        """A segment for each layer; the unit's own is filled."""
        shown, hovered, focused = view
        if shown is None:
            return
        names = list(shown.trace)
        for name, place in zip(names, columns(rect, len(names), 2), strict=True):
            colours, own = self.ctx.colours, name == shown.unit.layer
            over = actions.LAYER.value_of(hovered) == name
            surface.fill(colours.answer if own else colours.faint if over else colours.button, place)
            if actions.LAYER.value_of(focused) == name:
                pygame.draw.rect(surface, colours.focus, place, max(2, self.ctx.px(2)))

    def _paint_name(self, surface: Surface, rect: Rect, view: tuple[Shown | None, str]) -> None:
        shown, hint = view
        text = hint if shown is None else title(shown.unit, shown.shape)
        self.ctx.text(surface, text, rect, bold=shown is not None)

    def _paint_picture(self, number: int, surface: Surface, rect: Rect, view: Any) -> None:
        """One of the three, with the box around what the unit depends on, and the cell that matters."""
        shown, _, focused = view
        picture = None if shown is None else pictures(shown)[number]
        if picture is None:
            return
        ctx, colours = self.ctx, self.ctx.colours
        line = Rect(rect.x, rect.y, rect.width, self.line)
        ctx.text(surface, picture.caption, line, colours.muted, theme.SMALL, cut=True)
        values = shown.trace[picture.unit.layer].values
        body = self._body(rect, values.shape)
        grid = grid_of(values, picture.unit.channel)
        image = self._image(grid, values, picture.unit.layer == next(iter(shown.trace)))
        surface.blit(scaled(image, body.size), body)
        ctx.frame(surface, body)
        rows, columns = picture_size(values.shape)
        thick = max(1, ctx.px(1.5))
        for box, colour in (
            (picture.box, colours.answer if number == 2 else colours.focus),
            (picture.mark and (*picture.mark, picture.mark[0] + 1, picture.mark[1] + 1), colours.answer),
        ):
            if box is not None:
                top, bottom = (body.y + round(at * body.height / rows) for at in (box[0], box[2]))
                left, right = (body.x + round(at * body.width / columns) for at in (box[1], box[3]))
                ring = Rect(left, top, max(1, right - left), max(1, bottom - top)).inflate(2 * thick, 2 * thick)
                pygame.draw.rect(surface, colour, ring.clip(body.inflate(2 * thick, 2 * thick)), thick)
        if actions.UNIT.value_of(focused) == number:
            ctx.outline(surface, body)

    def _image(self, grid: np.ndarray, values: np.ndarray, is_image: bool) -> Surface:
        """A part of a layer's output, in the colours of ink, of activations, or of both signs, on the scale of all."""
        if is_image:
            return self.ctx.grey(grid)
        largest = max(float(np.abs(values).max()), 1e-6)
        return self.ctx.signed(grid / largest) if values.min() < 0 else self.ctx.heat(grid / largest)

    def _paint_maps(self, surface: Surface, rect: Rect, view: Any) -> None:
        """All maps of the layer, on one scale; of a vector, a cell with its number for each unit."""
        shown, hovered, focused = view
        if shown is None:
            return
        ctx, values, unit = self.ctx, shown.trace[shown.unit.layer].values, shown.unit
        places = self._cells(values.shape)
        if values.ndim == 3:
            chosen, (high, wide, count) = unit.channel, values.shape
            # One below the other they are one image: the palette is set once, which takes longer than the rest.
            column = self._image(np.moveaxis(values, 2, 0).reshape(count * high, wide), values, is_image=False)
            for channel, place in enumerate(places):
                surface.blit(scaled(column.subsurface(Rect(0, channel * high, wide, high)), place.size), place)
        else:
            chosen = int(np.ravel_multi_index(unit.place, values.shape))
            self._paint_vector(surface, places, values.ravel())
        colours = ctx.colours
        for number, colour in ((actions.MAP.value_of(hovered), colours.muted), (chosen, colours.answer),
                               (actions.MAP.value_of(focused), colours.focus)):  # fmt: skip
            if isinstance(number, int) and number < len(places):
                pygame.draw.rect(surface, colour, places[number].inflate(4, 4), max(2, ctx.px(2)))

    def _paint_vector(self, surface: Surface, places: list[Rect], values: np.ndarray) -> None:
        ctx = self.ctx
        colours = (normalized(values) + 1) / 2 if values.min() < 0 else normalized(values)
        strip = ctx.signed(normalized(values)[None]) if values.min() < 0 else ctx.heat(colours[None])
        for number, place in enumerate(places):
            red, green, blue, _ = strip.get_at((number, 0))
            surface.fill((red, green, blue), place)
            if place.width >= ctx.px(26):
                bright = 3 * red + 6 * green + blue > 1200
                text = f"{values[number]:.2f}".replace("-", "−")
                ctx.text(
                    surface, text, place.inflate(-2, 0), (0, 0, 0) if bright else (255, 255, 255), 10, align="center"
                )

    def _paint_sum(self, surface: Surface, rect: Rect, view: Shown | None) -> None:
        if view is not None:
            paint_sum(self.ctx, surface, rect, view.trace, view.unit)


def _hint(state: State) -> str:
    if state.line_mode:
        return "Works for single digits only; press W for one digit"
    return "Draw a digit to see the numbers" if state.shown.blank else ""

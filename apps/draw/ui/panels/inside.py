"""Look inside: feature maps, occlusion and saliency maps, the hidden layer, and the nearest training images."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.actions.units import trace_of
from apps.draw.core.panel_data import FeatureMaps, Grid, Neighbours
from apps.draw.core.state import Perform, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.draw_context import scaled
from apps.draw.ui.layout import cells, columns
from apps.draw.ui.numbers import normalized, paint_numbers
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.panels.picker import unit_picker
from apps.draw.ui.part import Part
from apps.draw.ui.shapes import transparent


def _sharp(side: int) -> int:
    """The largest side, up to this one, that is a multiple of 28: all pixels of an image get the same size."""
    return max(1, side // 28 * 28 if side >= 28 else side)


class ChosenMap(NamedTuple):
    """The feature map pointed at: its layer, and its channel."""

    maps: FeatureMaps
    channel: int

    @property
    def values(self) -> np.ndarray:
        """(H, W)."""
        return self.maps.values[:, :, self.channel]


def _maps(state: State) -> tuple[FeatureMaps, ...]:
    found: tuple[FeatureMaps, ...] = state.panel_data.get("maps", ())
    return found


def _hint(state: State) -> str:
    if state.line_mode:
        return "Works for single digits only; press W for one digit"
    return "Draw a digit to see what happens inside" if state.shown.blank else ""


def _chosen(state: State) -> ChosenMap | None:
    """The map that the pointer or the focus is on."""
    for control in (state.hover, state.focus):
        number = actions.FEATURE_MAP.value_of(control)
        if isinstance(number, int):
            for maps in _maps(state):
                if number < maps.values.shape[2]:
                    return ChosenMap(maps, number)
                number -= maps.values.shape[2]
            return None
    return None


class Inside(PanelView):
    """Four images in a row, two rows of feature maps, the hidden layer and the nearest training images."""

    title = "Look inside"

    def arrange(self) -> None:
        """The digits to explain, then the rows, which share the height."""
        rect, gap = self.rect, self.ctx.px(9)
        self.line = self.ctx.px(18)
        self.chips = self.row(rect.y, 26)
        top = self.chips.bottom + gap
        rest = max(8, rect.bottom - top)
        side = _sharp(min(round(0.3 * rest) - self.line, columns(rect, 4, gap)[0].width))
        self.images = columns(Rect(rect.x, top, rect.width, self.line + side), 4, gap)
        top += self.line + side + gap
        left = max(3, rect.bottom - top - 2 * gap)
        rows = []
        for share in (0.42, 0.34, 0.24):
            rows.append(Rect(rect.x, top, rect.width, max(1, round(left * share))))
            top = rows[-1].bottom + gap
        self.first, self.pooled, last = rows
        self.hidden, self.nearest = columns(last, 2, gap)

    def _body(self, rect: Rect) -> Rect:
        """A place without its line of text."""
        return Rect(rect.x, rect.y + self.line, rect.width, max(1, rect.height - self.line))

    def _cells(self, rect: Rect, count: int) -> list[Rect]:
        """The cells of so many feature maps."""
        return cells(self._body(rect), count, gap=2, ragged=0.8)

    def controls(self, state: State) -> list[Control]:
        """The digits to explain, and the feature maps."""
        rects = columns(self.chips, 15, self.ctx.px(4))
        answer, on = rects[0].union(rects[1]), state.explain is None
        found = [button(actions.EXPLAIN_ANSWER, answer, key="", on=on, card=True)]
        for digit, rect in enumerate(rects[2:12]):
            tip, on = f"What supports a {digit}, and what contradicts it?", state.explain == digit
            found.append(button(actions.EXPLAIN, rect, digit, label=str(digit), tip=tip, on=on, card=True))
        found.append(button(actions.BY_NUMBERS, rects[12].union(rects[14]), card=True))
        found += self._pictures(state)
        number = 0
        for maps, rect in zip(_maps(state), (self.first, self.pooled), strict=False):
            for channel, cell in enumerate(self._cells(rect, maps.values.shape[2])):
                drag = unit_picker(maps.name, channel, maps.values.shape, cell)
                found.append(Control(Perform(actions.FEATURE_MAP, number), cell, drawn=False, drag=drag))
                number += 1
        return found

    def _pictures(self, state: State) -> list[Control]:
        """The image, and the hidden layer: a click shows the unit."""
        trace, hidden = trace_of(state), state.panel_data.get("hidden")
        if trace is None:
            return []
        image = self._square(self._body(self.images[0]))
        drag = unit_picker("image", 0, trace["image"].values.shape, image)
        found = [Control(Perform(actions.UNIT, 0), image, drawn=False, drag=drag)]
        if hidden is not None:
            places = self._units(len(hidden.values))
            across, grid = sum(place.y == places[0].y for place in places), places[0].unionall(places)
            size = len({place.y for place in places}), across
            pick = unit_picker(hidden.name, 0, trace[hidden.name].values.shape, grid, size)
            found.append(Control(Perform(actions.LAYER, hidden.name), grid, drawn=False, drag=pick))
        return found

    def _units(self, count: int) -> list[Rect]:
        """The cells of the hidden layer."""
        return cells(self._body(self.hidden), count, gap=0, ragged=0.8)

    def sections(self) -> list[Part]:
        """Its images."""

        def data(name: str) -> Any:
            return lambda state: state.panel_data.get(name)

        image, occlusion, saliency, detail = self.images
        return [
            self.section(image, self._image_model, self._paint_image),
            self.section(occlusion, data("occlusion"), partial(self._paint_evidence, "Occlusion")),
            self.section(saliency, data("saliency"), partial(self._paint_evidence, "Saliency")),
            self.section(detail, _chosen, self._paint_detail),
            self.section(self.first, lambda state: self._maps_model(state, 0), self._paint_maps),
            self.section(self.pooled, lambda state: self._maps_model(state, 1), self._paint_maps),
            self.section(self.hidden, data("hidden"), self._paint_hidden),
            self.section(self.nearest, data("neighbours"), self._paint_nearest),
        ]

    def _image_model(self, state: State) -> tuple[Any, ChosenMap | None]:
        """The image, and the map that is laid over it."""
        return state.panel_data.get("image"), _chosen(state)

    def _maps_model(self, state: State, row: int) -> tuple[FeatureMaps | None, int | None, str]:
        """The layer, which of its maps is pointed at, and why there is none."""
        found, chosen = _maps(state), _chosen(state)
        maps = found[row] if row < len(found) else None
        pointed = chosen.channel if chosen is not None and chosen.maps is maps else None
        return maps, pointed, _hint(state) if row == 0 and maps is None else ""

    def _label(self, surface: Surface, rect: Rect, text: str) -> Rect:
        """Write the line of text; returns the room below."""
        line = Rect(rect.x, rect.y, rect.width, self.line)
        self.ctx.text(surface, text, line, self.ctx.colours.muted, theme.SMALL)
        return self._body(rect)

    def _square(self, body: Rect) -> Rect:
        """Where an image of 28x28 is in its place."""
        side = _sharp(min(body.size))
        return Rect(body.x, body.y, side, side)

    def _paint_square(
        self, surface: Surface, body: Rect, image: Surface | None, over: np.ndarray | None = None
    ) -> None:
        """An image of 28x28, with a map over it; a blank square while there is none."""
        square = self._square(body)
        if image is None:
            surface.fill(self.ctx.colours.track, square)
            return
        surface.blit(scaled(image, square.size), square)
        if over is not None:
            surface.blit(self._overlay(over, square.size), square)
        self.ctx.frame(surface, square)

    def _paint_image(self, surface: Surface, rect: Rect, view: tuple[Grid | None, ChosenMap | None]) -> None:
        """The network input; the activation of the map pointed at is laid over it."""
        image, chosen = view
        body = self._label(surface, rect, "Input, 28x28" if chosen is None else "Where it fires")
        over = None if chosen is None or image is None else chosen.values
        self._paint_square(surface, body, None if image is None else self.ctx.grey(image.values), over)

    def _overlay(self, values: np.ndarray, size: tuple[int, int]) -> Surface:
        """A map as transparent colour, which is stronger for higher activations."""
        overlay = transparent(values.shape[::-1])
        overlay.fill(self.ctx.colours.contra)
        alpha = pygame.surfarray.pixels_alpha(overlay)
        alpha[...] = np.rint(normalized(values).clip(0, 1) * 200).astype(np.uint8).T
        del alpha  # unlocks the surface
        return pygame.transform.scale(overlay, size)

    def _paint_evidence(self, name: str, surface: Surface, rect: Rect, view: Grid | None) -> None:
        """An occlusion or saliency map: which pixels support the digit, and which contradict it."""
        body = self._label(surface, rect, name if view is None else f"{name} for {view.label}")
        self._paint_square(surface, body, None if view is None else self.ctx.signed(normalized(view.values)))

    def _paint_detail(self, surface: Surface, rect: Rect, chosen: ChosenMap | None) -> None:
        """The filter of the map pointed at; else what the colours mean."""
        ctx = self.ctx
        if chosen is None:
            self._paint_legend(surface, rect)
            return
        maps, values = chosen.maps, chosen.values
        fires = float((values > 0.1 * max(float(maps.values.max()), 1e-6)).mean())
        body = self._label(surface, rect, f"Map {chosen.channel + 1}, on {fires:.0%}")
        if maps.kernel is None:
            side = _sharp(min(body.size))
            heat = ctx.heat(values / max(float(maps.values.max()), 1e-6))
            surface.blit(scaled(heat, (side, side)), body)
            return
        kernel = maps.kernel[:, :, :, chosen.channel].mean(axis=2)
        high, wide = kernel.shape
        cell = max(1, min(body.size) // max(high, wide))
        paint_numbers(self.ctx, surface, body, kernel, cell)

    def _paint_legend(self, surface: Surface, rect: Rect) -> None:
        ctx, colours = self.ctx, self.ctx.colours
        body, high = self._label(surface, rect, "Colours"), self.ctx.px(18)
        swatch = Rect(body.x, body.y, high, high)
        for colour, sign, text in ((colours.pro, "+", "supports it"), (colours.contra, "−", "contradicts it")):
            surface.fill(colour, swatch)
            ctx.text(surface, sign, swatch, colours.paper, align="center", bold=True)
            line = Rect(swatch.right + ctx.px(6), swatch.y, body.right - swatch.right - ctx.px(6), high)
            ctx.text(surface, text, line, colours.muted, theme.SMALL, cut=True)
            swatch = swatch.move(0, high + ctx.px(4))
        hint = Rect(body.x, swatch.y, body.width, high)
        ctx.text(surface, "Point at a map, or click", hint, colours.faint, theme.SMALL, cut=True)

    def _paint_maps(self, surface: Surface, rect: Rect, view: tuple[FeatureMaps | None, int | None, str]) -> None:
        """All maps of a layer, on one scale."""
        maps, pointed, hint = view
        if maps is None:
            self._label(surface, rect, hint)
            return
        high, wide, count = maps.values.shape
        what = "After the first convolution" if maps.kernel is not None else "After the first pooling"
        self._label(surface, rect, f"{what}: {count} maps of {wide}x{high}")
        places = self._cells(rect, count)
        # One below the other they are one image: the palette is set once, which takes longer than the rest.
        column = self.ctx.heat(np.moveaxis(normalized(maps.values), 2, 0).reshape(count * high, wide))
        for index, place in enumerate(places):
            image = column.subsurface(Rect(0, index * high, wide, high))
            surface.blit(scaled(image, place.size), place)
        if pointed is not None:
            pygame.draw.rect(surface, self.ctx.colours.focus, places[pointed].inflate(2, 2), max(2, self.ctx.px(2)))

    def _paint_hidden(self, surface: Surface, rect: Rect, view: Grid | None) -> None:
        """The activity of the last hidden layer, a cell for each unit."""
        if view is None:
            self._label(surface, rect, "Hidden layer")
            return
        values = np.maximum(view.values, 0)
        active = int((values > 0).sum())
        body = self._label(surface, rect, f"Hidden layer: {active} of {len(values)} units active")
        places = self._units(len(values))
        across = sum(place.y == places[0].y for place in places)
        grid = np.zeros(-(-len(values) // across) * across)
        grid[: len(values)] = normalized(values)
        image = self.ctx.heat(grid.reshape(-1, across))
        side = places[0].width
        surface.blit(scaled(image, (across * side, image.get_height() * side)), body)

    def _paint_nearest(self, surface: Surface, rect: Rect, view: Neighbours | None) -> None:
        """The nearest training images, with their labels."""
        ctx, body = self.ctx, self._label(surface, rect, "Nearest training images")
        if view is None or not len(view.images):
            line = Rect(body.x, body.y, body.width, ctx.px(18))
            ctx.text(surface, "" if view is None else view.note, line, ctx.colours.faint, theme.SMALL, cut=True)
            return
        places = cells(body, len(view.images), 0.74, gap=4)
        for image, label, place in zip(view.images, view.labels, places, strict=True):
            square = scaled(ctx.grey(image / 255.0), (place.width, place.width))
            ctx.captioned(surface, place, square, str(label), ctx.colours.text)

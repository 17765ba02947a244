"""Look inside: feature maps, occlusion and saliency maps, the hidden layer, and the nearest training images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.panel_data import FeatureMaps, Grid, Neighbours
from apps.draw.core.state import Perform, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.draw_context import Part, scaled
from apps.draw.ui.layout import cells, columns
from apps.draw.ui.panels.panel import PanelView


def _sharp(side: int) -> int:
    """The side of an image of 28x28 that has no more pixels than that: each of its own as large as the others."""
    return max(1, side // 28 * 28 if side >= 28 else side)


def _maps(state: State) -> tuple[FeatureMaps, ...]:
    found: tuple[FeatureMaps, ...] = state.panel_data.get("maps", ())
    return found


def _hint(state: State) -> str:
    if state.line_mode:
        return "Works for single digits only; W goes back to one digit"
    return "Draw a digit to see what happens inside" if state.shown.blank else ""


def _pointed(state: State) -> int | None:
    """The number of the map that the pointer or the focus is on."""
    for control in (state.hover, state.focus):
        if control is not None and control.action is actions.FEATURE_MAP and isinstance(control.value, int):
            return control.value
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
        rects = columns(self.chips, 12, self.ctx.px(4))
        answer, on = rects[0].union(rects[1]), state.explain is None
        found = [button(actions.EXPLAIN_ANSWER, answer, key="", on=on, card=True)]
        for digit, rect in enumerate(rects[2:]):
            tip, on = f"What supports a {digit}, and what contradicts it?", state.explain == digit
            found.append(button(actions.EXPLAIN, rect, digit, label=str(digit), tip=tip, on=on, card=True))
        number = 0
        for maps, rect in zip(_maps(state), (self.first, self.pooled), strict=False):
            for cell in self._cells(rect, maps.values.shape[2]):
                found.append(Control(Perform(actions.FEATURE_MAP, number), cell, drawn=False))
                number += 1
        return found

    def sections(self) -> list[Part]:
        """Each of its pictures."""

        def data(name: str) -> Any:
            return lambda state: state.panel_data.get(name)

        image, occlusion, saliency, detail = self.images
        return [
            self.section(image, self._image_model, self._paint_image),
            self.section(occlusion, data("occlusion"), self._paint_occlusion),
            self.section(saliency, data("saliency"), self._paint_saliency),
            self.section(detail, self._chosen, self._paint_detail),
            self.section(self.first, lambda state: self._maps_model(state, 0), self._paint_maps),
            self.section(self.pooled, lambda state: self._maps_model(state, 1), self._paint_maps),
            self.section(self.hidden, data("hidden"), self._paint_hidden),
            self.section(self.nearest, data("neighbours"), self._paint_nearest),
        ]

    def _image_model(self, state: State) -> tuple[Any, Any]:
        """The image, and the map that is to be laid over it."""
        return state.panel_data.get("image"), self._chosen(state)

    def _chosen(self, state: State) -> tuple[FeatureMaps, int, int] | None:
        """The layer and the number of the map pointed at, and its number in all."""
        number = _pointed(state)
        if number is None:
            return None
        left = number
        for maps in _maps(state):
            if left < maps.values.shape[2]:
                return maps, left, number
            left -= maps.values.shape[2]
        return None

    def _maps_model(self, state: State, row: int) -> tuple[Any, int | None, str]:
        """The layer, which of its maps is pointed at, and why there is none."""
        found = _maps(state)
        chosen = self._chosen(state)
        maps = found[row] if row < len(found) else None
        pointed = chosen[1] if chosen is not None and chosen[0] is maps else None
        return maps, pointed, _hint(state) if row == 0 and maps is None else ""

    def _label(self, surface: Surface, rect: Rect, text: str) -> Rect:
        line = Rect(rect.x, rect.y, rect.width, self.line)
        self.ctx.text(surface, text, line, self.ctx.colours.muted, theme.SMALL)
        return self._body(rect)

    def _square(self, rect: Rect) -> Rect:
        side = _sharp(min(rect.size))
        return Rect(rect.x, rect.y, side, side)

    def _blank(self, surface: Surface, rect: Rect) -> None:
        surface.fill(self.ctx.colours.track, self._square(rect))

    def _paint_image(self, surface: Surface, rect: Rect, view: tuple[Grid | None, Any]) -> None:
        """What the network is shown; where the map pointed at fires is laid over it."""
        image, chosen = view
        body = self._label(surface, rect, "Input, 28x28" if chosen is None else "Where it fires")
        if image is None:
            self._blank(surface, body)
            return
        square = self._square(body)
        surface.blit(scaled(self.ctx.grey(image.values), square.size), square)
        if chosen is not None:
            surface.blit(self._over(chosen, square.size), square)
        self.ctx.frame(surface, square)

    def _over(self, chosen: tuple[FeatureMaps, int, int], size: tuple[int, int]) -> Surface:
        """A map as a veil of colour, the stronger the more it fires, at its place over the image."""
        maps, index, _ = chosen
        values = maps.values[:, :, index]
        share = values / max(float(values.max()), 1e-6)
        veil = Surface(values.shape[::-1], pygame.SRCALPHA)
        veil.fill(self.ctx.colours.contra)
        alpha = pygame.surfarray.pixels_alpha(veil)
        alpha[...] = np.rint(share.clip(0, 1) * 200).astype(np.uint8).T
        del alpha
        return pygame.transform.scale(veil, size)

    def _paint_occlusion(self, surface: Surface, rect: Rect, view: Grid | None) -> None:
        """How much the digit loses where ink is covered."""
        self._evidence(surface, rect, "Occlusion", view)

    def _paint_saliency(self, surface: Surface, rect: Rect, view: Grid | None) -> None:
        """Where more ink would support the digit: the gradient of its logit."""
        self._evidence(surface, rect, "Saliency", view)

    def _evidence(self, surface: Surface, rect: Rect, what: str, view: Grid | None) -> None:
        body = self._label(surface, rect, what if view is None else f"{what} for {view.label}")
        if view is None:
            self._blank(surface, body)
            return
        square = self._square(body)
        top = max(float(np.abs(view.values).max()), 1e-6)
        surface.blit(scaled(self.ctx.signed(view.values / top), square.size), square)
        self.ctx.frame(surface, square)

    def _paint_detail(self, surface: Surface, rect: Rect, view: tuple[FeatureMaps, int, int] | None) -> None:
        """The filter of the map pointed at; else what the colours mean."""
        ctx = self.ctx
        if view is None:
            body = self._label(surface, rect, "Colours")
            high = ctx.px(18)
            for row, (colour, sign, text) in enumerate(
                ((ctx.colours.pro, "+", "supports it"), (ctx.colours.contra, "−", "contradicts it"))
            ):
                swatch = Rect(body.x, body.y + row * (high + ctx.px(4)), high, high)
                surface.fill(colour, swatch)
                ctx.text(surface, sign, swatch, ctx.colours.paper, theme.NORMAL, align="center", bold=True)
                line = Rect(swatch.right + ctx.px(6), swatch.y, body.right - swatch.right - ctx.px(6), high)
                ctx.text(surface, text, line, ctx.colours.muted, theme.SMALL, cut=True)
            hint = Rect(body.x, body.y + 2 * (high + ctx.px(4)), body.width, high)
            ctx.text(surface, "Point at a map", hint, ctx.colours.faint, theme.SMALL, cut=True)
            return
        maps, index, _ = view
        values = maps.values[:, :, index]
        fires = float((values > 0.1 * max(float(maps.values.max()), 1e-6)).mean())
        body = self._label(surface, rect, f"Map {index + 1}, on {fires:.0%}")
        if maps.kernel is None:
            square = self._square(body)
            surface.blit(scaled(ctx.heat(values / max(float(maps.values.max()), 1e-6)), square.size), square)
            return
        kernel = maps.kernel[:, :, :, index].mean(axis=2)
        side = max(1, min(body.size) // max(kernel.shape)) * max(kernel.shape)
        square = Rect(
            body.x, body.y, side * kernel.shape[1] // max(kernel.shape), side * kernel.shape[0] // max(kernel.shape)
        )
        top = max(float(np.abs(kernel).max()), 1e-6)
        surface.blit(scaled(ctx.signed(kernel / top), square.size), square)
        self._numbers(surface, square, kernel)

    def _numbers(self, surface: Surface, square: Rect, kernel: np.ndarray) -> None:
        """The sign of each weight, which its colour must not tell alone, and its size where there is room."""
        high, wide = kernel.shape
        for row in range(high):
            for column in range(wide):
                cell = Rect(
                    square.x + column * square.width // wide, square.y + row * square.height // high,
                    square.width // wide, square.height // high,
                )  # fmt: skip
                value = float(kernel[row, column])
                text = (
                    f"{value:+.1f}".replace("-", "−") if cell.width >= self.ctx.px(26) else ("+" if value > 0 else "−")
                )
                strong = abs(value) > 0.55 * float(np.abs(kernel).max())
                colour = self.ctx.colours.paper if strong else self.ctx.colours.text
                self.ctx.text(surface, text, cell, colour, theme.SMALL - 1, align="center")

    def _paint_maps(self, surface: Surface, rect: Rect, view: tuple[FeatureMaps | None, int | None, str]) -> None:
        """All maps of a layer, on one scale."""
        maps, pointed, hint = view
        if maps is None:
            self._label(surface, rect, hint)
            return
        high, wide, count = maps.values.shape
        what = "After the first convolution" if maps.kernel is not None else "After the first pooling"
        self._label(surface, rect, f"{what}: {count} maps of {wide}x{high}")
        top = max(float(maps.values.max()), 1e-6)
        places = self._cells(rect, count)
        # One below the other they are one image: the palette is set once, which takes longer than the rest.
        column = self.ctx.heat(np.moveaxis(maps.values / top, 2, 0).reshape(count * high, wide))
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
        places = cells(body, len(values), gap=0, ragged=0.8)
        across = sum(place.y == places[0].y for place in places)
        grid = np.zeros(-(-len(values) // across) * across)
        grid[: len(values)] = values / max(float(values.max()), 1e-6)
        image = self.ctx.heat(grid.reshape(-1, across))
        side = places[0].width
        surface.blit(scaled(image, (across * side, image.get_height() * side)), body)

    def _paint_nearest(self, surface: Surface, rect: Rect, view: Neighbours | None) -> None:
        """The training images that are most alike, with their labels."""
        if view is None or not len(view.images):
            body = self._label(surface, rect, "Nearest training images")
            if view is not None:
                self.ctx.text(
                    surface,
                    view.note,
                    Rect(body.x, body.y, body.width, self.ctx.px(18)),
                    self.ctx.colours.faint,
                    theme.SMALL,
                    cut=True,
                )
            return
        body = self._label(surface, rect, "Nearest training images")
        for image, label, place in zip(
            view.images, view.labels, cells(body, len(view.images), 0.74, gap=4), strict=True
        ):
            square = Rect(place.x, place.y, place.width, place.width)
            surface.blit(scaled(self.ctx.grey(image / 255.0), square.size), square)
            self.ctx.frame(surface, square)
            below = Rect(place.x, square.bottom, place.width, max(1, place.bottom - square.bottom))
            self.ctx.text(surface, str(label), below, self.ctx.colours.text, theme.SMALL, align="center")

"""The arithmetic of a unit: its products, and the steps from their sum to the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pygame import Rect, Surface

from apps.draw.core.formatting import signed
from apps.draw.core.unit import Index, Unit
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import columns
from apps.draw.ui.numbers import READABLE, Numbers, cell_size, paint_row

if TYPE_CHECKING:
    from nn.layers.explanation import Explanation, Window
    from nn.trace import Trace

#: The side of a cell at scale 1, at most; and the narrowest line of a product.
CELL, PRODUCT = 34.0, 190.0


def paint_sum(ctx: DrawContext, surface: Surface, rect: Rect, trace: Trace, unit: Unit) -> None:
    """The products, the largest contributions first; beside them the steps, and what becomes of the output."""
    line = ctx.px(16)
    chain = trace.chain(*unit)
    explanation = trace.explain(*chain[0])
    if rect.height < 2 * line:
        return
    body, last = Rect(rect.x, rect.y, rect.width, rect.height - line), rect.bottom - line
    ctx.text(surface, _origin(trace, unit), Rect(rect.x, last, rect.width, line), ctx.colours.muted, theme.SMALL)
    if body.height > 4 * line and any(window.values.size > 1 for window in explanation.windows):
        products = Rect(body.x, body.y, round(0.53 * body.width), body.height)
        _paint_products(ctx, surface, products, explanation)
        body = Rect(products.right + ctx.px(14), body.y, max(1, body.right - products.right - ctx.px(14)), body.height)
    steps = [step for each in chain for step in _steps(trace, Unit(*each))]
    for number, (text, value) in enumerate([*steps, *_onward(trace, unit)]):
        place = Rect(body.x, body.y + number * line, min(body.width, ctx.px(360)), line)
        if place.bottom > last:
            break
        _line(ctx, surface, place, text, value, number + 1 == len(steps))


def _steps(trace: Trace, unit: Unit) -> list[tuple[str, str]]:
    """The operations of a layer, and their results."""
    lines = []
    for number, (operation, operand, result) in enumerate(trace.explain(*unit).steps):
        text = operation if operand is None else f"{operation} {signed(operand, 3)}"
        lines.append((text if number else f"{unit.layer}: {text}", signed(result, 3)))
    return lines


def _line(ctx: DrawContext, surface: Surface, rect: Rect, text: str, value: str, strong: bool = False) -> None:
    """A text, and its number at the right."""
    colour = ctx.colours.text if strong else ctx.colours.muted
    wide = min(ctx.px(56), rect.width - 1)
    place = Rect(rect.x, rect.y, rect.width - wide, rect.height)
    ctx.text(surface, text, place, colour, theme.SMALL, bold=strong)
    ctx.text(surface, f"= {value}", Rect(place.right, rect.y, wide, rect.height), colour, theme.SMALL,
             align="midright", bold=strong)  # fmt: skip


def _onward(trace: Trace, unit: Unit) -> list[tuple[str, str]]:
    """The layers that follow, as far as they change this number alone, or compare it."""
    lines = []
    before = tuple(unit)
    for name, index in trace.onward(*unit):
        explanation = trace.explain(name, index)
        text = f"then {name}"
        if explanation.selects:
            found = explanation.strongest
            wins = found is not None and (trace[name].inputs[found[0]], found[1]) == before
            text += ": this one" if wins else ": a larger one"
        lines.append((text, signed(explanation.value, 3)))
        before = (name, index)
    return lines


def _origin(trace: Trace, unit: Unit) -> str:
    """The pixel that matters."""
    name, index = trace.path(*unit)[-1]
    if name != next(iter(trace)):
        return "No ink contributes: it comes from the biases alone"
    row, column = index[:2]
    ink = float(trace[name].values[index])
    return f"The largest contributions lead to row {row + 1}, column {column + 1} of the image: ink {ink:.2f}"


def _paint_products(ctx: DrawContext, surface: Surface, rect: Rect, explanation: Explanation) -> None:
    """Those of a layer with one input."""
    (window,) = explanation.windows
    if window.values.ndim == 3 and window.values.shape[0] * window.values.shape[1] > 1:
        _paint_maps(ctx, surface, rect, window, explanation.strongest)
    elif window.weights is not None:
        _paint_list(ctx, surface, rect, window)


def _paint_maps(
    ctx: DrawContext, surface: Surface, rect: Rect, window: Window, strongest: tuple[int, Index] | None
) -> None:
    """The window of each map, its weights and products; the maps by contribution, the largest first."""
    sums = window.contributions.sum(axis=(0, 1))
    order = np.argsort(-np.abs(sums), kind="stable").tolist()
    many, line, gap = len(order) > 1, ctx.px(16), ctx.px(14)
    grids = _grids(window, 0, None)
    across = max(
        1, (rect.width + gap) // (ctx.px(READABLE + 2) * sum(grid.values.shape[1] for grid in grids) + 3 * gap)
    )
    wide = (rect.width + gap) // across - gap
    room = Rect(rect.x, rect.y + many * line, wide, rect.height - 4 * many * line)
    cell = cell_size(ctx, room, grids, CELL)
    high = line * (1 + many) + cell * window.values.shape[0] + ctx.px(6)
    count = min(len(order), across * max(1, (rect.height - 2 * many * line) // high))
    for number, channel in enumerate(order[:count]):
        place = Rect(rect.x + number % across * (wide + gap), rect.y + number // across * high, wide, line)
        if many:
            text = f"map {channel + 1}: {signed(float(sums[channel]), 3)}"
            ctx.text(surface, text, place, ctx.colours.text, theme.SMALL, bold=True)
        body = Rect(place.x, place.y + line * many, wide, high)
        paint_row(ctx, surface, body, _grids(window, channel, strongest), cell)
    top = rect.y + -(-count // across) * high
    _paint_others(ctx, surface, Rect(rect.x, top, rect.width, max(0, rect.bottom - top)), sums, order[count:])


def _grids(window: Window, channel: int, strongest: tuple[int, Index] | None) -> list[Numbers]:
    """The values of a map in the window, its weights and products."""
    marked = None
    if strongest is not None and strongest[1][2] == window.origin[2] + channel:
        marked = strongest[1][0] - window.origin[0], strongest[1][1] - window.origin[1]
    values = Numbers("window", window.values[:, :, channel], marked)
    if window.weights is None:
        return [values]
    weights = Numbers("× weights", window.weights[:, :, channel])
    return [values, weights, Numbers("= products", window.contributions[:, :, channel], marked)]


def _paint_others(ctx: DrawContext, surface: Surface, rect: Rect, sums: np.ndarray, order: list[int]) -> None:
    """The sums of the other maps, as many as there is room for, and the sum of the rest."""
    line = ctx.px(16)
    if not order or rect.height < line:
        return
    across = max(1, rect.width // ctx.px(110))
    count = min(len(order), across * (rect.height // line - 1))
    places = columns(Rect(rect.x, rect.y, rect.width, line), across, ctx.px(10))
    for number, channel in enumerate(order[:count]):
        place = places[number % across].move(0, number // across * line)
        text = f"map {channel + 1}: {signed(float(sums[channel]), 3)}"
        ctx.text(surface, text, place, ctx.colours.muted, theme.SMALL)
    if count < len(order):
        text = f"and {len(order) - count} other maps: {signed(float(sums[order[count:]].sum()), 3)}"
        place = Rect(rect.x, rect.y + -(-count // across) * line, rect.width, line)
        ctx.text(surface, text, place, ctx.colours.muted, theme.SMALL)


def _paint_list(ctx: DrawContext, surface: Surface, rect: Rect, window: Window) -> None:
    """The products of a vector, the largest first, with a bar for each."""
    assert window.weights is not None
    values, weights, products = (each.ravel() for each in (window.values, window.weights, window.contributions))
    order = np.argsort(-np.abs(products), kind="stable")
    line = ctx.px(16)
    across = max(1, rect.width // ctx.px(PRODUCT))
    down = max(1, min(rect.height // line - 1, -(-len(order) // across)))
    count = min(len(order), across * down)
    most = max(float(np.abs(products).max()), 1e-9)
    places = columns(Rect(rect.x, rect.y, rect.width, line), across, ctx.px(14))
    for number, term in enumerate(order[:count].tolist()):
        place = places[number // down].move(0, number % down * line)
        length = round((place.width - 2) * abs(float(products[term])) / most)
        colour = ctx.colours.pro if products[term] > 0 else ctx.colours.contra
        surface.fill(colour, Rect(place.x, place.bottom - ctx.px(2), max(1, length), ctx.px(2)))
        text = f"{term + 1}:  {signed(float(values[term]))} × {signed(float(weights[term]))}"
        _line(ctx, surface, place, text, signed(float(products[term]), 3))
    if count < len(order):
        text = f"and {len(order) - count} other products: {signed(float(products[order[count:]].sum()), 3)}"
        place = Rect(rect.x, rect.y + down * line, rect.width, line)
        ctx.text(surface, text, place, ctx.colours.muted, theme.SMALL)

"""Numbers in coloured cells: kernels, windows and their products."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.core.formatting import signed
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext, scaled

#: The smallest cell that a number is written in, at scale 1; a smaller one only has a sign.
READABLE = 26.0

#: The smallest cell with a sign.
SIGN = 11.0

#: Between two grids, at scale 1.
GAP = 10.0


def normalized(values: np.ndarray) -> np.ndarray:
    """Values divided by the largest absolute one."""
    return np.divide(values, max(float(np.abs(values).max(initial=0.0)), 1e-6))


class Numbers(NamedTuple):
    """A grid of numbers.

    Attributes:
        title: above it.
        values: (rows, columns).
        marked: row and column of the cell with a ring; None without one.
    """

    title: str
    values: np.ndarray
    marked: tuple[int, int] | None = None


def paint_numbers(ctx: DrawContext, surface: Surface, rect: Rect, values: np.ndarray, cell: int) -> None:
    """A cell for each number, with the number, or where there is no room its sign: not by colour alone."""
    rows, columns = values.shape
    size = columns * cell, rows * cell
    surface.blit(scaled(ctx.signed(normalized(values)), size), rect.topleft)
    if cell < ctx.px(SIGN):
        return
    strong = 0.55 * float(np.abs(values).max())
    largest = float(np.abs(values).max())
    digits = 0 if largest >= 99.5 else 1 if largest >= 9.95 or cell < ctx.px(READABLE + 6) else 2
    for row, column in np.ndindex(rows, columns):
        value, place = float(values[row, column]), Rect(rect.x + column * cell, rect.y + row * cell, cell, cell)
        if cell >= ctx.px(READABLE):
            text = signed(value, digits) if value else "0"
        else:
            text = "+" if value > 0 else "−" if value < 0 else ""
        colour = ctx.colours.paper if abs(value) > strong > 0 else ctx.colours.text
        ctx.text(surface, text, place.inflate(-2, 0), colour, theme.SMALL - 1, align="center")


def paint_row(ctx: DrawContext, surface: Surface, rect: Rect, grids: list[Numbers], cell: int) -> None:
    """Grids side by side, each with its title above it; see ``cell_size``."""
    gap, line, left = ctx.px(GAP), ctx.px(16), rect.x
    for title, values, marked in grids:
        rows, columns = values.shape
        room = Rect(left, rect.y, columns * cell + gap - 2, line)
        ctx.text(surface, title, room, ctx.colours.muted, theme.SMALL)
        body = Rect(left, rect.y + line, columns * cell, rows * cell)
        paint_numbers(ctx, surface, body, values, cell)
        if marked is not None:
            place = Rect(body.x + marked[1] * cell, body.y + marked[0] * cell, cell, cell)
            pygame.draw.rect(surface, ctx.colours.focus, place, max(2, ctx.px(2)))
        left = body.right + gap


def cell_size(ctx: DrawContext, rect: Rect, grids: list[Numbers], largest: float) -> int:
    """The side of a cell, so that the grids fit side by side."""
    columns = sum(values.shape[1] for _, values, _ in grids)
    rows = max(values.shape[0] for _, values, _ in grids)
    wide = (rect.width - ctx.px(GAP) * (len(grids) - 1)) // columns
    return max(1, min(ctx.px(largest), wide, (rect.height - ctx.px(16)) // rows))

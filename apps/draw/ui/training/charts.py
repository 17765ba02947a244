"""The curves of trainings, and their answers for the drawing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from pygame import Rect, Surface

from apps.draw.core.formatting import percent
from apps.draw.ui import theme
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import columns
from apps.draw.ui.theme import Colour
from apps.live.snapshot import Snapshot

#: The names of trainings side by side.
NAMES = "AB"

#: The loss of a network that guesses among ten digits, which the axis of the loss always includes.
GUESSING = float(np.log(10))


def run_colours(ctx: DrawContext) -> tuple[Colour, Colour]:
    """The colours of the two trainings."""
    return ctx.colours.other, ctx.colours.answer


def label(ctx: DrawContext, surface: Surface, rect: Rect, text: str, short: str = "") -> Rect:
    """Write a line of text, or its short form where it has no room; returns the room below."""
    high = min(ctx.px(16), rect.height)
    text = short if short and ctx.type.width(text, ctx.px(theme.SMALL)) > rect.width else text
    ctx.text(surface, text, Rect(rect.x, rect.y, rect.width, high), ctx.colours.muted, theme.SMALL)
    return Rect(rect.x, rect.y + high, rect.width, max(1, rect.height - high))


def paint_curves(ctx: DrawContext, what: str, surface: Surface, rect: Rect, snapshots: Sequence[Snapshot]) -> None:
    """Loss and accuracy of all trainings on the same axes; the accuracy of the batches faintly.

    ``what`` is the name of the watched images.
    """
    left, right = columns(rect, 2, ctx.px(12))
    latest_step = max((snapshot.position.step for snapshot in snapshots), default=0)
    losses = [snapshot.curves.loss for snapshot in snapshots if len(snapshot.curves.loss)]
    highest = min(max([GUESSING * 1.1, *(float(np.nanmax(loss)) for loss in losses)]), 3 * GUESSING)
    plot = _axes(ctx, surface, left, _heading("Loss", [s.curves.loss for s in snapshots], "{:.3f}"), f"{highest:.1f}")
    for snapshot, colour in zip(snapshots, run_colours(ctx), strict=False):
        _curve(surface, plot, snapshot.curves.step / max(1, latest_step), snapshot.curves.loss / highest, colour)
    latest = [snapshot.curves.held_out[:, 1] for snapshot in snapshots]
    heading = _heading("Accuracy", latest, "{:.1%}")
    plot = _axes(ctx, surface, right, heading.replace("Accuracy", f"{what.capitalize()} accuracy"), "100%", heading)
    for snapshot, colour in zip(snapshots, run_colours(ctx), strict=False):
        red, green, blue, _ = pygame.Color(*colour).lerp(pygame.Color(*ctx.colours.card), 0.6)
        _curve(surface, plot, snapshot.curves.step / max(1, latest_step), snapshot.curves.accuracy, (red, green, blue))
        step, accuracy = snapshot.curves.held_out.T
        _curve(surface, plot, step / max(1, latest_step), accuracy, colour, max(2, ctx.px(2)))


def _heading(name: str, series: Sequence[np.ndarray], form: str) -> str:
    """The name of a plot, and the latest value of each training."""
    latest = [form.format(values[-1]) if len(values) else "–" for values in series]
    return f"{name} {latest[0]}" if len(latest) == 1 else " ".join([name, *map(" ".join, zip(NAMES, latest))])  # noqa: B905


def _axes(ctx: DrawContext, surface: Surface, rect: Rect, heading: str, top: str, short: str = "") -> Rect:
    """The frame of a plot; returns the room for its curves."""
    body = label(ctx, surface, rect, heading, short)
    wide = ctx.type.width("100%", ctx.px(theme.SMALL - 1)) + ctx.px(4)
    plot = Rect(body.x + wide, body.y + ctx.px(3), max(2, body.width - wide), max(2, body.height - ctx.px(6)))
    high = ctx.px(14)
    for text, y in ((top, plot.y), ("0", plot.bottom - high))[: 2 if plot.height >= 2 * high else 1]:
        ctx.text(surface, text, Rect(body.x, y, wide - ctx.px(4), high), ctx.colours.faint, theme.SMALL - 1,
                 align="midright")  # fmt: skip
    pygame.draw.rect(surface, ctx.colours.track, plot, 1)
    return plot


def _curve(surface: Surface, plot: Rect, x: np.ndarray, y: np.ndarray, colour: Colour, width: int = 1) -> None:
    """A curve of values in [0, 1]; larger ones are cut."""
    y = np.nan_to_num(y, nan=1.0, posinf=1.0).clip(0, 1)
    points = np.stack([plot.x + x.clip(0, 1) * (plot.width - 1), plot.bottom - 1 - y * (plot.height - 1)], axis=1)
    if len(points) == 1:
        points = np.repeat(points, 2, axis=0)
    if len(points) and width == 1:
        pygame.draw.aalines(surface, colour, False, points.tolist())
    elif len(points):
        pygame.draw.lines(surface, colour, False, points.tolist(), width)


def paint_answers(ctx: DrawContext, surface: Surface, rect: Rect, snapshots: Sequence[Snapshot]) -> None:
    """The answer of each training for the drawing, and the probabilities of the digits over the last snapshots."""
    gap = ctx.px(6)
    high = (rect.height - gap * (len(snapshots) - 1)) // max(1, len(snapshots))
    for number, snapshot in enumerate(snapshots):
        place = Rect(rect.x, rect.y + number * (high + gap), rect.width, max(1, high))
        _paint_answer(ctx, surface, place, snapshot, NAMES[number] if len(snapshots) > 1 else "")


def _paint_answer(ctx: DrawContext, surface: Surface, rect: Rect, snapshot: Snapshot, name: str) -> None:
    answers = snapshot.answers
    if not len(answers):
        body = label(ctx, surface, rect, f"{name} Your drawing".strip())
        ctx.text(surface, "Draw a digit", Rect(body.x, body.y, body.width, ctx.px(16)), ctx.colours.faint, theme.SMALL)
        return
    best = int(answers[-1].argmax())
    answer = f"{best}, {percent(float(answers[-1, best]))}"
    body = label(ctx, surface, rect, f"{name} Your drawing: {answer}".strip(), f"{name} {answer}".strip())
    rows = answers.shape[1]
    row = max(1, body.height // rows)
    wide = ctx.px(10) if row >= ctx.px(7) else 0
    size = min(theme.SMALL, (row + 1) / ctx.scale)
    for digit in range(rows if wide else 0):
        colour = ctx.colours.answer if digit == best else ctx.colours.faint
        place = Rect(body.x, body.y + digit * row, wide, row)
        ctx.text(surface, str(digit), place, colour, size, bold=digit == best)
    room = Rect(body.x + wide, body.y, max(1, body.width - wide), row * rows)
    image = pygame.transform.scale(ctx.heat(answers.T), room.size)
    surface.blit(image, room)
    ctx.frame(surface, room)

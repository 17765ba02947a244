"""Replay: play the strokes back, or scrub, and see when the network knew."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from apps.draw.core.document import BrushStroke
from apps.draw.core.messages import Command, Do, ReplayMoment
from apps.draw.core.points import Points
from apps.draw.core.state import State, knew_at, length
from apps.draw.ui import theme
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext, Part
from apps.draw.ui.ink import Ink
from apps.draw.ui.layout import Layout, columns
from apps.draw.ui.panels.common import Card, Lines, Painted, inner
from apps.draw.ui.shapes import fill_rounded


class Places:
    """Where the parts of the panel are."""

    def __init__(self, layout: Layout, ctx: DrawContext) -> None:
        rect, gap = inner(layout, ctx), ctx.px(8)
        self.buttons = Rect(rect.x, rect.y, rect.width, ctx.px(34))
        self.slider = Rect(rect.x, self.buttons.bottom + gap, rect.width, ctx.px(26))
        self.words = Rect(rect.x, self.slider.bottom + gap, rect.width, ctx.px(40))
        top = self.words.bottom + gap
        high = min(max(1, rect.bottom - top), ctx.px(420))
        self.plot = Rect(rect.x, top, rect.width, high)


def controls(state: State, layout: Layout, ctx: DrawContext) -> list[Control]:
    """Play, steps and the slider."""
    places = Places(layout, ctx)
    back, play, on = columns(places.buttons, 3, ctx.px(6))
    name = "Pause" if state.replay.playing else "Play"
    return [
        Control(Do(Command.STEP, -5), back, "Back", "←", "Five points back", card=True),
        Control(Do(Command.PLAY), play, name, "Space", "Play the strokes as they were drawn", card=True, strong=True),
        Control(Do(Command.STEP, 5), on, "On", "→", "Five points on", card=True),
        Control(Do(Command.SCRUB, 0), places.slider, tip="Drag to any moment of the drawing", drawn=False),
    ]


def parts(layout: Layout, ctx: DrawContext) -> list[Part]:
    """The card, the slider, the words and the curve."""
    places = Places(layout, ctx)
    view = _View(ctx)
    return [
        Card(layout, ctx, "Replay"),
        Painted(places.slider, ctx, view.look_slider, view.paint_slider),
        Lines(places.words, ctx, _summary, theme.NORMAL),
        Painted(places.plot, ctx, view.look_plot, view.paint_plot),
    ]


def share(state: State) -> float:
    """How much of the ink is shown, 0 to 1."""
    position = state.replay.position
    return 1.0 if position is None else position / length(state)


def _summary(state: State) -> tuple[str, ...]:
    moments = state.replay.moments
    if not state.document.strokes:
        return ("Draw something, then see when the network knew it.",)
    if state.line_mode:
        return ("A row plays back as one digit does;", "when it was known can't be told for several.")
    if not moments:
        return ("Reading the drawing from its first point on...",)
    final = moments[-1]
    if final.label is None:
        return ("There was no answer in the end.",)
    knew = knew_at(moments)
    if knew is None:
        return (f"In the end it said {final.label}, never more than 90% sure.",)
    return (
        f"It knew the {final.label} after {knew.points / final.points:.0%} of the ink:",
        "from there on it said so, 90% sure or more.",
    )


class _View:
    def __init__(self, ctx: DrawContext) -> None:
        self._ctx = ctx

    def look_slider(self, state: State) -> tuple[float, bool, bool]:
        """How far it is, and whether the pointer or the focus is on it."""
        on_it = [do is not None and do.command is Command.SCRUB for do in (state.hover, state.focus)]
        return share(state), on_it[0], on_it[1]

    def paint_slider(self, surface: Surface, rect: Rect, view: tuple[float, bool, bool]) -> None:
        """A track and a knob."""
        part, hovered, focused = view
        ctx, colours = self._ctx, self._ctx.colours
        radius = ctx.px(9)
        track = Rect(rect.x + radius, rect.centery - ctx.px(3), max(1, rect.width - 2 * radius), ctx.px(6))
        fill_rounded(surface, track, track.height / 2, colours.track)
        done = Rect(track.topleft, (max(1, round(track.width * part)), track.height))
        fill_rounded(surface, done, track.height / 2, colours.other)
        knob = Rect(0, 0, 2 * radius, 2 * radius)
        knob.center = (track.x + round(track.width * part), rect.centery)
        fill_rounded(surface, knob, radius, colours.text if hovered else colours.muted)
        if focused:
            ctx.outline(surface, rect)

    def look_plot(self, state: State) -> tuple[tuple[ReplayMoment, ...], float]:
        """The moments, and how far the replay is."""
        return state.replay.moments, share(state)

    def paint_plot(self, surface: Surface, rect: Rect, view: tuple[tuple[ReplayMoment, ...], float]) -> None:
        """The probability of the final answer as the ink grew, and what was said on the way."""
        moments, part = view
        ctx, colours = self._ctx, self._ctx.colours
        small = ctx.px(theme.SMALL)
        plot = Rect(rect.x + ctx.px(44), rect.y + ctx.px(8), rect.width - ctx.px(56), rect.height - ctx.px(64))
        if plot.width < 10 or plot.height < 10:
            return
        for level in (0.0, 0.5, 1.0):
            y = round(plot.bottom - level * plot.height)
            pygame.draw.line(surface, colours.track, (plot.x, y), (plot.right, y))
            label = Rect(rect.x, y - small, ctx.px(38), 2 * small)
            ctx.text(surface, f"{level:.0%}", label, colours.muted, theme.SMALL, align="midright")
        ctx.text(
            surface, "how likely the final answer was, as the ink grew",
            Rect(plot.x, rect.bottom - ctx.px(20), plot.width, ctx.px(20)), colours.muted, theme.SMALL, cut=True,
        )  # fmt: skip
        if not moments:
            return
        total = moments[-1].points
        points = [
            (plot.x + plot.width * each.points / total, plot.bottom - plot.height * float(each.final))
            for each in moments
        ]
        if len(points) > 1:
            self._line(surface, points, plot)
        self._said(surface, moments, plot)
        knew = knew_at(moments)
        if knew is not None:
            x = round(plot.x + plot.width * knew.points / total)
            pygame.draw.line(surface, colours.winner, (x, plot.y), (x, plot.bottom), max(1, ctx.px(1.5)))
            self._flag(surface, plot, x)
        x = round(plot.x + plot.width * part)
        pygame.draw.line(surface, colours.text, (x, plot.y), (x, plot.bottom))

    def _line(self, surface: Surface, points: list[tuple[float, float]], plot: Rect) -> None:
        """The curve, as ink: smooth, and as wide where it is steep."""
        wide = self._ctx.px(3)
        area = plot.inflate(4 * wide, 4 * wide)
        ink = Ink(area.size, 1.0, self._ctx.colours.card, self._ctx.colours.other)
        ink.show((BrushStroke(Points((x - area.x, y - area.y) for x, y in points), wide),))
        ink.surface.set_colorkey(self._ctx.colours.card)
        surface.blit(ink.surface, area)

    def _flag(self, surface: Surface, plot: Rect, x: int) -> None:
        ctx = self._ctx
        wide = ctx.type.width("knew it", ctx.px(theme.SMALL))
        left = x - ctx.px(5) - wide >= plot.x
        place = Rect(x - ctx.px(5) - wide if left else x + ctx.px(5), plot.y, wide, ctx.px(18))
        ctx.text(surface, "knew it", place, ctx.colours.winner, theme.SMALL)

    def _said(self, surface: Surface, moments: tuple[ReplayMoment, ...], plot: Rect) -> None:
        """Below the plot, each answer where it was first given."""
        ctx, before, free = self._ctx, object(), plot.x
        for moment in moments:
            if moment.label == before:
                continue
            before = moment.label
            x = round(plot.x + plot.width * moment.points / moments[-1].points)
            text = "–" if moment.label is None else str(moment.label)
            wide = ctx.type.width(text, ctx.px(theme.NORMAL), True)
            place = Rect(max(free, x - wide // 2), plot.bottom + ctx.px(6), wide, ctx.px(20))
            if place.right <= plot.right + ctx.px(12):
                ctx.text(surface, text, place, ctx.colours.text, theme.NORMAL, bold=True)
                free = place.right + ctx.px(4)

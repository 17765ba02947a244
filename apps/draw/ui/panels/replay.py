"""Replay: play the strokes back, or scrub, with the answer over time."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from apps.draw.core import actions
from apps.draw.core.document import BrushStroke
from apps.draw.core.panel_data import ReplayMoment, known_from
from apps.draw.core.points import Points
from apps.draw.core.state import Perform, State
from apps.draw.ui import theme
from apps.draw.ui.control import Control, button
from apps.draw.ui.ink import Ink
from apps.draw.ui.layout import columns
from apps.draw.ui.panels.panel import PanelView
from apps.draw.ui.part import Part
from apps.draw.ui.shapes import fill_rounded


def share(state: State) -> float:
    """How much of the ink is shown, 0 to 1."""
    position = state.replay.position
    return 1.0 if position is None else position / state.points


def _summary(state: State) -> str:
    moments = state.replay.moments
    if not state.document.strokes:
        return "Draw something, then see when the network knew the answer."
    if state.line_mode:
        return "A line plays back as one digit does, without its probability over time."
    if not moments:
        return "Reading the drawing from its first point..."
    final = moments[-1]
    if final.label is None:
        return "The final drawing was rejected."
    knew = known_from(moments)
    if knew is None:
        return f"The final answer was {final.label}, never with a confidence above 90%."
    return (
        f"The {final.label} was known after {knew.points / final.points:.0%} of the ink: "
        "from there on the answer stayed, with a confidence of 90% or more."
    )


class Replay(PanelView):
    """Buttons, a slider, a summary and the probability over time."""

    title = "Replay"

    def arrange(self) -> None:
        """One below the other."""
        gap = self.ctx.px(8)
        self.buttons = self.row(self.rect.y, 34)
        self.slider = self.row(self.buttons.bottom + gap, 26)
        self.summary = self.row(self.slider.bottom + gap, 40)
        self.plot = self.below(self.summary.bottom + gap)
        self.plot.height = min(self.plot.height, self.ctx.px(420))

    def controls(self, state: State) -> list[Control]:
        """Play, steps and the slider."""
        back, play, on = columns(self.buttons, 3, self.ctx.px(6))
        return [
            button(actions.STEP_BACK, back, card=True),
            button(actions.PLAY, play, label="Pause" if state.replay.playing else "", card=True, strong=True),
            button(actions.STEP_ON, on, card=True),
            Control(Perform(actions.SCRUB, 0), self.slider, tip=actions.SCRUB.tip, drawn=False, drag=self._scrub),
        ]

    def _scrub(self, position: tuple[int, int]) -> Perform:
        """The moment at a place of the slider."""
        share = (position[0] - self.slider.x) / max(1, self.slider.width)
        return Perform(actions.SCRUB, round(1000 * min(max(share, 0.0), 1.0)))

    def sections(self) -> list[Part]:
        """The slider, the summary and the curve."""
        return [
            self.section(self.slider, self._slider_model, self._paint_slider),
            self.text(self.summary, _summary, theme.NORMAL),
            self.section(self.plot, self._plot_model, self._paint_plot),
        ]

    def _slider_model(self, state: State) -> tuple[float, bool, bool]:
        """How far it is, and whether the pointer or the focus is on it."""
        slider = Perform(actions.SCRUB, 0)
        return share(state), state.hover == slider, state.focus == slider

    def _paint_slider(self, surface: Surface, rect: Rect, view: tuple[float, bool, bool]) -> None:
        """A track and a knob."""
        part, hovered, focused = view
        ctx, colours = self.ctx, self.ctx.colours
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

    def _plot_model(self, state: State) -> tuple[tuple[ReplayMoment, ...], float]:
        """The moments, and how far the replay is."""
        return state.replay.moments, share(state)

    def _paint_plot(self, surface: Surface, rect: Rect, view: tuple[tuple[ReplayMoment, ...], float]) -> None:
        """The probability of the final answer as the ink grew, and the answers on the way."""
        moments, part = view
        ctx, colours = self.ctx, self.ctx.colours
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
            surface, "probability of the final answer as the ink grew",
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
        self._answers(surface, moments, plot)
        knew = known_from(moments)
        if knew is not None:
            x = round(plot.x + plot.width * knew.points / total)
            pygame.draw.line(surface, colours.answer, (x, plot.y), (x, plot.bottom), max(1, ctx.px(1.5)))
            self._flag(surface, plot, x)
        x = round(plot.x + plot.width * part)
        pygame.draw.line(surface, colours.text, (x, plot.y), (x, plot.bottom))

    def _line(self, surface: Surface, points: list[tuple[float, float]], plot: Rect) -> None:
        """The curve, as ink: smooth, and as wide where it is steep."""
        wide = self.ctx.px(3)
        area = plot.inflate(4 * wide, 4 * wide)
        ink = Ink(area.size, 1.0, self.ctx.colours.card, self.ctx.colours.other)
        ink.show((BrushStroke(Points((x - area.x, y - area.y) for x, y in points), wide),))
        ink.surface.set_colorkey(self.ctx.colours.card)
        surface.blit(ink.surface, area)

    def _flag(self, surface: Surface, plot: Rect, x: int) -> None:
        ctx = self.ctx
        wide = ctx.type.width("knew it", ctx.px(theme.SMALL))
        left = x - ctx.px(5) - wide >= plot.x
        place = Rect(x - ctx.px(5) - wide if left else x + ctx.px(5), plot.y, wide, ctx.px(18))
        ctx.text(surface, "knew it", place, ctx.colours.answer, theme.SMALL)

    def _answers(self, surface: Surface, moments: tuple[ReplayMoment, ...], plot: Rect) -> None:
        """Below the plot, each answer where it was first given."""
        ctx, before, free = self.ctx, object(), plot.x
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

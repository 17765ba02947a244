"""Draws the state: keeps the parts of the window, and redraws those whose view model has changed."""

from __future__ import annotations

from dataclasses import replace

import pygame

from apps.draw.core.panels import Panel
from apps.draw.core.state import State
from apps.draw.ui import controls, overlays, theme
from apps.draw.ui.answer import Answer
from apps.draw.ui.control import Control
from apps.draw.ui.draw_context import DrawContext
from apps.draw.ui.layout import Layout, Shape
from apps.draw.ui.panels import view_of
from apps.draw.ui.part import Part
from apps.draw.ui.parts import Button, Canvas, Recent, brush, footer, ruler, strip_hint


class View:
    """Draws states into a surface of any size.

    Everything except the tool-tip is first drawn on a separate surface, to restore what the tool-tip covered.

    Attributes:
        layout: the rectangles.
        ctx: what it is drawn with.
        controls: what can be clicked, in the state drawn last.
    """

    def __init__(self) -> None:
        self._type = theme.Type()
        self.size = (1, 1)
        self.layout = Layout(Shape((1, 1)))
        self._canvas: Canvas | None = None
        self._scene: tuple[object, ...] | None = None
        self._reach: tuple[object, ...] | None = None
        self._parts: list[Part] = []
        self._view_models: list[object] = []
        self._tip: pygame.Rect | None = None
        self._tip_of: Control | None = None
        self._surface: pygame.Surface | None = None
        self.prepare(State())

    def fit(self, size: tuple[int, int]) -> None:
        """Lay out for a surface of ``size`` pixels; the next ``draw`` draws everything."""
        if size != self.size:
            self._type = theme.Type()  # drops the cached text of the other size
        self.size = size
        self._scene = None
        self.prepare(State())

    def prepare(self, state: State) -> None:
        """Update layout and controls to a state."""
        shape = Shape(self.size, state.panel is not None, state.line_mode)
        if self.layout.shape != shape:
            self.layout = Layout(shape)
            self._scene = None
        self.ctx = DrawContext(self._type, theme.THEMES[state.theme], self.layout.scale)
        self.controls = controls.controls(state, self.layout, self.ctx)

    def draw(self, surface: pygame.Surface, state: State) -> list[pygame.Rect]:
        """Bring ``surface`` from the state drawn before to this one; returns the rectangles that changed."""
        if surface.get_size() != self.size:
            self.fit(surface.get_size())
        if self._surface is None or self._surface.get_size() != self.size:
            self._surface = pygame.Surface(self.size, depth=32)
            self._scene = None
        scene, reach = _scene(state), _reach(state)
        if self._scene is None or (scene, reach) != (self._scene, self._reach):
            self.prepare(state)
        fresh = self._scene is None or scene != self._scene
        if fresh:
            self._rebuild(state)
        changed = self._draw_parts(self._surface, state, fresh)
        self._scene, self._reach = scene, reach
        return self._present(surface, state, changed)

    @property
    def unfinished(self) -> bool:
        """Whether the next ``draw`` has more to draw of the same state."""
        return self._canvas in self._parts and self._canvas is not None and self._canvas.unfinished

    def _rebuild(self, state: State) -> None:
        layout, ctx = self.layout, self.ctx
        self._view_models = []
        if state.help:
            self._parts = [overlays.Help(layout, ctx), *self._buttons(state)]
            return
        canvas = Canvas(layout, ctx) if self._canvas is None else self._canvas
        if canvas.key != (layout.canvas.topleft, layout.canvas.size, ctx.colours, ctx.scale):
            canvas = Canvas(layout, ctx)
        canvas.invalidate()
        self._canvas = canvas
        base = self.controls if state.prompt is None else controls.controls(replace(state, prompt=None), layout, ctx)
        brush_rect = controls.brush_rect(state, layout, base)
        self._parts = [canvas, *Answer(layout, ctx).parts(), brush(brush_rect, ctx), footer(layout, ctx)]
        if layout.ruler.width:
            self._parts.append(ruler(layout, ctx))
        if layout.strip.height:
            self._parts.append(strip_hint(layout, ctx))
        if state.panel is not None:
            self._parts += view_of(state)(layout, ctx).parts(state)
        self._parts += [Recent(ctx, rect, place) for place, rect in enumerate(controls.recent_places(layout))]
        self._parts += [Button(ctx, each) for each in base if each.drawn]
        if state.prompt is not None:
            self._parts += [overlays.PromptBox(layout, ctx), *self._buttons(state)]

    def _buttons(self, state: State) -> list[Part]:
        return [Button(self.ctx, each) for each in self.controls if each.drawn]

    def _draw_parts(self, surface: pygame.Surface, state: State, fresh: bool) -> list[pygame.Rect]:
        view_models = [part.view_model(state) for part in self._parts]
        if fresh:
            changed = [surface.fill(self.ctx.colours.background)]
            for part, view in zip(self._parts, view_models, strict=True):
                part.draw(surface, view)
        else:
            changes = zip(self._parts, view_models, self._view_models, strict=True)
            rest = self._canvas if self.unfinished else None
            changed = [part.draw(surface, view) for part, view, before in changes if view != before or part is rest]
            if changed and state.prompt is not None:  # its antialiased corners show the parts below it
                self._rebuild(state)
                return self._draw_parts(surface, state, fresh=True)
        self._view_models = view_models
        return changed

    def _present(self, surface: pygame.Surface, state: State, changed: list[pygame.Rect]) -> list[pygame.Rect]:
        """Copy what changed to the window, with the tool-tip over it."""
        assert self._surface is not None
        hovered = self._hovered_control(state)
        if self._tip is not None and (hovered != self._tip_of or changed):
            changed = [*changed, self._tip]
        for rect in changed:
            surface.blit(self._surface, rect, rect)
        if hovered is not None and (changed or hovered != self._tip_of):
            self._tip = overlays.draw_tip(surface, hovered, self.layout, self.ctx)
            changed = [*changed, self._tip]
        elif hovered is None:
            self._tip = None
        self._tip_of = hovered
        return changed

    def _hovered_control(self, state: State) -> Control | None:
        """The control whose tool-tip is shown."""
        if not state.tip or state.hover is None:
            return None
        return next((each for each in self.controls if each.message == state.hover and each.tip), None)

    def control_at(self, position: tuple[int, int]) -> Control | None:
        """The control at a pixel of the window."""
        return controls.at(self.controls, position)


def _scene(state: State) -> tuple[object, ...]:
    """What decides which parts there are, and where: when it changes, everything is redrawn."""
    errors = state.panel_data.get("errors") if state.show_errors else None
    return (
        state.panel,
        state.line_mode,
        state.theme,
        state.help,
        None if state.prompt is None else state.prompt.question,
        0 if errors is None else len(errors.documents),
        len(state.models),
        state.can_read_lines,
        len(state.samples),
        state.document.label,
        state.explain,
        state.unit is None,
        state.eraser,
        state.show_errors,
        state.replay.playing,
        state.playing,
        *(_training_scene(state) if state.panel is Panel.TRAIN else ()),
    )


def _training_scene(state: State) -> tuple[object, ...]:
    training = state.training
    return (
        *(training.editing, len(training.runs), training.settings, training.layer, training.preset),
        *(training.paused, training.speed, training.missing),
    )


def _reach(state: State) -> tuple[object, ...]:
    """What else decides where something can be clicked; the parts that show it exist in any case.

    It changes with each answer, when redrawing everything would delay the pen.
    """
    maps = state.panel_data.get("maps", ()) if state.panel is not None else ()
    layer = None if state.unit is None else state.unit.layer
    shapes = tuple(each.values.shape for each in maps)
    return shapes, layer, "trace" in state.panel_data, tuple(id(each) for each in state.recent)

"""Any size of window has a layout that fits."""

from dataclasses import replace

import pygame
import pytest

from apps.draw.core.panels import Panel
from apps.draw.ui.layout import Layout, Shape
from apps.draw.ui.view import View


@pytest.mark.parametrize("line_mode", [False, True])
@pytest.mark.parametrize(
    "size", [(1, 1), (90, 3000), (3000, 40), (640, 480), (800, 600), (1280, 800), (600, 900), (3840, 2160)]
)
def test_any_size_of_window_can_be_drawn(full_user, size, line_mode):
    surface = pygame.Surface(size)
    for panel in (None, *Panel):
        state = replace(full_user.app.state, line_mode=line_mode, panel=panel)
        view = View()
        if size != (3840, 2160) or panel in (None, Panel.INSIDE):
            view.draw(surface, state)
        layout = Layout(Shape(size, panel is not None, line_mode))
        if min(size) < 480:
            continue
        rects = [layout.canvas, layout.answer, layout.bar, layout.tools, layout.footer, layout.strip, layout.panel]
        rects = [rect for rect in rects if rect.width and rect.height]
        whole = pygame.Rect((0, 0), size)
        assert all(whole.contains(rect) for rect in rects), rects
        assert all(not a.colliderect(b) for i, a in enumerate(rects) for b in rects[:i])
        for inner in (layout.digit, layout.caption, layout.second, *(layout.bars if not line_mode else ())):
            assert layout.answer.contains(inner)
        for each in view.controls:
            assert whole.contains(each.rect), each

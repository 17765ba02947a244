"""Sections fill their rectangle and clip what is painted."""

import pygame
from pygame import Rect

from apps.draw.core.state import State
from apps.draw.ui.part import Section


def test_a_section_paints_its_view_model_inside_its_rectangle(ctx):
    surface, rect, seen = pygame.Surface((40, 40)), Rect(10, 10, 20, 20), []

    def paint(surface, rect, view):
        seen.append((rect, view))
        surface.fill((255, 0, 0), (0, 0, 40, 15))

    section = Section(ctx, rect, lambda state: state.theme, paint)
    assert section.draw(surface, section.view_model(State())) == rect
    assert seen == [(rect, "dark")]
    assert surface.get_at((5, 12))[:3] == (0, 0, 0)
    assert surface.get_at((15, 12))[:3] == (255, 0, 0)
    assert surface.get_at((15, 20))[:3] == ctx.colours.card

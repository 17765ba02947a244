"""What all panels share."""

import pygame

from apps.draw.core.state import State
from apps.draw.ui.layout import Layout, Shape
from apps.draw.ui.panels.panel import PanelView


class Example(PanelView):
    title = "Example"

    def sections(self):
        return [self.text(self.rect, lambda state: "one line\nanother")]


def test_a_panel_is_a_card_with_a_title_and_sections(ctx):
    layout = Layout(Shape((1100, 700), panel=True))
    panel = Example(layout, ctx)
    surface = pygame.Surface((1100, 700))
    card, text = panel.parts(State())
    assert card.draw(surface, card.view_model(State())) == layout.panel
    assert layout.panel.contains(text.draw(surface, text.view_model(State())))
    assert panel.controls(State()) == []
    pixels = pygame.surfarray.array3d(surface)
    assert (pixels == ctx.colours.text).all(axis=-1).any()  # the title
    assert (pixels == ctx.colours.muted).all(axis=-1).any()


def test_text_that_does_not_fit_is_left_out(ctx):
    panel = Example(Layout(Shape((1100, 700), panel=True)), ctx)
    surface, rect = pygame.Surface((1100, 700)), pygame.Rect(0, 0, 300, 40)
    assert panel.write(surface, rect, "one") == panel.write(surface, rect, "one\ntwo") / 2
    assert panel.write(surface, rect, "\n".join("abcdef")) <= 40

"""Text, bars and images that all parts share."""

import numpy as np
import pygame
import pytest
from pygame import Rect

from apps.draw.ui.draw_context import indexed, scaled


@pytest.mark.parametrize(("vertical", "size"), [(False, (100, 10)), (True, (10, 100))])
@pytest.mark.parametrize("length", [0, 3, 60, 100])
def test_a_bar_is_filled_to_its_length(ctx, vertical, size, length):
    surface = pygame.Surface(size)
    ctx.bar(surface, Rect((0, 0), size), length, (255, 0, 0), vertical)
    middle = pygame.surfarray.array3d(surface)[..., 0].max(axis=0 if vertical else 1).astype(int)
    filled = int((middle > 128).sum())
    assert filled == pytest.approx(length, abs=1)
    assert surface.get_clip() == surface.get_rect()


def test_text_is_reduced_or_cut_to_its_rectangle(ctx):
    surface, rect, text = pygame.Surface((200, 40)), Rect(10, 0, 60, 40), "a text that is too long for it"
    assert ctx.text(surface, text, rect).width <= 61
    assert ctx.text(surface, text, rect, cut=True).width <= 60


def test_wrapped_lines_fit_and_keep_all_words(ctx):
    text = "a drawing, a picture or a whole folder"
    lines = ctx.wrap(text, 90)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(ctx.type.width(line, ctx.px(11.5)) <= 90 for line in lines)


def test_values_become_colours_of_the_palette():
    image = indexed(np.array([[0.0, 255.0, 300.0]]), [(n, 0, 0) for n in range(256)])
    assert [image.get_at((x, 0))[0] for x in range(3)] == [0, 255, 255]
    assert scaled(image, (6, 2)).get_at((1, 1))[0] == 0

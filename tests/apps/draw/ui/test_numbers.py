"""Numbers in cells."""

import numpy as np
import pygame
import pytest
from pygame import Rect

from apps.draw.ui.numbers import GAP, Numbers, cell_size, normalized, paint_numbers, paint_row
from apps.draw.ui.theme import DARK


def pixels(surface):
    return pygame.surfarray.array3d(surface).swapaxes(0, 1)


def test_normalized_values_keep_their_sign():
    assert normalized(np.array([[2.0, -4.0]])).tolist() == [[0.5, -1.0]]
    assert normalized(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert normalized(np.zeros((0,))).size == 0


@pytest.mark.parametrize(("cell", "written"), [(40, True), (16, True), (6, False)])
def test_the_sign_is_not_shown_by_colour_alone(ctx, cell, written):
    surface = pygame.Surface((2 * cell, cell))
    paint_numbers(ctx, surface, Rect(0, 0, 2 * cell, cell), np.array([[1.0, -1.0]]), cell)
    for place, colour in ((0, DARK.pro), (cell, DARK.contra)):
        square = pixels(surface)[:, place : place + cell]
        assert (square == colour).all(axis=-1).sum() > 0.4 * cell * cell
        assert (square != colour).any() == written


def test_grids_stand_side_by_side_within_their_room(ctx):
    grids = [Numbers("window", np.eye(3), (1, 2)), Numbers("weights", np.ones((3, 3)))]
    room = Rect(10, 5, 200, 120)
    cell = cell_size(ctx, room, grids, 34)
    assert cell == (200 - GAP) // 6
    surface = pygame.Surface((230, 130))
    paint_row(ctx, surface, room, grids, cell)
    painted = np.argwhere(pixels(surface).any(axis=-1))
    assert painted.min(axis=0).tolist() >= [5, 10]
    assert painted.max(axis=0).tolist() <= [125, 210]
    assert (pixels(surface) == DARK.focus).all(axis=-1).any()
    assert cell_size(ctx, Rect(0, 0, 900, 900), grids, 34) == 34
    assert cell_size(ctx, Rect(0, 0, 2, 2), grids, 34) == 1

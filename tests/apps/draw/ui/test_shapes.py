"""Antialiased shapes."""

import numpy as np
import pygame
import pytest

from apps.draw.ui.shapes import dashed_rect, fill_rounded, ring, rounded_box, transparent


@pytest.mark.parametrize("radius", [1.0, 4.0, 10.0])
def test_the_area_of_a_rounded_box(radius):
    coverage = rounded_box(20, 30, radius)
    assert coverage.shape == (30, 20)
    assert coverage.sum() / 255 == pytest.approx(20 * 30 - (4 - np.pi) * radius**2, rel=0.01)


def test_fill_rounded_is_the_box_blended():
    surface = pygame.Surface((20, 30))
    fill_rounded(surface, pygame.Rect(0, 0, 20, 30), 6.0, (255, 255, 255))
    red = pygame.surfarray.array3d(surface)[..., 0].T.astype(int)
    assert np.abs(red - rounded_box(20, 30, 6.0)).max() <= 1


def test_a_ring_leaves_its_inside():
    surface = pygame.Surface((20, 30))
    ring(surface, pygame.Rect(0, 0, 20, 30), 4.0, (255, 255, 255), 2)
    red = pygame.surfarray.array3d(surface)[..., 0]
    assert (red[6:-6, 2:-2] == 0).all()
    assert (red[9] == 255).sum() == 4


def test_a_transparent_surface_has_alpha_on_any_display():
    surface = transparent((3, 2))
    assert (surface.get_bitsize(), surface.get_size()) == (32, (3, 2))
    assert surface.get_masks()[3]


def test_a_dashed_rectangle():
    surface = pygame.Surface((20, 12), depth=32)
    dashed_rect(surface, pygame.Rect(2, 1, 13, 9), (255, 255, 255), 2)
    drawn = pygame.surfarray.array2d(surface).T > 0
    assert "".join("x" if each else "." for each in drawn[1]) == "..xx..xx..xx..x....."
    np.testing.assert_array_equal(drawn[1], drawn[9])
    assert [row for row in range(12) if drawn[row, 2]] == [1, 2, 5, 6, 9]
    dashed_rect(surface, pygame.Rect(5, 5, 0, 0), (255, 255, 255), 2)  # nothing

"""Antialiased shapes."""

import numpy as np
import pygame
import pytest

from apps.draw.ui.shapes import fill_rounded, ring, rounded_box, transparent


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

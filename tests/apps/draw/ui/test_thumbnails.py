"""Documents as small images."""

import numpy as np
import pygame
import pytest

from apps.draw.core.document import BrushStroke, Document, Picture
from apps.draw.core.points import Points
from apps.draw.ui.theme import DARK, LIGHT
from apps.draw.ui.thumbnails import fitted, thumbnail
from tests.apps.draw.fakes import SEVEN, coverage


def test_strokes_are_drawn_as_on_the_canvas(ctx):
    strokes = (BrushStroke(Points(SEVEN)),)
    image = pygame.surfarray.array2d(thumbnail(Document(strokes), 40, ctx)).T / 255.0
    np.testing.assert_array_equal(image, coverage((40, 40), 40 / 280, strokes))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_picture_keeps_its_proportions_and_levels(dtype):
    gray = np.full((10, 20), np.iinfo(dtype).max, dtype)
    image = fitted(Picture(gray, "a"), (40, 40), DARK)
    assert image.get_at((20, 20))[:3] == (255, 255, 255)
    assert image.get_at((20, 5))[:3] == DARK.paper


def test_images_of_mnist_take_the_colours_of_the_theme():
    image = fitted(Picture(np.full((28, 28), 255, np.uint8), "a", prepared=True), (28, 28), LIGHT)
    assert image.get_at((9, 9))[:3] == LIGHT.ink

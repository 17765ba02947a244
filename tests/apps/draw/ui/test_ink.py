"""Ink beside ink computed by brute force, pixel by pixel."""

import numpy as np
import pygame
import pytest

from apps.draw.core.document import BRUSH, CANVAS, BrushStroke
from apps.draw.core.points import Points
from apps.draw.ui.ink import Ink
from tests.apps.draw.fakes import SEVEN, coverage


def supersampled(side, strokes, times=8):
    """The same by brute force: the share of each pixel's ``times``² samples that are on the brush's path."""
    centres = (np.arange(side * times) + 0.5) / times / side * CANVAS
    x, y = np.meshgrid(centres, centres)
    inside = np.zeros(x.shape, bool)
    for line, width in strokes:
        for a, b in zip(line[: len(line) - 1] or line, line[1:] or line, strict=True):
            (ax, ay), (dx, dy) = a, np.subtract(b, a)
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
            inside |= np.hypot(x - ax - along * dx, y - ay - along * dy) < width / 2
    return inside.reshape(side, times, side, times).mean(axis=(1, 3))


@pytest.mark.parametrize("side", [97, 140])
@pytest.mark.parametrize(
    "strokes",
    [
        (BrushStroke(Points(SEVEN)),),
        (BrushStroke(Points(((60.0, 50.0),)), 38.0),),
        (BrushStroke(Points(((0.0, 3.0), (280.0, 270.0))), 6.0),),
    ],
)
def test_ink_is_the_round_brush_antialiased(side, strokes):
    error = np.abs(coverage((side, side), side / CANVAS, strokes) - supersampled(side, strokes))
    assert error.max() < 0.4  # at the few pixels where strokes join at an angle
    assert np.quantile(error, 0.998) < 0.14
    assert error.mean() < 0.003


def test_curves_are_smooth_and_go_through_every_point():
    angles = np.linspace(0.0, 4.5, 10)
    circle = BrushStroke(Points((140 + 90 * np.cos(a), 140 + 90 * np.sin(a)) for a in angles))
    fine = np.linspace(angles[1], angles[-2], 400)  # the ends bend less
    shown = coverage((280, 280), 1.0, (circle,))
    for a in fine:
        assert shown[int(140 + 90 * np.sin(a)), int(140 + 90 * np.cos(a))] == 1.0
        for radius in (90 - BRUSH / 2 - 2.5, 90 + BRUSH / 2 + 2.5):
            assert shown[int(140 + radius * np.sin(a)), int(140 + radius * np.cos(a))] < 0.2


def test_incremental_ink_equals_ink_drawn_at_once():
    strokes = tuple(
        BrushStroke(Points(line), width)
        for line, width in (
            (SEVEN, 20.0),
            (((20.0, 30.0),), 6.0),
            (((250.0, 5.0), (251.0, 200.0), (240.0, 240.0), (190.0, 260.0), (40.0, 279.0)), 28.0),
        )
    )
    ink = Ink((150, 150), 150 / CANVAS)
    for last, stroke in enumerate(strokes):
        for number in range(1, len(stroke.points) + 1):
            before = pygame.surfarray.array2d(ink.surface)
            changed = ink.show((*strokes[:last], stroke._replace(points=stroke.points[:number])))
            after = pygame.surfarray.array2d(ink.surface)
            shown = (*strokes[:last], stroke._replace(points=stroke.points[:number]))
            np.testing.assert_array_equal(after.T / 255.0, coverage((150, 150), 150 / CANVAS, shown))
            after[changed.left : changed.right, changed.top : changed.bottom] = 0
            before[changed.left : changed.right, changed.top : changed.bottom] = 0
            np.testing.assert_array_equal(after, before)  # nothing changed but what it said
    for drawing in (strokes[:2], (strokes[2], strokes[1]), strokes[1:], ()):
        assert ink.show(drawing) == ink.surface.get_rect()
        np.testing.assert_array_equal(
            pygame.surfarray.array2d(ink.surface).T / 255.0, coverage((150, 150), 150 / CANVAS, drawing)
        )
    assert not ink.show(())

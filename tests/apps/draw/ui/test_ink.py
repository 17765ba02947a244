"""Ink drawn incrementally equals ink drawn at once."""

import numpy as np
import pygame

from apps.draw.core.document import CANVAS, BrushStroke
from apps.draw.core.points import Points
from apps.draw.ui.ink import Ink
from tests.apps.draw.fakes import SEVEN, coverage


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


def test_ink_beyond_the_limit_follows_in_the_next_calls():
    spiral = [(140 + index * np.cos(index / 5), 140 + index * np.sin(index / 5)) for index in range(100)]
    strokes = (BrushStroke(Points(spiral)), BrushStroke(Points([(20.0, 30.0)])), BrushStroke(Points(spiral[:40]), 30.0))
    ink = Ink((150, 150), 150 / CANVAS)
    calls = 0
    while calls == 0 or ink.unfinished:
        ink.show(strokes, limit=7)
        calls += 1
    assert calls == 20  # 99, 1 and 39 curves
    np.testing.assert_array_equal(
        pygame.surfarray.array2d(ink.surface).T / 255.0, coverage((150, 150), 150 / CANVAS, strokes)
    )
    ink.show(strokes[:2], limit=7)  # undo, before the ink is there
    assert ink.unfinished
    ink.show((strokes[1],))
    assert not ink.unfinished
    np.testing.assert_array_equal(
        pygame.surfarray.array2d(ink.surface).T / 255.0, coverage((150, 150), 150 / CANVAS, (strokes[1],))
    )

"""Coverage by ink, compared with brute force."""

import numpy as np
import pytest

from apps.draw.core.antialiasing import ink_coverage
from apps.draw.core.document import BRUSH, CANVAS, BrushStroke
from apps.draw.core.points import Points
from tests.apps.draw.fakes import SEVEN


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
    error = np.abs(ink_coverage(strokes, (CANVAS, CANVAS), side / CANVAS) / 255.0 - supersampled(side, strokes))
    assert error.max() < 0.4  # at the few pixels where strokes join at an angle
    assert np.quantile(error, 0.998) < 0.14
    assert error.mean() < 0.003


def test_curves_are_smooth_and_go_through_every_point():
    angles = np.linspace(0.0, 4.5, 10)
    circle = BrushStroke(Points((140 + 90 * np.cos(a), 140 + 90 * np.sin(a)) for a in angles))
    fine = np.linspace(angles[1], angles[-2], 400)  # the ends bend less
    shown = ink_coverage((circle,), (CANVAS, CANVAS), 1.0) / 255.0
    for a in fine:
        assert shown[int(140 + 90 * np.sin(a)), int(140 + 90 * np.cos(a))] == 1.0
        for radius in (90 - BRUSH / 2 - 2.5, 90 + BRUSH / 2 + 2.5):
            assert shown[int(140 + radius * np.sin(a)), int(140 + radius * np.cos(a))] < 0.2

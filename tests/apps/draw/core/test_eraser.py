"""Clipping and erasing."""

import math

import numpy as np
import pytest

from apps.draw.core.document import CANVAS, BrushStroke
from apps.draw.core.eraser import clip_segment, covered, erase
from apps.draw.core.points import Points


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((1.0, 2.0), (3.0, 4.0), ((1.0, 2.0), (3.0, 4.0))),
        ((-10.0, 5.0), (10.0, 5.0), ((0.0, 5.0), (10.0, 5.0))),
        ((140.0, 300.0), (140.0, -300.0), ((140.0, 280.0), (140.0, 0.0))),
        ((-1.0, 0.0), (-1.0, 280.0), None),
        ((-10.0, 5.0), (5.0, -10.0), None),
        ((300.0, 1.0), (400.0, 2.0), None),
    ],
)
def test_clipping(start, end, expected):
    assert clip_segment(start, end) == expected


def test_clipping_agrees_with_sampling():
    rng = np.random.default_rng(0)
    part = np.linspace(0.0, 1.0, 20_001)[:, np.newaxis]
    for a, b in rng.uniform(-200.0, 480.0, (200, 2, 2)):
        points = a + part * (b - a)
        inside = points[((points >= 0.0) & (points <= CANVAS)).all(axis=1)]
        clipped = clip_segment(tuple(a), tuple(b))
        if clipped is None:
            assert not len(inside)
        elif len(inside):
            np.testing.assert_allclose(clipped, inside[[0, -1]], atol=0.1)


def distance(points, start, end):
    """From points (n, 2) to a segment."""
    d = np.subtract(end, start)
    along = np.clip((points - start) @ d / max(float(d @ d), 1e-12), 0.0, 1.0)
    return np.hypot(*(points - start - along[:, np.newaxis] * d).T)


def test_covered_agrees_with_sampling():
    rng = np.random.default_rng(1)
    part = np.linspace(0.0, 1.0, 801)
    found = 0
    for a, b, start, end in rng.uniform(0.0, 100.0, (300, 4, 2)):
        if rng.random() < 0.2:
            end = start
        near = part[distance(a + part[:, np.newaxis] * (b - a), start, end) <= 15.0]
        span = covered(tuple(a), tuple(b), tuple(start), tuple(end), 15.0)
        if span is None:
            assert not len(near)
        elif len(near):
            found += 1
            np.testing.assert_allclose(span, (near[0], near[-1]), atol=2 / 800)
    assert found > 50


def test_erasing_keeps_untouched_ink():
    rng = np.random.default_rng(2)
    for _ in range(60):
        strokes = tuple(BrushStroke(Points(rng.uniform(0, 280, (n, 2)))) for n in rng.integers(1, 6, 3))
        start, end = map(tuple, rng.uniform(0, 280, (2, 2)))
        left = erase(strokes, start, end, 12.0)
        for stroke in left:
            for a, b in zip(stroke.points, stroke.points[1:] or stroke.points, strict=False):
                along = np.array([[0.001], [0.5], [0.999]])
                assert (distance(np.array(a) + along * np.subtract(b, a), start, end) > 11.99).all()
        lost = length(strokes) - length(left)
        inside = sum(
            math.dist(a, b) * (lambda span: span[1] - span[0])(covered(a, b, start, end, 12.0) or (0, 0))
            for stroke in strokes
            for a, b in zip(stroke.points, stroke.points[1:], strict=False)
        )
        assert lost == pytest.approx(inside, abs=1e-6)


def length(strokes):
    return sum(math.dist(a, b) for stroke in strokes for a, b in zip(stroke.points, stroke.points[1:], strict=False))


def test_erasing_nothing_returns_the_same_drawing():
    strokes = (BrushStroke(Points(((10.0, 10.0), (20.0, 10.0)))), BrushStroke(Points(((50.0, 50.0),))))
    assert erase(strokes, (200.0, 200.0), (210.0, 200.0), 10.0) is strokes
    dot_gone = erase(strokes, (55.0, 50.0), (55.0, 50.0), 10.0)
    assert dot_gone == strokes[:1]
    assert dot_gone[0] is strokes[0]
    assert erase(strokes, (0.0, 10.0), (280.0, 10.0), 10.0) == strokes[1:]

import itertools

import numpy as np
import pytest

from nn.digits.synthesis import handwriting_model
from nn.digits.synthesis.alphabets import Alphabet, parse
from nn.digits.synthesis.glyph import Glyph


def written(monkeypatch, count=400, **settings):
    """An upright line and a level one, written many times with no irregularities but these."""
    still = {
        **dict.fromkeys(("POINT_ERROR", "STROKE_ERROR", "SLOPPINESS_SIGMA", "ANGULAR_SHARE", "BEND"), 0.0),
        **dict.fromkeys(("JITTER", "SLANT", "SLANT_SIGMA", "ROTATION_SIGMA", "STRETCH_SIGMA"), 0.0),
        **dict.fromkeys(("OVERSHOOT", "HOOK_SHARE", "SPEED_VARIATION", "GAP_SHARE", "JOIN_SHARE"), 0.0),
    }
    for name, value in (still | settings).items():
        monkeypatch.setattr(handwriting_model, name, value)
    glyph = Glyph.parse("x", 1, ["50,0 50,100 / 0,100 100,100"])
    return handwriting_model.write(glyph, count, np.random.default_rng(0))


def test_without_irregularities_the_variant_is_written(monkeypatch):
    for upright, level in written(monkeypatch, 3):
        np.testing.assert_allclose(upright[:, 0], 0, atol=1e-12)
        np.testing.assert_allclose(upright[[0, -1], 1], [-0.5, 0.5], atol=1e-12)
        np.testing.assert_allclose(level[:, 1], 0.5, atol=1e-12)


def test_slant_leans_upright_lines_alone(monkeypatch):
    drawings = written(monkeypatch, SLANT=7.0, SLANT_SIGMA=20.0)
    angles = [np.degrees(np.arctan2(*((upright[0] - upright[-1]) * (1, -1)))) for upright, _ in drawings]
    assert np.mean(angles) == pytest.approx(7, abs=3)
    assert min(angles) == pytest.approx(-25)
    assert max(angles) == pytest.approx(35)  # to the right
    assert max(np.ptp(level[:, 1]) for _, level in drawings) < 1e-12


def test_rotations_keep_right_angles_and_stay_within_limits(monkeypatch):
    drawings = written(monkeypatch, ROTATION_SIGMA=9.0)
    ways = np.array([[stroke[-1] - stroke[0] for stroke in strokes] for strokes in drawings])
    np.testing.assert_allclose((ways[:, 0] * ways[:, 1]).sum(axis=1), 0, atol=1e-12)
    angles = np.degrees(np.arctan2(ways[:, 1, 1], ways[:, 1, 0]))
    assert angles.std() == pytest.approx(9, abs=1.5)
    assert 18 < np.abs(angles).max() <= 25 + 1e-9


def test_stretch_widens_or_narrows(monkeypatch):
    widths = [np.ptp(level[:, 0]) for _, level in written(monkeypatch, STRETCH_SIGMA=0.2)]
    assert np.log(widths).std() == pytest.approx(0.2, abs=0.03)
    assert min(widths) < 0.75
    assert max(widths) > 1.4


def test_strokes_start_early_or_stop_late_but_stay_on_their_line(monkeypatch):
    drawings = written(monkeypatch, OVERSHOOT=2.5)
    starts, ends = ([upright[index, 1] for upright, _ in drawings] for index in (0, -1))
    for found, expected in ((starts, -0.5), (ends, 0.5)):
        assert np.std(found) == pytest.approx(0.023, abs=0.004)  # a curve's points lie a little nearer than SPACING
        assert np.mean(found) == pytest.approx(expected, abs=0.005)
    assert max(np.abs(upright[:, 0]).max() for upright, _ in drawings) < 1e-12


def test_the_pen_is_faster_here_than_there(monkeypatch):
    for upright, _ in written(monkeypatch, 50, SPEED_VARIATION=0.6):
        steps = np.diff(upright[1:-1, 1])
        assert steps.min() > 0
        np.testing.assert_allclose(upright[[0, -1], 1], [-0.5, 0.5], atol=0.02)
    assert np.ptp(steps) > 0.001


def test_gaps_split_a_stroke(monkeypatch):
    gaps = []
    for strokes in written(monkeypatch, 50, GAP_SHARE=1.0):
        assert len(strokes) == 3
        ways = [np.hypot(*(after[0] - before[-1])) for before, after in itertools.pairwise(strokes)]
        gaps.append(min(ways))  # the other is from line to line
    assert 0.03 < min(gaps) < 0.07
    assert 0.13 < max(gaps) < 0.25


def test_strokes_are_joined_where_they_are_near(monkeypatch):
    for name, reach in (("far", 25.0), ("near", 80.0)):
        drawings = written(monkeypatch, 20, JOIN_SHARE=1.0, JOIN_DISTANCE=reach)
        assert {len(strokes) for strokes in drawings} == {2 if name == "far" else 1}


def test_hooks_are_at_the_ends_and_short(monkeypatch):
    drawings = written(monkeypatch, HOOK_SHARE=0.12)
    hooked = [np.hypot(*(upright[0] - upright[1])) > 1e-12 for upright, _ in drawings]
    assert np.mean(hooked) == pytest.approx(0.12, abs=0.05)
    assert max(np.abs(upright[1:-1, 0]).max() for upright, _ in drawings) < 1e-12


@pytest.mark.parametrize(
    ("setting", "value"), [("POINT_ERROR", 2.6), ("STROKE_ERROR", 2.0), ("BEND", 2.2), ("JITTER", 0.5)]
)
def test_every_irregularity_moves_points_a_little(monkeypatch, setting, value):
    off = [np.abs(upright[:, 0]).max() for upright, _ in written(monkeypatch, 50, **{setting: value})]
    assert 0.001 < np.mean(off) < 0.1


def test_glyphs_are_drawn_as_often_as_their_weights_say(rng):
    alphabet = Alphabet("of two")
    alphabet.glyphs = parse("dot: 3\n  0,0\ntwo: 1\n  0,0 / 50,0\n", "of two.txt")
    dots = [len(drawing) for drawing in handwriting_model.write_alphabet(alphabet, 2000, rng)]
    assert np.mean(np.array(dots) == 1) == pytest.approx(0.75, abs=0.05)
    assert 1 < np.flatnonzero(np.diff(dots)).size < 1999  # in no order

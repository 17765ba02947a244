"""Perturbations of drawings, and accuracy under them."""

import numpy as np
import pytest

from apps.cli.evaluation import perturbation_sweep
from apps.cli.evaluation.perturbation_sweep import CANVAS, FACTORS, sweep, table
from nn.digits import Recognizer
from nn.digits.strokes import bounds


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
def test_each_factor_perturbs_what_it_names_and_stays_on_the_canvas(factor, samples, rng):
    index = int(np.flatnonzero(samples.label == 5)[0])
    for value in factor.values:
        drawn = factor.perturb(samples.strokes(index), value, rng)
        (left, top), (right, bottom) = bounds(drawn)
        size = max(right - left, bottom - top)
        if factor.name.startswith(("size", "place", "brush")):
            assert -0.51 <= min(left, top) <= max(right, bottom) <= CANVAS + 0.51
        if factor.name.startswith("size"):
            assert size == pytest.approx(value / 100 * CANVAS, abs=1)
            assert all((stroke == np.rint(stroke)).all() for stroke in drawn)
        if factor.name.startswith("place"):
            margins = np.array([left, top, CANVAS - right, CANVAS - bottom])
            where = {1: (0, 1), 3: (1, 2), 7: (0, 3), 9: (2, 3)}.get(value)
            assert where is None or np.allclose(margins[list(where)], 0)
        if factor.name.startswith("points"):
            assert sum(map(len, drawn)) <= sum(map(len, samples.strokes(index)))
            assert value or sum(map(len, drawn)) == sum(map(len, samples.strokes(index)))


@pytest.mark.parametrize(("name", "degrees"), [("slant", 45), ("rotation", 90)])
def test_slant_and_rotation_are_to_the_right(name, degrees, rng):
    factor = next(factor for factor in FACTORS if factor.name.startswith(name))
    (stroke,) = factor.perturb([np.array([[0.0, 10.0], [0.0, 0.0]])], degrees, rng)  # drawn upwards
    dx, dy = stroke[1] - stroke[0]
    assert dx > 0
    assert dy == pytest.approx(-dx if name == "slant" else 0.0, abs=1e-9)


def test_jitter_grows_with_its_value(samples, rng):
    jitter = FACTORS[-1]
    strokes = samples.strokes(0)
    lengths = [
        sum(np.hypot(*np.diff(stroke, axis=0).T).sum() for stroke in jitter.perturb(strokes, value, rng))
        / np.ptp(np.concatenate(jitter.perturb(strokes, 0, rng)), axis=0).max()
        for value in (0, 10)
    ]
    assert lengths[1] > lengths[0]


def test_each_step_reads_the_same_samples(samples, constant, monkeypatch):
    monkeypatch.setattr(perturbation_sweep, "FACTORS", (FACTORS[0], FACTORS[3]))
    steps = list(sweep(Recognizer(constant(7)), samples, 10, 0))
    assert [(step.factor, step.value) for step in steps] == [
        (factor.name, value) for factor in (FACTORS[0], FACTORS[3]) for value in factor.values
    ]
    chosen = np.unique(np.linspace(0, 39, 10).round().astype(int))
    assert {step.n for step in steps} == {10}
    accuracy = np.mean(samples.label[chosen] == 7)
    assert {step.accuracy for step in steps} == {accuracy}
    assert f"{100 * accuracy:8.2f}" in table(steps)

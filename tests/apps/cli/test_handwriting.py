"""What else a recognizer of drawings is judged by: sweep, refusals, rows, teaching; and the command for them."""

import json
from pathlib import Path

import numpy as np
import pytest

from apps.cli import evaluate, handwriting
from apps.cli import sweep as sweeping
from apps.cli.sweep import FACTORS, sweep
from nn import checkpoint, zoo
from nn.digits import Recognizer, synthesis
from nn.digits import fine_tuning as personal
from nn.digits.calibration import Calibration
from nn.digits.stroke_files import write_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import bounds
from nn.errors import DataError


@pytest.fixture
def samples(rng):
    """Forty digits by two people."""
    drawings, labels = synthesis.sample_many(40, rng)
    return StrokeSet.from_samples(drawings, labels, np.arange(40) % 2)


@pytest.fixture
def weights(tmp_path):
    """A network that has learned nothing, and refuses much."""
    path = tmp_path / "weights.npz"
    model = zoo.build("tiny", classes=11, rng=np.random.default_rng(0))
    checkpoint.save(path, model, {"calibration": {"temperature": 1.0, "threshold": 0.09}})
    return path


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
def test_each_factor_changes_what_it_says_and_keeps_to_the_canvas(factor, samples, rng):
    index = int(np.flatnonzero(samples.label == 5)[0])
    for value in factor.values:
        drawn = factor.change(samples.strokes(index), value, rng)
        (left, top), (right, bottom) = bounds(drawn)
        size = max(right - left, bottom - top)
        if factor.name.startswith(("size", "place", "brush")):
            assert -0.51 <= min(left, top) <= max(right, bottom) <= sweeping.CANVAS + 0.51
        if factor.name.startswith("size"):
            assert size == pytest.approx(value / 100 * sweeping.CANVAS, abs=1)
            assert all((stroke == np.rint(stroke)).all() for stroke in drawn)
        if factor.name.startswith("place"):
            spare = np.array([left, top, sweeping.CANVAS - right, sweeping.CANVAS - bottom])
            where = {1: (0, 1), 3: (1, 2), 7: (0, 3), 9: (2, 3)}.get(value)
            assert where is None or np.allclose(spare[list(where)], 0)
        if factor.name.startswith("points"):
            assert sum(map(len, drawn)) <= sum(map(len, samples.strokes(index)))
            assert value or sum(map(len, drawn)) == sum(map(len, samples.strokes(index)))


@pytest.mark.parametrize(("name", "degrees"), [("slant", 45), ("rotation", 90)])
def test_slant_and_rotation_are_to_the_right(name, degrees, rng):
    factor = next(factor for factor in FACTORS if factor.name.startswith(name))
    (stroke,) = factor.change([np.array([[0.0, 10.0], [0.0, 0.0]])], degrees, rng)  # drawn upwards
    dx, dy = stroke[1] - stroke[0]
    assert dx > 0
    assert dy == pytest.approx(-dx if name == "slant" else 0.0, abs=1e-9)


def test_the_sweep_reads_as_many_as_asked_at_each_step(samples, monkeypatch):
    monkeypatch.setattr(sweeping, "FACTORS", (FACTORS[0], FACTORS[2]))

    class Sevens:
        def predict(self, images):
            return np.eye(10, dtype=np.float32)[np.full(len(images), 7)]

    steps = list(sweep(Recognizer(Sevens()), samples, 10, 0))
    assert [(step.factor, step.value) for step in steps] == [
        (factor.name, value) for factor in (FACTORS[0], FACTORS[2]) for value in factor.values
    ]
    chosen = np.unique(np.linspace(0, 39, 10).round().astype(int))
    assert {step.n for step in steps} == {10}
    assert {step.accuracy for step in steps} == {np.mean(samples.label[chosen] == 7)}
    assert "10.00" in sweeping.table(steps) or "0.00" in sweeping.table(steps)


def test_refusals_are_counted_by_kind():
    class Refuser:
        def predict(self, images):
            rows = np.full((len(images), 11), 0.01, np.float32)
            rows[: len(rows) // 2, 10] = 0.9
            return rows

    shares = handwriting.refused(Recognizer(Refuser(), Calibration(reject_threshold=0.5)), 0)
    assert set(shares) == set(synthesis.KINDS)
    assert all(0.5 <= share < 0.6 for share in shares.values())  # some signs are dots


def test_symbols_are_refused_by_either_threshold():
    class Doubter:
        """Half of all, alternately, it takes for digits with 0.9, and half with 0.5."""

        def predict(self, images):
            rows = np.zeros((len(images), 11), np.float32)
            rows[:, 10] = np.where(np.arange(len(images)) % 2, 0.5, 0.1)
            rows[:, 3] = 1 - rows[:, 10]
            return rows

    recognizer = Recognizer(Doubter(), Calibration(reject_threshold=0.8))
    digits = recognizer.recognize_many([[np.array([[0.0, 0.0], [1.0, 9.0 + n]])] for n in range(2)])
    own, spared = handwriting.unlearned_refused(recognizer, digits[:1], 0)
    assert own == 0
    assert spared == pytest.approx(0.5, abs=0.05)
    assert handwriting.unlearned_refused(recognizer, digits[1:], 0) == (0, 0)


def test_rows_are_right_only_as_a_whole(samples):
    class Ones:
        def predict(self, images):
            return np.eye(10, dtype=np.float32)[np.full(len(images), 1)]

    only_ones = StrokeSet.from_samples([[[(0.0, 0.0), (1.0, 9.0)]]] * 3, [1, 1, 1])
    found = handwriting.read_rows(Recognizer(Ones()), only_ones, 4, 0)
    assert (found.n, found.apart) == (4, 1.0)
    assert handwriting.read_rows(Recognizer(Ones()), samples, 3, 0).apart < 1


def test_the_command_does_it_all(samples, weights, tmp_path, monkeypatch, capsys):
    def unreachable(*arguments, **options):
        raise DataError("none here")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(personal.mnist, "load", unreachable)
    monkeypatch.setattr(personal, "SYNTHETIC_ALONE", 100)
    monkeypatch.setattr(personal, "STEPS", 20)
    monkeypatch.setattr(handwriting, "OF_A_KIND", 4)
    monkeypatch.setattr(handwriting, "TIMED", 7)
    monkeypatch.setattr(handwriting, "UNLEARNED", 4)
    monkeypatch.setattr(evaluate, "FACTORS", (FACTORS[0],))
    monkeypatch.setattr(sweeping, "FACTORS", (FACTORS[0],))
    write_stroke_set("set.npz", samples)
    options = ("--strokes=set.npz", f"--weights={weights}", "--sweep=5", "--rows=2", "--teach=3", "--out=o")
    assert evaluate.main([*options, "--metrics=m.json"]) == 0
    found, out = json.loads(Path("m.json").read_text()), capsys.readouterr().out
    assert len(found["sweep"]) == len(FACTORS[0].values)
    assert found["rows"]["n"] == 2
    assert [each["writer"] for each in found["teach"]] == [0, 1]
    assert all(each["taught"] == 3 and each["test_changes"] == [] for each in found["teach"])
    assert set(found["non_digits_refused"]) == set(synthesis.KINDS)
    assert 0 <= found["unlearned_refused"]["share"] <= found["unlearned_refused"]["at_1_percent"] <= 1
    assert 0 <= found["calibration_error"] <= 1
    assert 0 < found["milliseconds"]["median"] <= found["milliseconds"]["p99"]
    assert Path("o/sweep.png").is_file()
    for words in (
        "Without an answer: ",
        "Expected calibration error: ",
        "Rows of four digits read right",
        "Writer 1: 3",
    ):
        assert words in out
    assert evaluate.main(["--rows=3"]) == 2
    assert "expected --strokes FILE.npz" in capsys.readouterr().err

"""Fine-tuning on the corrected errors of each writer."""

import numpy as np
import pytest

from apps.cli.evaluation import fine_tuning
from apps.cli.evaluation.fine_tuning import fine_tune_writers
from nn import checkpoint, zoo
from nn.digits.stroke_set import StrokeSet


@pytest.fixture
def weights(tmp_path):
    """An untrained network."""
    path = tmp_path / "weights.npz"
    checkpoint.save(path, zoo.build("tiny", classes=11, rng=np.random.default_rng(0)), {})
    return path


class Untuned:
    """Stands for the adapted model; learns nothing."""

    learned: list = []  # noqa: RUF012

    def __init__(self, path):
        self.model = checkpoint.load(path).model

    def learn(self, images, labels):
        self.learned.append(labels)
        return self.model


def test_errors_are_counted_on_the_drawings_that_were_not_corrected(samples, weights, monkeypatch):
    monkeypatch.setattr(fine_tuning, "AdaptedModel", Untuned)
    monkeypatch.setattr(fine_tuning, "RUNS", 2)
    monkeypatch.setattr(Untuned, "learned", [])
    test_set = np.zeros((4, 28, 28), np.uint8), np.arange(4)
    results = fine_tune_writers(weights, samples, 3, 0, test_set)
    assert [result.writer for result in results] == [0, 1]
    for result in results:
        assert (result.corrected, result.n) == (3, 17)
        assert result.after == [result.before] * 2
        assert result.test_changes == [0.0, 0.0]
        assert len(result.seconds) == 2
    assert [len(labels) for labels in Untuned.learned] == [3] * 4
    assert list(results[0].to_dict())[:2] == ["writer", "taught"]


def test_writers_who_are_read_well_are_left_out(samples, weights, monkeypatch):
    monkeypatch.setattr(fine_tuning, "AdaptedModel", Untuned)
    monkeypatch.setattr(fine_tuning, "MAX_ACCURACY", 0.0)
    assert fine_tune_writers(weights, samples, 3, 0) == []
    one = StrokeSet.from_samples([samples.strokes(0)], samples.label[:1])
    monkeypatch.setattr(fine_tuning, "MAX_ACCURACY", 1.1)
    assert fine_tune_writers(weights, one, 3, 0) == []  # one error: nothing left to measure

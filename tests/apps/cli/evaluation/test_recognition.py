"""Rejection of non-digits, and latency."""

import numpy as np
import pytest

from apps.cli.evaluation import recognition
from nn.digits import Recognizer, synthesis
from nn.digits.calibration import Calibration


def test_rejections_are_counted_by_kind():
    class RejectsHalf:
        def predict(self, images):
            rows = np.full((len(images), 11), 0.01, np.float32)
            rows[: len(rows) // 2, 10] = 0.9
            return rows

    shares = recognition.non_digit_rejection(Recognizer(RejectsHalf(), Calibration(reject_threshold=0.5)), 0)
    assert set(shares) == set(synthesis.KINDS)
    assert all(0.5 <= share < 0.6 for share in shares.values())  # some signs are dots, which are blank


def test_held_out_symbols_are_rejected_by_either_threshold():
    class Alternates:
        """Takes every other image for a digit with probability 0.9, the others with 0.5."""

        def predict(self, images):
            rows = np.zeros((len(images), 11), np.float32)
            rows[:, 10] = np.where(np.arange(len(images)) % 2, 0.5, 0.1)
            rows[:, 3] = 1 - rows[:, 10]
            return rows

    recognizer = Recognizer(Alternates(), Calibration(reject_threshold=0.8))
    digits = recognizer.recognize_many([[np.array([[0.0, 0.0], [1.0, 9.0 + n]])] for n in range(2)])
    share, stricter = recognition.held_out_rejection(recognizer, digits[:1], 0)
    assert share == 0
    assert stricter == pytest.approx(0.5, abs=0.05)
    assert recognition.held_out_rejection(recognizer, digits[1:], 0) == (0, 0)


def test_latency_skips_the_warm_up(samples, constant, monkeypatch):
    monkeypatch.setattr(recognition, "TIMED", 30)
    recognizer = Recognizer(constant(3))
    calls = []
    recognize = recognizer.recognize
    monkeypatch.setattr(recognizer, "recognize", lambda drawing: calls.append(recognize(drawing)), raising=False)
    seconds = recognition.latency(recognizer, samples, 0)
    assert seconds.shape == (30,)
    assert (seconds > 0).all()
    assert len(calls) == 30 + recognition.WARM_UP

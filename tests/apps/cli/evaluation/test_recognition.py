"""Held-out ways to write digits, rejection of non-digits, and latency."""

import numpy as np
import pytest

from apps.cli.evaluation import recognition
from nn.digits import Recognizer, synthesis
from nn.digits.calibration import Calibration


def test_held_out_ways_to_write_digits_are_counted_by_digit(constant, monkeypatch):
    monkeypatch.setattr(recognition, "PER_DIGIT", 10)
    shares = recognition.held_out_digit_accuracy(Recognizer(constant(7)), 0)
    assert shares == {digit: float(digit == 7) for digit in synthesis.HELD_OUT_DIGITS}


def test_a_rejected_drawing_in_a_held_out_way_is_wrong(monkeypatch):
    class RejectsAll:
        def predict(self, images):
            return np.eye(11, dtype=np.float32)[np.full(len(images), 10)]

    monkeypatch.setattr(recognition, "PER_DIGIT", 3)
    recognizer = Recognizer(RejectsAll(), Calibration(reject_threshold=0.5))
    assert set(recognition.held_out_digit_accuracy(recognizer, 0).values()) == {0}


def test_rejections_are_counted_by_kind():
    class RejectsHalf:
        def predict(self, images):
            rows = np.full((len(images), 11), 0.01, np.float32)
            rows[: len(rows) // 2, 10] = 0.9
            return rows

    recognizer = Recognizer(RejectsHalf(), Calibration(reject_threshold=0.5))
    digits = recognizer.recognize_many([[np.array([[0.0, 0.0], [1.0, 9.0 + n]])] for n in range(2)])
    shares, stricter = recognition.non_digit_rejection(recognizer, digits[:1], 0)
    assert set(shares) == set(synthesis.KINDS)
    assert all(0.5 <= share < 0.6 for share in shares.values())  # some signs are dots, which are blank
    assert stricter == pytest.approx(np.mean([*shares.values()]))
    lenient = Recognizer(RejectsHalf(), Calibration(reject_threshold=0.95))
    shares, stricter = recognition.non_digit_rejection(lenient, digits[1:], 0)
    assert max(shares.values()) < 0.1
    assert 0.5 <= stricter < 0.6


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

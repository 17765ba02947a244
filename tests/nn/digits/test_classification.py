import numpy as np
import pytest

from nn.digits.calibration import Calibration
from nn.digits.classification import classify

TALL, WIDE = np.zeros((2, 28, 28), np.float32)
TALL[4:24, 13:15] = 1
WIDE[13:15, 4:24] = 1


class Doubter:
    """Gives wide ink a high probability of a non-digit."""

    def predict(self, images):
        wide = (images.max(axis=1) > 0).sum(axis=1) > 14
        rows = np.full((len(images), 11), 0.01, np.float32)
        rows[:, 4], rows[:, 10] = np.where(wide, 0.3, 0.8), np.where(wide, 0.61, 0.11)
        return rows


def test_a_non_digit_is_rejected():
    tall, wide = classify(Doubter(), Calibration(reject_threshold=0.5), [TALL, WIDE])
    assert (tall.label, tall.reason) == (4, None)
    assert tall.digit_probability == pytest.approx(0.89)
    assert (wide.label, wide.reason) == (None, "not a digit")
    assert wide.digit_probability == pytest.approx(0.39)
    np.testing.assert_allclose([tall.probabilities.sum(), wide.probabilities.sum()], 1, rtol=1e-6)
    assert classify(Doubter(), Calibration(reject_threshold=0.7), [WIDE])[0].label == 4


def test_blank_images_and_dots_do_not_go_through_the_network():
    dot = np.zeros((28, 28), np.float32)
    dot[13:16, 13:16] = 1
    found = classify(None, Calibration(), [dot, np.zeros((28, 28), np.float32)])
    assert [(each.label, each.reason) for each in found] == [(None, "a dot"), (None, "blank")]


def test_probabilities_that_are_not_finite_are_an_error():
    class Broken:
        def predict(self, images):
            return np.full((len(images), 10), np.nan, np.float32)

    with pytest.raises(FloatingPointError, match="model: expected finite probabilities"):
        classify(Broken(), Calibration(), [TALL])

import numpy as np
import pytest

from nn.digits import calibration
from nn.digits.calibration import Calibration
from nn.metrics import expected_calibration_error


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@pytest.fixture
def logits(rng):
    """The logits of a calibrated network for 20,000 digits."""
    return rng.normal(0.0, 3.0, (20_000, 10))


def drawn(probabilities, rng):
    """A label for each row, drawn from its probabilities."""
    return (probabilities.cumsum(axis=1) < rng.random((len(probabilities), 1))).sum(axis=1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_the_temperature_corrects_overconfidence(logits, factor, rng):
    labels = drawn(softmax(logits), rng)
    overconfident = softmax(factor * logits).astype(np.float32)
    fitted = calibration.fit(overconfident, labels)
    assert fitted.temperature == pytest.approx(factor, rel=0.03)
    assert fitted.reject_threshold == 1
    digits = fitted.digit_probabilities(overconfident)
    assert digits.dtype == np.float32
    np.testing.assert_allclose(digits.sum(axis=1), 1, rtol=1e-5)
    assert expected_calibration_error(digits, labels) < 0.01
    assert factor == 1 or expected_calibration_error(overconfident, labels) > 0.1


def test_the_threshold_rejects_as_many_digits_as_allowed(logits, rng):
    probabilities = softmax(np.column_stack([logits, rng.normal(-8.0, 4.0, len(logits))]))
    labels = np.where(np.arange(len(logits)) % 4 == 0, 10, probabilities[:, :10].argmax(axis=1))
    fitted = calibration.fit(probabilities, labels, reject_rate=0.02)
    of_digits = probabilities[labels < 10, 10]
    assert np.mean(of_digits > fitted.reject_threshold) == pytest.approx(0.02, abs=1e-3)


def test_without_a_temperature_the_digits_are_only_normalized(logits):
    probabilities = softmax(np.column_stack([logits, logits[:, 0]]))
    expected = probabilities[:, :10] / probabilities[:, :10].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Calibration().digit_probabilities(probabilities), expected, rtol=1e-5)
    certain = np.eye(11, dtype=np.float32)[:10]
    np.testing.assert_allclose(Calibration(temperature=2.0).digit_probabilities(certain), np.eye(10), atol=1e-15)


def test_a_calibration_survives_its_dictionary():
    """Whose keys are those of weights files."""
    fitted = Calibration(1.25, 0.3)
    assert fitted.to_dict() == {"temperature": 1.25, "threshold": 0.3}
    assert Calibration.from_dict(fitted.to_dict()) == fitted
    with pytest.raises(TypeError):
        Calibration.from_dict({"temperature": 1.0, "other": 1.0})


def test_the_mean_of_calibrations():
    assert Calibration.mean([Calibration(1.0, 0.5), Calibration(2.0, 1.0)]) == Calibration(1.5, 0.75)


def test_old_names_still_work():
    fitted = Calibration(1.25, 0.3)
    with pytest.warns(DeprecationWarning, match="reject_threshold"):
        assert fitted.threshold == 0.3
    with pytest.warns(DeprecationWarning, match="from_dict"):
        assert Calibration.of_document({"temperature": 1.25, "threshold": 0.3}) == fitted


@pytest.mark.parametrize("threshold", [-0.1, 1.1, True, "1", float("nan")])
def test_a_threshold_that_is_no_probability_is_an_error(threshold):
    with pytest.raises(ValueError, match="calibration: reject_threshold: expected a number in"):
        Calibration(reject_threshold=threshold)


def test_calibration_needs_digits():
    with pytest.raises(ValueError, match="expected some digits"):
        calibration.fit(np.full((3, 11), 1 / 11), np.full(3, 10))

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
    """What an honest network says of 20,000 digits, before the softmax."""
    return rng.normal(0.0, 3.0, (20_000, 10))


def drawn(probabilities, rng):
    """A truth for each row, as likely as the row says."""
    return (probabilities.cumsum(axis=1) < rng.random((len(probabilities), 1))).sum(axis=1)


@pytest.mark.parametrize("sureness", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_what_made_a_network_too_sure(logits, sureness, rng):
    labels = drawn(softmax(logits), rng)
    claimed = softmax(sureness * logits).astype(np.float32)
    fitted = calibration.fit(claimed, labels)
    assert fitted.temperature == pytest.approx(sureness, rel=0.03)
    assert fitted.reject_threshold == 1
    digits = fitted.digit_probabilities(claimed)
    assert digits.dtype == np.float32
    np.testing.assert_allclose(digits.sum(axis=1), 1, rtol=1e-5)
    assert expected_calibration_error(digits, labels) < 0.01
    assert sureness == 1 or expected_calibration_error(claimed, labels) > 0.1


def test_the_threshold_refuses_as_many_digits_as_allowed(logits, rng):
    said = softmax(np.column_stack([logits, rng.normal(-8.0, 4.0, len(logits))]))
    labels = np.where(np.arange(len(logits)) % 4 == 0, 10, said[:, :10].argmax(axis=1))
    fitted = calibration.fit(said, labels, reject_rate=0.02)
    of_digits = said[labels < 10, 10]
    assert np.mean(of_digits > fitted.reject_threshold) == pytest.approx(0.02, abs=1e-3)


def test_without_a_temperature_the_digits_stay_as_likely_as_they_are_among_themselves(logits):
    said = softmax(np.column_stack([logits, logits[:, 0]]))
    expected = said[:, :10] / said[:, :10].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Calibration().digit_probabilities(said), expected, rtol=1e-5)
    sure = np.eye(11, dtype=np.float32)[:10]
    np.testing.assert_allclose(Calibration(temperature=2.0).digit_probabilities(sure), np.eye(10), atol=1e-15)


def test_a_document_tells_all():
    fitted = Calibration(1.25, 0.3)
    assert Calibration.from_dict(fitted.to_dict()) == fitted


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.0},
        {"temperature": float("inf")},
        {"temperature": float("nan")},
        {"temperature": "1"},
        {"reject_threshold": -0.1},
        {"reject_threshold": 1.1},
        {"reject_threshold": True},
    ],
)
def test_what_is_no_calibration_is_refused(fields):
    with pytest.raises(ValueError, match=f"expected a {next(iter(fields))}"):
        Calibration(**fields)


def test_no_digits_can_not_be_calibrated_with():
    with pytest.raises(ValueError, match="expected some digits"):
        calibration.fit(np.full((3, 11), 1 / 11), np.full(3, 10))

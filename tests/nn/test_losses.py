import numpy as np
import pytest

from nn.losses import softmax, softmax_cross_entropy
from tests.gradcheck import assert_gradient, numeric_gradient

pytestmark = pytest.mark.usefixtures("each_backend")


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_gradient(smoothing, rng):
    logits, labels = rng.standard_normal((5, 4)) * 3, np.array([0, 3, 1, 1, 2])
    numeric = numeric_gradient(lambda: softmax_cross_entropy(logits, labels, smoothing).value, logits)
    assert_gradient("logits", softmax_cross_entropy(logits, labels, smoothing).gradient, numeric)


def test_label_smoothing_has_its_minimum_at_the_smoothed_target():
    """With s = 0.3 and three classes, the truth is 0.8 and twice 0.1: there the gradient vanishes."""
    loss = softmax_cross_entropy(np.log([[0.1, 0.8, 0.1]]), np.array([1]), 0.3)
    np.testing.assert_allclose(loss.gradient, 0, atol=1e-15)
    assert loss.value == pytest.approx(-0.8 * np.log(0.8) - 0.2 * np.log(0.1))


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, float("nan")])
def test_impossible_smoothing(smoothing):
    with pytest.raises(ValueError, match="smoothing: expected a number in"):
        softmax_cross_entropy(np.zeros((1, 3)), np.array([0]), smoothing)


def test_loss_of_equal_logits_is_log_classes():
    loss = softmax_cross_entropy(np.zeros((3, 10), np.float32), np.array([0, 4, 9]))
    assert loss.value == pytest.approx(np.log(10), rel=1e-6)


def test_correct_counts():
    logits = np.array([[1, 2, 3], [3, 2, 1], [0, 5, 0], [1, 1, 0]], np.float32)
    assert softmax_cross_entropy(logits, np.array([2, 1, 1, 0])).correct == 3  # of equals, the first is the answer


@pytest.mark.parametrize("scale", [1e3, 1e30])
def test_large_logits_stay_finite(scale):
    loss = softmax_cross_entropy(np.array([[scale, -scale], [-scale, scale]], np.float32), np.array([0, 0]))
    assert loss.value == pytest.approx(scale, rel=1e-6)
    np.testing.assert_allclose(loss.gradient, [[0, 0], [-0.5, 0.5]], atol=1e-7)


def test_nan_is_not_hidden():
    assert np.isnan(softmax_cross_entropy(np.array([[np.nan, 1.0]]), np.array([1])).value)


def test_loss_of_an_empty_batch_is_zero():
    loss = softmax_cross_entropy(np.empty((0, 10), np.float32), np.empty(0, np.int64))
    assert (loss.value, loss.correct, loss.gradient.shape) == (0.0, 0, (0, 10))


@pytest.mark.parametrize("labels", [[10], [-1], [0, 1], [[0]]])
def test_labels_that_do_not_fit(labels):
    with pytest.raises(ValueError, match="softmax_cross_entropy: l"):
        softmax_cross_entropy(np.zeros((1, 10), np.float32), np.array(labels))


def test_softmax_sums_to_one(rng):
    p = softmax(rng.standard_normal((7, 10)).astype(np.float32) * 50)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert softmax(np.empty((0, 10), np.float32)).shape == (0, 10)

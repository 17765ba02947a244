import json
import math
from fractions import Fraction

import numpy as np
import pytest

from nn.metrics import (
    accuracy,
    character_error_rate,
    confusion_matrix,
    edit_distance,
    expected_calibration_error,
    mcnemar,
    negative_log_likelihood,
    per_class_accuracy,
    wilson_interval,
    writer_bootstrap_interval,
    writer_mean_accuracy,
)


def random_answers(n=500, classes=7, dtype=np.int64):
    rng = np.random.default_rng(0)
    return rng.integers(0, classes, n).astype(dtype), rng.integers(0, classes, n).astype(dtype)


def test_accuracy():
    assert accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 0])) == 0.75
    assert accuracy(np.array([1], np.uint8), np.array([1], np.int64)) == 1
    json.dumps(accuracy(*random_answers()))


def test_confusion_has_truth_in_rows():
    confusion = confusion_matrix(np.array([0, 0, 2]), np.array([0, 1, 1]), 3)
    np.testing.assert_array_equal(confusion, [[1, 1, 0], [0, 0, 0], [0, 1, 0]])
    assert confusion.dtype == np.int64


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_confusion_counts_every_pair(dtype):
    labels, predictions = random_answers(classes=62, dtype=dtype)  # 62 * 62 does not fit a uint8
    confusion = confusion_matrix(labels, predictions, 62)
    expected = np.zeros((62, 62), int)
    for label, prediction in zip(labels, predictions, strict=True):
        expected[label, prediction] += 1
    np.testing.assert_array_equal(confusion, expected)
    assert confusion.trace() / len(labels) == accuracy(labels, predictions)


def test_confusion_matrix_without_samples():
    assert not confusion_matrix(np.array([], int), np.array([], int), 3).any()


@pytest.mark.parametrize(("labels", "predictions"), [([3], [0]), ([0], [3]), ([1, -1], [0, 1]), ([0, 1], [1, -1])])
def test_confusion_matrix_of_classes_out_of_range_is_an_error(labels, predictions):
    with pytest.raises(ValueError, match="0 to 2, found"):
        confusion_matrix(np.array(labels), np.array(predictions), 3)


def test_per_class_accuracy_counts_answers_that_are_no_class():
    assert per_class_accuracy(np.array([[3, 0, 1], [1, 1, 2]])).tolist() == [0.75, 0.25]


def test_per_class_accuracy():
    shares = per_class_accuracy(np.array([[3, 1, 0], [0, 0, 0], [1, 1, 0]]))
    np.testing.assert_array_equal(shares, [0.75, np.nan, 0])


@pytest.mark.parametrize(("correct", "n"), [(1, 2), (8, 10), (984, 1000), (9850, 10000)])
@pytest.mark.parametrize("z", [1.0, 1.959963984540054, 3.0])
def test_wilson_ends_are_z_deviations_away(correct, n, z):
    share = correct / n
    for end in wilson_interval(correct, n, z):
        assert abs(share - end) == pytest.approx(z * math.sqrt(end * (1 - end) / n))


def test_wilson_on_the_edges():
    assert wilson_interval(0, 0) == (0, 1)
    for n in range(1, 300):
        low, high = wilson_interval(0, n)
        assert 0 == low < high < 1
        assert wilson_interval(n, n) == pytest.approx((1 - high, 1))
        assert wilson_interval(n, n)[1] == 1
    for correct in range(301):
        low, high = wilson_interval(correct, 300)
        assert 0 <= low <= correct / 300 <= high <= 1


def test_wilson_of_a_typical_test_set():
    low, high = wilson_interval(9850, 10000)
    assert (round(low, 4), round(high, 4)) == (0.9824, 0.9872)


@pytest.mark.parametrize(("correct", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_wilson_of_impossible_counts_is_an_error(correct, n):
    with pytest.raises(ValueError, match="expected an integer"):
        wilson_interval(correct, n)


def two_classes(confidence):
    confidence = np.asarray(confidence, np.float32)
    return np.stack([confidence, 1 - confidence], axis=1)


def test_calibration_error_of_hand_made_bins():
    probabilities = two_classes([0.9, 0.9, 0.9, 0.9, 0.6, 0.6])
    labels = np.array([0, 0, 0, 1, 0, 1])  # 3 of 4 right at 0.9, 1 of 2 right at 0.6
    expected = (4 * abs(3 / 4 - 0.9) + 2 * abs(1 / 2 - 0.6)) / 6
    assert expected_calibration_error(probabilities, labels) == pytest.approx(expected, abs=1e-6)
    in_one_bin = abs(4 / 6 - (4 * 0.9 + 2 * 0.6) / 6)
    assert expected_calibration_error(probabilities, labels, bins=1) == pytest.approx(in_one_bin, abs=1e-6)


def test_calibration_error_is_zero_for_the_certain_and_right():
    assert expected_calibration_error(two_classes([1, 1]), np.array([0, 0])) == 0
    assert expected_calibration_error(two_classes([1, 1]), np.array([1, 1])) == 1


def test_calibration_error_equals_a_loop_over_bins():
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.full(10, 0.3), 400)
    labels = rng.integers(0, 10, 400)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    expected = 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert expected_calibration_error(probabilities, labels) == pytest.approx(expected)


def test_bins_are_closed_on_the_right():
    probabilities = np.array([[0.5, 0.5], [0.4, 0.6]])  # 0.5 belongs to (0, 0.5], 0.6 to (0.5, 1]
    assert expected_calibration_error(probabilities, np.array([0, 0]), bins=2) == pytest.approx((0.5 + 0.6) / 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_likelihood(dtype):
    probabilities = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], dtype)
    likelihood = negative_log_likelihood(probabilities, np.array([0, 1], np.uint8))
    assert likelihood == pytest.approx((math.log(2) + math.log(4)) / 2)


@pytest.mark.parametrize(("dtype", "nats"), [(np.float32, 87.34), (np.float64, 708.4)])
def test_likelihood_stays_finite(dtype, nats):
    likelihood = negative_log_likelihood(np.array([[1, 0]], dtype), np.array([1]))
    assert likelihood == pytest.approx(nats, abs=0.01)


def exact_binomial(only_a, only_b):
    n = only_a + only_b
    likely = math.comb(n, only_a)
    return float(Fraction(sum(c for k in range(n + 1) if (c := math.comb(n, k)) <= likely), 2**n))


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (5, 5), (5, 6), (1, 9), (12, 3), (0, 40), (90, 140)])
def test_mcnemar_is_the_two_sided_binomial_test(only_a, only_b):
    a = np.repeat([True, False, True, False], [only_a, only_b, 7, 2])
    b = np.repeat([False, True, True, False], [only_a, only_b, 7, 2])
    assert mcnemar(a, b) == pytest.approx(exact_binomial(only_a, only_b))
    assert mcnemar(b, a) == mcnemar(a, b)


def test_mcnemar_of_large_sets_neither_overflows_nor_rounds_up():
    ones, zeros = np.ones(6000, bool), np.zeros(6000, bool)
    assert mcnemar(ones, zeros) == 0
    assert mcnemar(np.r_[ones, zeros], np.r_[zeros, ones]) == 1


def test_every_writer_counts_the_same():
    correct = np.array([True, True, True, True, False, True])
    writers = np.array([7, 7, 7, 7, 3, 3])
    assert writer_mean_accuracy(correct, writers) == (1 + 0.5) / 2
    assert writer_mean_accuracy(correct, np.array(list("aaaabb"))) == 0.75
    assert writer_mean_accuracy(correct, np.zeros(6, int)) == accuracy(correct, np.ones(6, bool))


PAIRED = {
    accuracy: (np.zeros(3, int), np.zeros(2, int)),
    expected_calibration_error: (np.ones((3, 1)), np.zeros(2, int)),
    negative_log_likelihood: (np.ones((3, 1)), np.zeros(2, int)),
    mcnemar: (np.zeros(3, bool), np.zeros(2, bool)),
    writer_mean_accuracy: (np.zeros(3, bool), np.zeros(2, int)),
}


@pytest.mark.parametrize(("function", "arrays"), PAIRED.items())
def test_lengths_must_agree(function, arrays):
    with pytest.raises(ValueError, match="of one length"):
        function(*arrays)


@pytest.mark.parametrize("function", [function for function in PAIRED if function is not mcnemar])
def test_a_mean_without_values_is_an_error(function):
    first, second = PAIRED[function]
    with pytest.raises(ValueError, match="at least one sample"):
        function(first[:0], second[:0])


@pytest.mark.parametrize(
    ("reference", "hypothesis", "distance"),
    [("", "", 0), ("", "12", 2), ("12", "", 2), ("2026", "2026", 0), ("2026", "2o26", 1), ("kitten", "sitting", 3)],
)
def test_edit_distance(reference, hypothesis, distance):
    assert edit_distance(reference, hypothesis) == edit_distance(hypothesis, reference) == distance


def test_character_error_rate():
    assert character_error_rate(["2026", ""], ["206", "1"]) == 0.5
    with pytest.raises(ValueError, match="expected as many texts as references, got 1 and 2"):
        character_error_rate(["1", "2"], ["1"])
    with pytest.raises(ValueError, match="expected at least one character"):
        character_error_rate([""], ["1"])


def test_the_bootstrap_over_writers_is_wider_where_errors_cluster(rng):
    writers = np.arange(1000) // 20
    spread, clustered = rng.permutation(1000) >= 50, np.arange(1000) >= 50
    (low, high), (wide_low, wide_high) = (writer_bootstrap_interval(c, writers) for c in (spread, clustered))
    assert wide_low < low < 0.95 < high < wide_high
    wilson = wilson_interval(950, 1000)
    np.testing.assert_allclose((low, high), wilson, atol=0.006)
    assert writer_bootstrap_interval(spread, writers) == (low, high)
    assert writer_bootstrap_interval(np.ones(5, bool), np.arange(5)) == (1.0, 1.0)
    with pytest.raises(ValueError, match="one length"):
        writer_bootstrap_interval(np.ones(5, bool), np.arange(4))

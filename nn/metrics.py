"""How good predictions are: pure functions of arrays."""

import math

import numpy as np


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """The share of predictions that are right.

    Args:
        labels: (N,) integers, the truth.
        predictions: (N,) integers.

    Returns:
        In [0, 1].

    Raises:
        ValueError: the lengths differ or are 0.
    """
    labels, predictions = _paired(labels, predictions)
    return float(np.mean(labels == predictions))


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """How often each class was taken for each.

    Args:
        labels: (N,) integers in ``0 .. classes - 1``, the truth.
        predictions: (N,) integers in the same range.
        classes: the number of classes.

    Returns:
        (classes, classes) int64: ``[i, j]`` counts the samples of class i that were predicted as j.

    Raises:
        ValueError: the lengths differ, or a class is out of range.
    """
    labels, predictions = _paired(labels, predictions, empty=True)
    for name, values in (("labels", labels), ("predictions", predictions)):
        if values.size and not 0 <= values.min() <= values.max() < classes:
            raise ValueError(f"expected {name} of 0 to {classes - 1}, found {values.min()} to {values.max()}")
    pairs = labels.astype(np.int64) * classes + predictions.astype(np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def per_class_accuracy(confusion: np.ndarray) -> np.ndarray:
    """The share of each class that was recognized (its recall).

    Args:
        confusion: (classes, answers), from ``confusion_matrix``, with or without further columns for answers that
            are no class.

    Returns:
        (classes,) float64 in [0, 1]; NaN for a class without samples.
    """
    totals = confusion.sum(axis=1)
    shares = np.full(len(totals), np.nan)
    np.divide(confusion.diagonal(), totals, out=shares, where=totals > 0)
    return shares


def wilson_interval(correct: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The score interval for a proportion: where the true accuracy lies, given ``correct`` of ``n``.

    Unlike the interval from the normal approximation it holds near 0 and 1, where good networks are.
    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    J. Am. Stat. Assoc. 22 (1927).

    Args:
        correct: number of successes, 0 to n.
        n: number of trials.
        z: the normal quantile of the confidence wanted; the default one gives 95 %.

    Returns:
        Low and high end, 0 <= low <= correct / n <= high <= 1; for n = 0, which says nothing, (0, 1).

    Raises:
        ValueError: ``correct`` is not in ``0 .. n``.
    """
    if not 0 <= correct <= n:
        raise ValueError(f"expected 0 to {n} correct, got {correct}")
    if n == 0:
        return 0.0, 1.0
    share = correct / n
    shrink = 1 / (1 + z * z / n)
    centre = (share + z * z / (2 * n)) * shrink
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) * shrink
    # Rounding may put an end on the wrong side of 0, 1 or the share itself.
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """How far confidence is from accuracy: sum over bins of ``n_b / N * |accuracy_b - mean confidence_b|``.

    Bins are equally wide and open on the left: ``((b - 1) / bins, b / bins]``.
    Source: C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    Args:
        probabilities: (N, classes), rows sum to 1.
        labels: (N,) integers, the truth.
        bins: number of bins.

    Returns:
        In [0, 1]; 0 is perfect.

    Raises:
        ValueError: the lengths differ or are 0.
    """
    labels, probabilities = _paired(labels, probabilities)
    confidence = probabilities.max(axis=1).astype(np.float64)
    surplus = (probabilities.argmax(axis=1) == labels) - confidence
    bin_of = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(bin_of, weights=surplus, minlength=bins)).sum() / len(labels))


def negative_log_likelihood(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The mean of ``-log p(label)``: cross-entropy, from probabilities.

    A probability that has underflowed to 0 counts as the smallest normal number of its dtype, which keeps the
    mean finite (87 nats in float32). Source: I. J. Good, "Rational decisions", J. R. Stat. Soc. B 14 (1952).

    Args:
        probabilities: (N, classes) float32 or float64, rows sum to 1.
        labels: (N,) integers, the truth.

    Returns:
        In nats, at least 0.

    Raises:
        ValueError: the lengths differ or are 0.
    """
    labels, probabilities = _paired(labels, probabilities)
    of_truth = probabilities[np.arange(len(labels)), labels]
    smallest = np.finfo(probabilities.dtype).tiny
    return float(-np.log(np.maximum(of_truth, smallest), dtype=np.float64).mean())


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """Could two models that answered the same questions be equally good? McNemar's exact test.

    Only the questions that exactly one of them got right tell them apart; were the models equally good, each
    of these would be the toss of a fair coin. Here the coin's binomial distribution itself is summed, not its
    chi-squared approximation, so few questions will do.
    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12 (1947).

    Args:
        correct_a: (N,) bool, which questions model A got right.
        correct_b: (N,) bool, the same for model B.

    Returns:
        The two-sided p-value in [0, 1]: the chance of a difference at least this large between equals.

    Raises:
        ValueError: the lengths differ.
    """
    a, b = (np.asarray(correct, dtype=bool) for correct in (correct_a, correct_b))
    a, b = _paired(a, b, empty=True)
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    n = only_a + only_b
    term = tail = 1  # binomial coefficients as whole numbers: exact for any n
    for k in range(min(only_a, only_b)):
        term = term * (n - k) // (k + 1)
        tail += term
    return min(1.0, 2 * tail / 2**n)


def writer_mean_accuracy(correct: np.ndarray, writers: np.ndarray) -> float:
    """The mean over writers of each one's accuracy: every person counts the same, however much they wrote.

    In statistics, the macro average over groups.

    Args:
        correct: (N,) bool, which samples were recognized.
        writers: (N,) of any sortable type, who wrote them.

    Returns:
        In [0, 1].

    Raises:
        ValueError: the lengths differ or are 0.
    """
    writers, correct = _paired(writers, correct)
    _, writer = np.unique(writers, return_inverse=True)
    return float(np.mean(np.bincount(writer, weights=correct) / np.bincount(writer)))


def _paired(first: np.ndarray, second: np.ndarray, *, empty: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays of one length, which is not 0 unless ``empty`` says that 0 is meaningful."""
    first, second = np.asarray(first), np.asarray(second)
    if len(first) != len(second):
        raise ValueError(f"expected arrays of one length, got {len(first)} and {len(second)}")
    if not len(first) and not empty:
        raise ValueError("expected at least one sample, got none")
    return first, second

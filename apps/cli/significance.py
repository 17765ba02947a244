"""Statistics of a few runs: the confidence interval of a mean, and the correction for multiple tests."""

import math
import statistics
from collections.abc import Sequence


def student_quantile(degrees: int, confidence: float = 0.95) -> float:
    """The t for which Student's distribution has this probability between -t and t, by bisection.

    Args:
        degrees: of freedom, at least 1.
        confidence: in (0, 1).

    Raises:
        ValueError: an argument is out of range.

    >>> round(student_quantile(4), 3)
    2.776
    """
    if degrees < 1 or not 0 < confidence < 1:
        raise ValueError(f"expected degrees >= 1 and confidence in (0, 1), got {degrees} and {confidence}")
    low, high = 0.0, math.pi / 2
    for _ in range(60):  # to the precision of a float
        middle = (low + high) / 2
        if _probability_within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(degrees) * math.tan(low)


def _probability_within(angle: float, degrees: int) -> float:
    """P(|t| <= sqrt(degrees) tan(angle)).

    For whole degrees of freedom it is a finite sum of powers of the cosine: Abramowitz and Stegun, "Handbook of
    mathematical functions", 1964, equations 26.7.3 and 26.7.4.
    """
    odd = degrees % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(1, degrees // 2 + 1):
        total += term
        term *= math.cos(angle) ** 2 * (2 * k - 1 + odd) / (2 * k + odd)
    within = math.sin(angle) * total
    return (angle + within) * 2 / math.pi if odd else within


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Student's 95 % confidence interval of the mean of the distribution that ``values`` are drawn from.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908).

    Args:
        values: two or more.

    Raises:
        ValueError: there are too few values.
    """
    if len(values) < 2:
        raise ValueError(f"expected at least two values, got {len(values)}")
    mean = statistics.fmean(values)
    half = student_quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean - half, mean + half


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of several tests after Holm's correction, which controls the family-wise error rate.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6 (1979).

    Returns:
        In the order of ``p_values``, each in [0, 1] and not smaller than before.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted

import math
import statistics

import numpy as np
import pytest

from apps.cli.significance import holm, mean_interval, student_quantile


@pytest.mark.parametrize(
    ("degrees", "confidence", "expected"),
    [
        # Abramowitz and Stegun, table 26.10, and further digits.
        (1, 0.95, 12.706204736),
        (2, 0.95, 4.302652730),
        (3, 0.95, 3.182446305),
        (4, 0.95, 2.776445105),
        (9, 0.95, 2.262157163),
        (10, 0.99, 3.169272673),
        (29, 0.95, 2.045229642),
        (1, 0.5, 1.0),
        (120, 0.9, 1.657650899),
    ],
)
def test_student_quantiles_of_the_tables(degrees, confidence, expected):
    assert student_quantile(degrees, confidence) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 5, 8])
def test_student_quantile_is_where_the_density_sums_up_to_the_confidence(degrees):
    end = student_quantile(degrees, 0.9)
    t, step = np.linspace(-end, end, 200_001, retstep=True)
    scale = math.gamma((degrees + 1) / 2) / (math.gamma(degrees / 2) * math.sqrt(degrees * math.pi))
    density = scale * (1 + t**2 / degrees) ** (-(degrees + 1) / 2)
    assert (density[1:] + density[:-1]).sum() * step / 2 == pytest.approx(0.9, abs=1e-8)


def test_student_converges_to_the_normal_distribution():
    assert student_quantile(100_000) == pytest.approx(statistics.NormalDist().inv_cdf(0.975), abs=1e-4)


@pytest.mark.parametrize(("degrees", "confidence"), [(0, 0.95), (3, 0.0), (3, 1.0)])
def test_student_with_invalid_arguments_is_an_error(degrees, confidence):
    with pytest.raises(ValueError, match="expected degrees >= 1"):
        student_quantile(degrees, confidence)


def test_the_interval_of_a_mean():
    # Mean 12, standard deviation 2, standard error 2 / sqrt(4) = 1; t with 3 degrees of freedom.
    values = [12 - 3**0.5, 12 + 3**0.5, 12 - 3**0.5, 12 + 3**0.5]
    assert mean_interval(values) == pytest.approx((12 - 3.182446305, 12 + 3.182446305))
    assert mean_interval([0.5, 0.5]) == (0.5, 0.5)
    with pytest.raises(ValueError, match="at least two values, got 1"):
        mean_interval([1.0])


def test_the_interval_holds_the_mean_as_often_as_it_says():
    samples = np.random.default_rng(0).normal(3, 2, (4000, 3))
    held = np.mean([low <= 3 <= high for low, high in map(mean_interval, samples.tolist())])
    assert held == pytest.approx(0.95, abs=0.01)


def test_holm_raises_each_by_how_many_are_left():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []

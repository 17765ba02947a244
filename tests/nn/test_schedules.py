import numpy as np
import pytest

from nn import schedules
from nn.schedules import anneal_to_constant, constant, cosine, one_cycle


def test_constant():
    assert constant(0.1)(12345) == 0.1


def test_cosine_anneals_to_the_final_rate_and_stays_there():
    rate = cosine(1.0, 100, final=0.2)
    assert [rate(step) for step in (0, 50, 100, 200)] == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_one_cycle_warms_up_and_decays_to_0():
    rate = one_cycle(1.0, 100, warmup=0.25, start=0.2)
    assert [rate(step) for step in (0, 25, 100, 101)] == pytest.approx([0.2, 1.0, 0.0, 0.0])
    rates = np.array([rate(step) for step in range(101)])
    assert rates.argmax() == 25
    np.testing.assert_allclose(np.diff(rates[:26], 2), 0, atol=1e-12)  # straight lines
    np.testing.assert_allclose(np.diff(rates[25:], 2), 0, atol=1e-12)


def test_anneal_to_constant_warms_up_anneals_and_stays():
    rate = anneal_to_constant(0.5, 100, constant_from=0.5, peak=3.0)
    assert [rate(step) for step in (0, 15, 50, 99)] == pytest.approx([0.0, 1.5, 0.5, 0.5])
    rates = np.array([rate(step) for step in range(100)])
    assert (np.diff(rates[:16]) > 0).all()
    assert (np.diff(rates[15:51]) < 0).all()


def test_the_old_name_works_for_one_more_release():
    with pytest.warns(DeprecationWarning, match="anneal_to_constant"):
        assert schedules.plateau is anneal_to_constant

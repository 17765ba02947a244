"""Averages of weights, and early stopping."""

import numpy as np
import pytest

from nn import averaging
from nn.averaging import Average, EarlyStopping
from nn.averaging import ExponentialMovingAverage as EMA
from nn.averaging import StochasticWeightAveraging as SWA
from nn.parameter import Parameter


def test_the_average_follows_its_equation():
    p = Parameter("p", np.zeros(2))
    average = EMA([p], decay=0.9, every=1)
    expected = np.zeros(2)
    for step in range(1, 200):
        p.value[...] = step, -step
        average.update()
        expected += (1 - min(0.9, (1 + step) / (10 + step))) * (p.value - expected)
    with average.applied():
        np.testing.assert_allclose(p.value, expected)
    np.testing.assert_array_equal(p.value, [199, -199])
    average.apply()
    np.testing.assert_allclose(p.value, expected)


def test_updates_every_few_steps_decay_as_much():
    """A weight that jumps from 0 to 1 and stays: the averages agree about how long it has been there."""
    found = []
    for every in (1, 10):
        p = Parameter("p", np.zeros(1))
        average = EMA([p], decay=0.99, every=every)
        for step in range(3000):
            p.value[...] = step >= 2900
            average.update()
        average.apply()
        found.append(p.value.item())
    assert found == pytest.approx([1 - 0.99**100] * 2, rel=1e-6)


@pytest.mark.parametrize(("start", "every"), [(0, 1), (7, 1), (8, 4), (10, 4), (100, 1)])
def test_stochastic_weight_averaging_is_the_mean_after_the_start(start, every):
    p = Parameter("p", np.zeros(1))
    average = SWA([p], start, every)
    taken = []
    for step in range(1, 41):
        p.value[...] = step * step
        average.update()
        if step % every == 0:
            taken.append(step * step)
        if step <= start and taken:  # before the start, validation uses the present values
            with average.applied():
                assert p.value == taken[-1]
    average.apply()
    tail = taken[start // every :]
    assert p.value.item() == pytest.approx(np.mean(tail or taken[-1:]))


@pytest.mark.parametrize(
    "make", [lambda p: SWA(p, 0, 1), lambda p: EMA(p, 0.9, every=1), lambda p: EarlyStopping(p, 1)]
)
def test_frozen_arrays_keep_their_values(make):
    frozen, trained = Parameter("frozen", np.zeros(1)), Parameter("trained", np.zeros(1))
    keeper = make([frozen, trained])
    for step in (1.0, 3.0):
        frozen.value[...] = trained.value[...] = step
        keeper.on_epoch_end(1, 0.5) if isinstance(keeper, EarlyStopping) else keeper.update()
    frozen.trainable = False
    keeper.apply()
    assert frozen.value == 3.0
    assert trained.value != 3.0


def test_values_are_restored_even_when_the_block_fails():
    p = Parameter("p", np.zeros(1))
    average = EMA([p], 0.5, every=1)
    average.update()
    p.value[...] = 1

    def fail():
        with average.applied():
            assert p.value == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert p.value == 1


def test_early_stopping_keeps_the_first_of_equal_epochs():
    p = Parameter("p", np.zeros(1))
    stopping = EarlyStopping([p], patience=3)
    for epoch, accuracy in enumerate([0.5, 0.9, 0.8, 0.9, 0.7], 1):
        assert not stopping.is_over
        p.value[...] = epoch
        stopping.on_epoch_end(epoch, accuracy)
    assert stopping.is_over
    stopping.apply()
    assert (p.value, stopping.epoch, stopping.accuracy) == (2, 2, 0.9)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: EMA(p, 0.9, every=2),
        lambda p: SWA(p, 2, every=2),
        lambda p: EarlyStopping(p, 2),
    ],
)
def test_resumes_from_its_state(make, rng):
    def advance(keeper, p, step):
        p.value[...] = step * step
        keeper.update() if isinstance(keeper, Average) else keeper.on_epoch_end(step, step % 3)

    results = []
    for stop in (None, 3):
        p = Parameter("p", np.zeros(3))
        keeper = make([p])
        for step in range(1, 8):
            if step == stop:
                state, keeper = keeper.state_dict(), make([p])
                keeper.load_state_dict(state)
            advance(keeper, p, step)
        keeper.apply()
        results.append(p.value)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("make", [lambda p: EMA(p, 0.9), SWA, lambda p: EarlyStopping(p, 2)])
def test_a_state_that_does_not_fit_is_an_error(make):
    keeper = make([Parameter("p", np.zeros(3))])
    for broken in (
        {},
        make([Parameter("q", np.zeros(3))]).state_dict(),
        make([Parameter("p", np.zeros(4))]).state_dict(),
    ):
        with pytest.raises(ValueError, match=type(keeper).__name__):
            keeper.load_state_dict(broken)


@pytest.mark.parametrize("make", [lambda p: EMA(p, 0.9), SWA, lambda p: EarlyStopping(p, 2)])
def test_before_the_first_update_the_arrays_keep_their_values(make):
    """As when weights are loaded after it was made."""
    p = Parameter("p", np.zeros(1))
    kept = make([p])
    p.value[...] = 5
    kept.apply()
    assert p.value == 5
    if isinstance(kept, Average):
        with kept.applied():
            assert p.value == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: EMA([], 1.0),
        lambda: EMA([], 0.5, every=0),
        lambda: EarlyStopping([], 0),
    ],
)
def test_impossible_options(make):
    with pytest.raises(ValueError, match="expected"):
        make()


@pytest.mark.parametrize(("old", "new"), [("MovingAverage", EMA), ("TailAverage", SWA), ("BestEpoch", EarlyStopping)])
def test_old_names_work_for_one_more_release(old, new):
    with pytest.warns(DeprecationWarning, match=new.__name__):
        assert getattr(averaging, old) is new

import numpy as np
import pytest

from nn.data.batches import epoch_order, shuffled_order


def test_order_is_a_permutation_that_repeats():
    order = shuffled_order(1000, seed=3, epoch=2)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))
    np.testing.assert_array_equal(order, shuffled_order(1000, seed=3, epoch=2))


def test_order_is_that_of_the_named_generator():
    np.testing.assert_array_equal(shuffled_order(50, 7, 4), np.random.default_rng([7, 4]).permutation(50))


@pytest.mark.parametrize("other", [(1, 1), (0, 2), (1, 0)])
def test_order_differs_by_seed_and_epoch(other):
    assert (shuffled_order(1000, 0, 1) != shuffled_order(1000, *other)).any()


@pytest.mark.parametrize("count", [0, 1])
def test_order_of_zero_or_one_samples(count):
    np.testing.assert_array_equal(shuffled_order(count, 0, 0), np.arange(count))


def test_epoch_order_with_and_without_shuffle():
    np.testing.assert_array_equal(epoch_order(50, 7, 4), shuffled_order(50, 7, 4))
    np.testing.assert_array_equal(epoch_order(5, 7, 4, shuffle=False), [0, 1, 2, 3, 4])

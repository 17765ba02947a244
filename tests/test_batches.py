import numpy as np
import pytest

from nn.data.batches import batch_count, batches, gather, shuffled_order

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 5, 4), dtype=np.uint8)
LABELS = np.arange(23, dtype=np.uint8)  # as labels, the samples' own numbers


def copies(*args, **options):
    return [(x.copy(), y.copy()) for x, y in batches(*args, **options)]


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
def test_order_of_next_to_nothing(count):
    np.testing.assert_array_equal(shuffled_order(count, 0, 0), np.arange(count))


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (60000, 6000)])
def test_batch_count(count, expected):
    assert batch_count(count, 10) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gather_scales_every_grey_to_the_bit(dtype):
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    x, y = np.empty((3, 8, 8, 1), dtype), np.empty(3, np.int64)
    gather(images, np.array([9, 8, 7, 6], np.uint8), np.array([3, 0, 0]), x, y)
    scaled = np.array([dtype(value) * dtype(1 / 255) for value in range(256)], dtype).reshape(4, 8, 8, 1)
    np.testing.assert_array_equal(x, scaled[[3, 0, 0]])
    np.testing.assert_array_equal(y, [6, 9, 9])
    assert x.min() == 0
    assert x.max() == 1


def test_gather_refuses_indices_beyond_the_data():
    with pytest.raises(IndexError):
        gather(IMAGES, LABELS, np.array([23]), np.empty((1, 5, 4, 1), np.float32), np.empty(1, np.int64))


@pytest.mark.parametrize("batch_size", [1, 4, 22, 23, 24, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_epoch_shows_every_sample_once_in_order(batch_size, dtype):
    epoch = copies(IMAGES, LABELS, batch_size, seed=5, epoch=1, dtype=dtype)
    assert len(epoch) == batch_count(23, batch_size)
    assert [len(y) for _, y in epoch[:-1]] == [batch_size] * (len(epoch) - 1)
    order = shuffled_order(23, 5, 1)
    np.testing.assert_array_equal(np.concatenate([y for _, y in epoch]), order)
    x = np.concatenate([x for x, _ in epoch])
    assert x.dtype == dtype
    np.testing.assert_array_equal(x[..., 0], IMAGES[order].astype(dtype) * dtype(1 / 255))


def test_batches_are_what_layers_expect():
    for x, y in batches(IMAGES, LABELS, 10, seed=0, epoch=0):
        assert x.dtype == np.float32
        assert y.dtype == np.int64
        assert x.shape == (len(y), 5, 4, 1)
        assert x.flags.c_contiguous
        assert y.flags.c_contiguous


def test_a_batch_is_untouched_until_the_next_is_asked_for():
    iterator = batches(IMAGES, LABELS, 4, seed=0, epoch=0)
    x, y = next(iterator)
    before = x.copy(), y.copy()
    other = next(batches(IMAGES, LABELS, 4, seed=1, epoch=0))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])
    assert not np.shares_memory(x, other[0])
    assert np.shares_memory(x, next(iterator)[0])


@pytest.mark.parametrize("start", range(7))
def test_an_epoch_goes_on_where_it_was_broken_off(start):
    whole = copies(IMAGES, LABELS, 4, seed=2, epoch=3)
    rest = copies(IMAGES, LABELS, 4, seed=2, epoch=3, start=start)
    assert len(rest) == 6 - start
    for (x, y), (expected_x, expected_y) in zip(rest, whole[start:], strict=True):
        np.testing.assert_array_equal(x, expected_x)
        np.testing.assert_array_equal(y, expected_y)


def test_nothing_makes_no_batch():
    assert copies(IMAGES[:0], LABELS[:0], 4, seed=0, epoch=0) == []


@pytest.mark.parametrize(
    ("labels", "batch_size", "start", "message"),
    [
        (LABELS[:-1], 4, 0, "got 22 and 23"),
        (LABELS, 0, 0, "got 0"),
        (LABELS, 4, 7, "0 to 6 batches, got 7"),
        (LABELS, 4, -1, "got -1"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(labels, batch_size, start, message):
    with pytest.raises(ValueError, match=message):
        batches(IMAGES, labels, batch_size, seed=0, epoch=0, start=start)


def test_the_data_is_not_written():
    images, labels = IMAGES.copy(), LABELS.copy()
    images.flags.writeable = labels.flags.writeable = False
    for x, y in batches(images, labels, 4, seed=0, epoch=0):
        x[...] = 0
        y[...] = 0
    np.testing.assert_array_equal(images, IMAGES)

"""The accuracy with each corruption."""

import numpy as np
import pytest

from apps.cli.evaluation import corruptions
from nn.data.corruptions import CORRUPTIONS


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (6, 28, 28)).astype(np.uint8)


def test_each_corruption_has_a_row_and_the_mean_is_theirs(images):
    calls, labels = [], np.array([0, 0, 0, 1, 1, 1])

    def predict(corrupted):
        calls.append(corrupted)
        return np.full(6, len(calls) % 2)

    done = []
    found = corruptions.by_corruption(predict, images, labels, 3, lambda: done.append(1))
    assert list(found) == [*CORRUPTIONS, "mean"]
    assert found["mean"] == {"n": 90, "accuracy": 0.5}
    assert all(found[name] == {"n": 6, "accuracy": 0.5} for name in CORRUPTIONS)
    assert len(done) == 15
    for name, call in zip(CORRUPTIONS, calls, strict=True):
        np.testing.assert_array_equal(call, corruptions.corrupted(images, name, 3))


def test_another_seed_is_another_draw(images):
    assert (corruptions.corrupted(images, "zigzag", 0) != corruptions.corrupted(images, "zigzag", 1)).any()

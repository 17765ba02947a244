"""The roofline: what it counts, and its table. No timing."""

import numpy as np
import pytest

from nn import Conv2D, Dense, Flatten, Sequential

pytestmark = pytest.mark.usefixtures("needs_numba")


def test_products_with_zeros_are_not_counted():
    from scripts import roofline

    model = Sequential([Flatten(), Dense(10)], (4, 4, 1))
    x = np.zeros((2, 4, 4, 1), np.float32)
    x[:, 0] = 1  # a quarter
    work, moved = roofline.work_of(model, x, training=False)
    assert work * 1e9 == 2 * 4 * 10
    assert moved * 1e9 == 4 * (2 * (16 + 16 + 10) + (160 + 10) / 2)


def test_a_training_step_does_the_work_of_two_or_three_passes():
    from scripts import roofline

    model, x = Sequential([Conv2D(4), Conv2D(4)], (8, 8, 1)), np.ones((2, 8, 8, 1), np.float32)
    first, second = (layer.multiply_adds() for layer in model.layers)
    assert roofline.work_of(model, x, training=True)[0] * 1e9 == pytest.approx(2 * (2 * first + 3 * second))


def test_winograd_counts_its_own_products():
    from scripts import roofline

    model, x = Sequential([Conv2D(64)], (10, 10, 64)), np.ones((8, 10, 10, 64), np.float32)
    (work, _), pixels = roofline.work_of(model, x, training=False), 8 * 8
    assert work * 1e9 == pytest.approx(2 * (pixels / 16) * 36 * 64 * 64)


def test_the_smallest_share_comes_first(capsys):
    from scripts import roofline

    peaks = roofline.Peaks(100, 10, 1)
    tasks = [roofline.Task("quick", 1.0, 0.001, 0.02, 1), roofline.Task("slow", 1.0, 0.001, 0.1, 1)]
    roofline.print_tasks(tasks, peaks)
    *_, slow, quick = capsys.readouterr().out.strip().splitlines()
    assert slow.startswith("| slow | 10 |")
    assert slow.endswith("| 10% |")
    assert quick.endswith("| 50% |")

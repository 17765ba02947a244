"""The course of a training as snapshots."""

import numpy as np
import pytest

from apps.live.monitor import ANSWERS, POINTS, SHARE, Monitor
from apps.live.observer import Observer
from apps.live.settings import LiveSettings
from nn.training import EpochEnd, StepEnd
from tests.apps.live.bars import bars


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def monitor(now):
    data = bars(60)
    model = LiveSettings().build()
    return Monitor(model, Observer(model, data.train_images, data.train_labels), epochs=2, clock=lambda: now[0])


def step(epoch, number, loss_sum, correct, steps=4):
    return StepEnd(epoch, number, steps, 10 * number, loss_sum, correct, 0.5 * number)


def test_curves_have_the_loss_and_accuracy_of_each_batch(monitor):
    for event in (step(1, 1, 20.0, 1), step(1, 2, 30.0, 4), EpochEnd(1, 1.0, 0, 0, None), step(2, 1, 5.0, 9)):
        monitor.on_event(event)
    found = monitor.snapshot("running")
    np.testing.assert_allclose(found.curves.loss, [2.0, 1.0, 0.5])
    np.testing.assert_allclose(found.curves.accuracy, [0.1, 0.3, 0.9])
    np.testing.assert_array_equal(found.curves.step, [1, 2, 3])
    assert found.position == (3, 8, 2, 2, 20.0)


def test_long_curves_are_means_of_equally_many_steps(monitor):
    count = 2 * POINTS + 10
    for number in range(1, count + 1):
        monitor.on_event(step(1, number, float(sum(range(10, 10 * number + 10, 10))), 0, steps=count))
    curves = monitor.snapshot("running").curves
    assert len(curves.loss) <= POINTS
    np.testing.assert_allclose(curves.loss[:2], [2.0, 5.0])
    assert curves.step[-1] == count


def test_a_resumed_training_begins_where_it_was(monitor):
    monitor.on_event(step(2, 3, 30.0, 12))
    monitor.on_event(step(2, 4, 35.0, 22))
    curves = monitor.snapshot("running").curves
    np.testing.assert_array_equal(curves.step, [7, 8])
    np.testing.assert_allclose(curves.loss, [1.0, 0.5])


def test_a_drawing_is_answered_at_each_snapshot_and_a_new_one_from_the_start(monitor):
    assert monitor.snapshot("running").answers.shape == (0, 10)
    monitor._cost = 1.0  # no observation is due
    monitor.show(np.zeros((28, 28), np.float32))
    for _ in range(ANSWERS + 2):
        answers = monitor.snapshot("running").answers
    assert answers.shape == (ANSWERS, 10)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)
    monitor.show(np.ones((28, 28), np.float32))
    assert len(monitor.snapshot("running").answers) == 1
    monitor.show(None)
    assert not len(monitor.snapshot("running").answers)


def test_observations_take_a_share_of_the_time(monitor, now, monkeypatch):
    observe = monitor._observer.observe

    def slow(step):
        now[0] += 1.0
        return observe(step)

    monkeypatch.setattr(monitor._observer, "observe", slow)
    assert monitor.snapshot("running").observation is not None
    now[0] += 0.9 / SHARE
    assert monitor.snapshot("running").observation is None
    assert monitor.snapshot("running", observe=True).observation is not None
    now[0] += 1.1 / SHARE
    assert monitor.snapshot("running").observation is not None
    assert len(monitor.snapshot("running").curves.held_out) == 3

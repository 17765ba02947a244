"""Events of a training, shown in views."""

import pytest

from apps.cli.watch.watcher import INTERVAL, Watcher, opened
from apps.live.settings import LiveSettings
from nn.training import EpochEnd, StepEnd
from tests.apps.live.bars import bars


class Recorder:
    def __init__(self):
        self.shown = []
        self.closed = False

    def show(self, snapshot):
        self.shown.append(snapshot)

    def close(self):
        self.closed = True


@pytest.fixture
def watch():
    data, now = bars(60), [0.0]

    def make(*views):
        model = LiveSettings().build()
        return Watcher(model, data.train_images, data.train_labels, 1, views, lambda: now[0]), now

    return make


def step(number):
    return StepEnd(1, number, 4, 15 * number, 2.0, 3, 0.1)


def test_it_shows_some_steps_and_the_end(watch):
    recorder = Recorder()
    watcher, now = watch(recorder)
    for number in range(1, 5):
        watcher.on_event(step(number))
        watcher._monitor._cost = 100.0  # the next observation is not due before the end
        now[0] += 0.6 * INTERVAL
    watcher.on_event(EpochEnd(1, 1.0, 0.5, 0.9, None))
    assert [each.position.step for each in recorder.shown] == [1, 3, 4]
    assert [each.state for each in recorder.shown] == ["running", "running", "finished"]
    assert all(each.observation is not None for each in recorder.shown)  # that of a snapshot before, if it has none
    assert recorder.shown[-1].observation.step == 4


def test_without_views_events_are_ignored(watch):
    watcher, _ = watch()
    watcher.on_event(step(1))


def test_views_that_can_be_shown_are_closed_at_the_end():
    recorder = Recorder()
    with opened([lambda: None, lambda: recorder]) as views:
        assert views == [recorder]
        assert not recorder.closed
    assert recorder.closed

"""What the training process does with commands."""

import itertools

import numpy as np
import pytest

from apps.live import messages as live
from apps.live import session
from apps.live.session import Session
from apps.live.settings import LayerChoice, LiveSettings
from nn.errors import DataError
from tests.apps.live.bars import bars

SMALL = LiveSettings(layers=(LayerChoice("dense", 16),), epochs=2)


class Course:
    """A session with a clock of its own, and what it posted."""

    def __init__(self, load=lambda download: bars()):
        self.events = []
        times = itertools.count()
        self.session = Session(self.events.append, load, lambda: 0.005 * next(times))

    def take(self, *commands):
        self.events.clear()
        for command in commands:
            self.session.take(command)
        return self.events

    def finish(self, limit=500):
        for _ in range(limit):
            if self.session.wait is None:
                return self.snapshots()
            self.session.work()
        raise AssertionError("it did not end")

    def snapshots(self, number=0):
        return [each.snapshot for each in self.events if isinstance(each, live.Progressed) and each.number == number]


@pytest.fixture
def course():
    return Course()


def test_a_training_from_start_to_end(course):
    (ready,) = course.take(live.Prepare())
    assert ready.ready
    assert course.session.wait is None
    course.take(live.Start(0, SMALL))
    first, *_, last = course.finish()
    assert (first.state, first.position.step) == ("running", 0)
    assert (last.state, last.position.step) == ("finished", last.position.steps)
    assert first.observation is not None
    assert last.observation.step == last.position.steps


def test_pause_step_and_continue(course):
    course.take(live.Start(0, SMALL))
    (paused,) = course.take(live.Pace(True, "full")) and course.snapshots()
    assert (paused.state, course.session.wait) == ("paused", None)
    step = paused.position.step
    course.take(live.Step())
    (stepped,) = course.snapshots()
    assert stepped.position.step == step + 1
    assert stepped.change is not None
    assert stepped.observation.step == step + 1
    course.take(live.Pace(False, "full"))
    assert course.finish()[-1].state == "finished"


def test_slow_motion_makes_single_steps_at_its_rate(course):
    course.take(live.Start(0, SMALL), live.Pace(False, "2 a second"))
    course.session.work()
    assert 0.4 < course.session.wait < 0.5
    before = course.session._runs[0].monitor.step
    course.session._next_step = 0.0
    assert course.session.wait == 0
    course.session.work()
    assert course.session._runs[0].monitor.step == before + 1
    assert course.session._runs[0].snapshot().change is not None


def test_two_trainings_take_turns_and_have_the_bits_of_one_alone(course):
    other = LiveSettings(layers=SMALL.layers, epochs=4, seed=1)
    course.take(live.Start(0, SMALL), live.Start(1, other))
    course.finish()
    assert {each.number for each in course.events if isinstance(each, live.Progressed)} == {0, 1}
    assert [each.state for each in course.snapshots(0)].count("finished") == 1  # and the other one goes on
    for number, settings in enumerate((SMALL, other)):
        alone = Course()
        alone.take(live.Start(0, settings))
        np.testing.assert_array_equal(alone.finish()[-1].filters, course.snapshots(number)[-1].filters)


def test_a_start_replaces_and_ends_the_trainings_after_it(course):
    course.take(live.Start(0, SMALL), live.Start(1, SMALL), live.Start(0, SMALL))
    assert len(course.session._runs) == 1
    course.take(live.Start(1, SMALL))
    assert len(course.session._runs) == 2


def test_a_drawing_is_answered_by_each_training_also_while_it_is_paused(course):
    image = np.zeros((28, 28), np.float32)
    course.take(live.ShowDrawing(image), live.Start(0, SMALL))
    assert len(course.snapshots()[0].answers) == 1
    course.take(live.Pace(True, "full"), live.ShowDrawing(image))
    assert len(course.snapshots()[-1].answers) == 1
    course.take(live.ShowDrawing(None))
    assert not len(course.snapshots()[-1].answers)


def test_a_drawing_is_going_on_for_a_moment_after_each_change(course):
    assert not course.session.is_drawing
    course.take(live.ShowDrawing(np.zeros((28, 28), np.float32)))
    assert course.session.is_drawing
    course.session._drawn_at -= session.DRAWING
    assert not course.session.is_drawing
    course.take(live.ShowDrawing(np.zeros((28, 28), np.float32)), live.Start(0, SMALL))  # a start sends it again
    assert not course.session.is_drawing


def test_what_is_kept_is_reported_and_a_failure_too(course, tmp_path):
    course.take(live.Start(0, SMALL))
    path = tmp_path / "kept.npz"
    assert course.take(live.Keep(0, path)) == [live.Kept(path)]
    assert path.is_file()
    (tmp_path / "folder.npz").mkdir()
    (failed,) = course.take(live.Keep(0, tmp_path / "folder.npz"))
    assert "folder.npz" in failed.reason
    (failed,) = course.take(live.Start(0, LiveSettings(layers=(LayerChoice("dense", 16), LayerChoice("conv", 4)))))
    assert failed.reason.startswith("network: layer 2")


def test_without_images_one_line_and_a_download(monkeypatch):
    downloads = []

    def load(download):
        downloads.append(download)
        if not any(downloads):
            raise DataError("data/mnist: no such folder")
        return bars()

    course = Course(load)
    (missing,) = course.take(live.Prepare())
    assert missing == live.DataStatus(False, "No training images: data/mnist: no such folder", missing=True)
    assert course.take(live.Start(0, SMALL)) == [missing]
    *_, ready = course.take(live.Download())
    assert ready.ready
    course.take(live.Prepare())
    assert downloads == [False, False, True]


def test_the_images_are_those_of_digits_download(monkeypatch, tmp_path):
    fetched = []
    monkeypatch.setattr("nn.data.download.download", lambda name, folder, progress: fetched.append((name, folder)))
    monkeypatch.setenv("NN_DATA", str(tmp_path / "none"))
    course = Course(None)
    _, missing = course.take(live.Download())
    assert [name for name, _ in fetched] == ["mnist"]
    assert missing.missing
    assert str(tmp_path / "none") in missing.note

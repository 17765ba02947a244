"""The training process: started at the first command, ended with the window, started again after a crash."""

import queue

import numpy as np
import pytest

from apps.live import messages as live
from apps.live.process import TrainingProcess
from tests.tiny_set import write_tiny_set


@pytest.fixture
def events():
    return queue.Queue()


@pytest.fixture
def process(events, monkeypatch, tmp_path):
    monkeypatch.setenv("NN_DATA", str(write_tiny_set(tmp_path, size=14)))  # of no use, but found at once
    process = TrainingProcess(events.put)
    yield process
    process.close(30.0)
    assert not process._thread.is_alive()


def test_it_answers_and_a_crash_is_one_line(process, events):
    process.request(live.Prepare())
    status = events.get(timeout=60)
    assert "expected gray images of 28x28 to train on, found (14, 14, 1)" in status.note
    process._process.kill()
    assert events.get(timeout=60).reason == "the training process has ended; start the training again"
    process._thread.join(60)
    process.request(live.Prepare())
    assert events.get(timeout=60) == status


def test_of_the_drawings_that_wait_the_last_is_sent():
    process = TrainingProcess(lambda event: None)
    drawings = [live.ShowDrawing(np.full((28, 28), value)) for value in range(3)]
    for command in (drawings[0], live.Step(), drawings[1], drawings[2]):
        process._queue.put(command)
    assert process._waiting() == [live.Step(), drawings[2]]
    for command in (live.Step(), live.Prepare()):
        process._queue.put(command)
    assert process._waiting() == [live.Step(), live.Prepare()]
    process._queue.put(None)
    assert process._waiting() is None


def test_a_process_that_was_not_needed_is_not_started():
    process = TrainingProcess(lambda event: None)
    process.close()
    assert process._process is None

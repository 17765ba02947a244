"""The latency of the window while it trains, with a training in this process."""

from functools import partial
from multiprocessing.pool import ThreadPool

import pytest

from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from scripts import latency_while_training, timed_app
from scripts.inline_training import InlineTraining
from tests.apps.draw.fakes import FakeRecognizer
from tests.apps.live.bars import bars


@pytest.fixture
def measured(monkeypatch, tmp_path):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr(timed_app, "RATE", 2000)
    monkeypatch.setattr(timed_app, "PAUSE", 0.01)
    monkeypatch.setattr(latency_while_training, "STEPS", 20)
    monkeypatch.setattr(latency_while_training, "pool", partial(ThreadPool, 1))  # the images are those of this process
    monkeypatch.setattr(latency_while_training, "VALIDATION", 60)
    monkeypatch.setattr(latency_while_training.mnist, "load", bars)
    engine = InferenceEngine(load=lambda path: FakeRecognizer(), folder=tmp_path)

    def measure(load):
        window = partial(timed_app.TimedApp, training=partial(InlineTraining, load=load, slices=15))
        monkeypatch.setattr(latency_while_training, "TimedApp", window)
        return latency_while_training.measure(engine, 40, Settings(width=640, height=480, panel="TRAIN"))

    return measure


def test_it_measures_the_pen_and_the_training(measured):
    figures = measured(lambda download: bars())
    assert figures["ink_ms"]["n"] == 40
    assert figures["steps_per_second"]["alone"] > 0
    assert "5 epochs in the window" in latency_while_training.describe(figures)


def test_without_images_it_says_so(measured):
    def load(download):
        raise ValueError("no such folder")

    with pytest.raises(RuntimeError, match="no such folder"):
        measured(load)

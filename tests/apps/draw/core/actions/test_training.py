"""Training in the window: settings, trainings, and what is kept of them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from apps.draw.core import actions
from apps.draw.core.effects import AddModel, Train
from apps.draw.core.messages import Answered, PenDown, Ready, Release
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform, State
from apps.draw.core.training import MAX_RUNS
from apps.draw.core.update import update
from apps.live import messages as live
from apps.live.presets import PRESETS
from apps.live.settings import LiveSettings
from apps.live.snapshot import Snapshot


def play(state, *messages):
    """The state after some messages."""
    for message in messages:
        state, _ = update(state, message)
    return state


OPEN = Perform(actions.TOGGLE_PANEL[Panel.TRAIN])


@pytest.fixture
def ready():
    return play(State(ready=True), OPEN, live.DataStatus(True))


def commands(state, message):
    """The state after a message, and the commands for the training process."""
    state, effects = update(state, message)
    return state, [effect.command for effect in effects if isinstance(effect, Train)]


def snapshot(observation=None, state="running"):
    return Snapshot(None, state, "", None, None, observation, np.zeros((0, 10)))


def test_an_open_panel_loads_the_images():
    state, found = commands(State(ready=True), OPEN)
    assert found == [live.Prepare()]
    assert not actions.TRAIN_START.enabled(state)
    assert actions.TRAIN_START.enabled(play(state, live.DataStatus(True)))
    remembered = State(panel=Panel.TRAIN)
    assert commands(remembered, Ready())[1] == [live.Prepare()]


def test_images_that_are_missing_can_be_downloaded():
    state = play(State(ready=True), OPEN, live.DataStatus(False, "no such folder", missing=True))
    assert state.training.note == "no such folder"
    state, found = commands(state, Perform(actions.TRAIN_DOWNLOAD))
    assert found == [live.Download()]
    assert not actions.TRAIN_DOWNLOAD.enabled(state)


def test_start_beside_and_restart(ready):
    state, (drawing, pace, start) = commands(ready, Perform(actions.TRAIN_START))
    assert drawing.image is None
    assert (pace, start) == (live.Pace(False, "full"), live.Start(0, LiveSettings(), 1))
    state, (*_, start) = commands(play(state, Perform(actions.TRAIN_PRESET, "zeros")), Perform(actions.TRAIN_BESIDE))
    assert start == live.Start(1, PRESETS["zeros"].settings, 2)
    state, (*_, start) = commands(state, Perform(actions.TRAIN_BESIDE))
    assert start.number == MAX_RUNS - 1
    assert [run.preset for run in state.training.runs] == ["reference", "zeros"]
    state, (*_, start) = commands(state, Perform(actions.TRAIN_START))
    assert (start.number, len(state.training.runs)) == (0, 1)


def test_pause_step_and_speed(ready):
    state = play(ready, Perform(actions.TRAIN_START), live.Progressed(0, snapshot(), 1))
    state, found = commands(state, Perform(actions.TRAIN_PAUSE))
    assert found == [live.Pace(True, "full")]
    assert commands(state, Perform(actions.TRAIN_PAUSE))[1] == [live.Pace(False, "full")]
    state, found = commands(state, Perform(actions.TRAIN_SPEED))
    assert found == [live.Pace(True, "20 a second")]
    state, found = commands(play(state, Perform(actions.TRAIN_PAUSE)), Perform(actions.TRAIN_STEP))
    assert found == [live.Pace(True, "20 a second"), live.Step()]
    state = play(state, live.Progressed(0, snapshot(state="finished"), 1))
    assert not actions.TRAIN_PAUSE.enabled(state)
    assert not actions.TRAIN_STEP.enabled(state)


def test_a_snapshot_without_an_observation_keeps_the_last_one(ready):
    observation = object()
    state = play(ready, Perform(actions.TRAIN_START), live.Progressed(0, snapshot(observation), 1))
    state = play(state, live.Progressed(0, snapshot(), 1))
    assert [run.snapshot.observation for run in state.training.runs] == [observation]


def test_snapshots_of_the_training_before_are_ignored(ready):
    state = play(ready, Perform(actions.TRAIN_START), Perform(actions.TRAIN_START), live.Progressed(0, snapshot(), 1))
    assert state.training.runs[0].snapshot is None
    assert play(state, live.Progressed(0, snapshot(), 2)).training.runs[0].snapshot is not None


def test_trainings_end_with_their_process(ready):
    state = play(ready, Perform(actions.TRAIN_START), live.Progressed(0, snapshot(), 1), live.Ended("it has ended"))
    assert (state.training.runs, state.training.editing) == ((), True)
    assert (state.status.text, state.status.error) == ("it has ended", True)
    assert commands(state, Perform(actions.TRAIN_BESIDE))[1] == []
    assert commands(state, Perform(actions.TRAIN_START))[1][-1].number == 0


def test_each_answer_sends_the_drawing(ready):
    prediction = SimpleNamespace(
        image=np.ones((28, 28)), label=3, probabilities=np.zeros(10), confidence=0.9, reason=None
    )
    state = play(ready, PenDown((50.0, 60.0)), Release(None))
    assert commands(state, Answered(state.asked, prediction))[1] == []
    state = play(state, Perform(actions.TRAIN_START))
    state, (drawing,) = commands(state, Answered(state.asked, prediction))
    assert drawing.image is prediction.image
    assert commands(state, Answered(state.asked, prediction))[1] == []
    _, (drawing,) = commands(state, Perform(actions.CLEAR))
    assert drawing.image is None


def test_what_is_kept_is_drawn_with(ready):
    state = play(ready, Perform(actions.TRAIN_START), live.Progressed(0, snapshot(), 1))
    asking = play(state, Perform(actions.TRAIN_KEEP, 0))
    assert asking.prompt.text == "trained.npz"
    assert commands(asking, Perform(actions.CONFIRM))[1] == [live.Keep(0, Path("trained.npz"))]
    state, effects = update(state, live.Kept(Path("trained.npz")))
    assert effects == (AddModel(Path("trained.npz")),)
    state, effects = update(state, live.Kept(Path("trained.onnx")))
    assert (state.status.text, effects) == ("Exported trained.onnx", ())
    assert play(state, live.Failed("disk full")).status.error


def test_settings_follow_presets_and_changes(ready):
    state = play(ready, Perform(actions.TRAIN_CHOICE, "learning_rate+"))
    assert (state.training.settings.learning_rate, state.training.preset) == (3e-3, None)
    state = play(state, Perform(actions.TRAIN_CHOICE, "learning_rate-"))
    assert state.training.preset == "reference"
    for name, preset in PRESETS.items():
        assert play(state, Perform(actions.TRAIN_PRESET, name)).training.settings == preset.settings


def test_layers_are_edited_and_an_impossible_one_is_refused(ready):
    state = play(ready, Perform(actions.TRAIN_LAYER, 1), Perform(actions.TRAIN_ADD_LAYER, "conv"))
    assert [layer.label for layer in state.training.settings.layers] == ["Conv 32", "Pool", "Conv 16", "Dense 64"]
    assert state.training.layer == 2
    state = play(state, Perform(actions.TRAIN_WIDER), Perform(actions.TRAIN_WIDER), Perform(actions.TRAIN_NARROWER))
    assert state.training.settings.layers[2].label == "Conv 32"
    state = play(state, Perform(actions.TRAIN_LAYER, 3), Perform(actions.TRAIN_ADD_LAYER, "pool"))
    assert state.status.text == "layer 5, Pool: expected images, got the vectors of a dense layer before it"
    assert len(state.training.settings.layers) == 4
    for _ in range(4):
        state = play(state, Perform(actions.TRAIN_REMOVE_LAYER))
    assert state.training.settings.layers == ()
    assert not actions.TRAIN_REMOVE_LAYER.enabled(state)
    state = play(state, Perform(actions.TRAIN_ADD_LAYER, "conv"))
    assert [layer.label for layer in state.training.settings.layers] == ["Conv 16"]

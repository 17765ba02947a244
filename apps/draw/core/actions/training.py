"""Train a network in the window: settings, the course of the training, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from apps.draw.core.effects import AddModel, Effect, Train
from apps.draw.core.panels import Panel
from apps.draw.core.state import Action, Prompt, State, StatusMessage
from apps.draw.core.training import MAX_RUNS, Run
from apps.live import messages as live
from apps.live.presets import PRESETS
from apps.live.settings import MAX_LAYERS, LiveSettings

Outcome = tuple[State, tuple[Effect, ...]]


def on_event(state: State, event: live.Event) -> Outcome:
    """Take in what the training process reports."""
    training = state.training
    match event:
        case live.DataStatus(ready, note, missing):
            return _changed(state, ready=ready or (training.ready and not missing), note=note, missing=missing), ()
        case live.Progressed(number, snapshot, serial) if serial in [run.serial for run in training.runs]:
            run = training.runs[number]
            if snapshot.observation is None and run.snapshot is not None:
                snapshot = replace(snapshot, observation=run.snapshot.observation)
            runs = (*training.runs[:number], run._replace(snapshot=snapshot), *training.runs[number + 1 :])
            return _changed(state, runs=runs, note=""), ()
        case live.Kept(path) if path.suffix == ".npz":
            return replace(state, status=StatusMessage(f"Saved {path}")), (AddModel(path),)
        case live.Kept(path):
            return replace(state, status=StatusMessage(f"Exported {path}")), ()
        case live.Failed(reason):
            return replace(_changed(state, note=""), status=StatusMessage(reason, error=True)), ()
        case live.Ended(reason):
            state = _changed(state, runs=(), editing=True, note="")
            return replace(state, status=StatusMessage(reason, error=True)), ()
    return state, ()


def follow(before: State, after: State) -> tuple[Effect, ...]:
    """What the training process needs to know of a change: that its panel is open, and the drawing."""
    if after.panel is Panel.TRAIN and after.ready and not (before.panel is Panel.TRAIN and before.ready):
        return (Train(live.Prepare()),)
    if after.training.runs and after.prediction is not before.prediction:
        return (Train(_drawing(after)),)
    return ()


def _drawing(state: State) -> live.ShowDrawing:
    return live.ShowDrawing(None if state.prediction is None else state.prediction.image)


def _changed(state: State, **changes: Any) -> State:
    return replace(state, training=replace(state.training, **changes))


def _start(state: State, number: int) -> Outcome:
    training = state.training
    serial = training.started + 1
    runs = (*training.runs[:number], Run(training.settings, training.preset, serial))
    state = _changed(state, runs=runs, started=serial, editing=False, paused=False, note="Starting...")
    start = live.Start(number, training.settings, serial)
    return state, (Train(_drawing(state)), Train(live.Pace(False, training.speed)), Train(start))


def _beside(state: State) -> Outcome:
    return _start(state, min(len(state.training.runs), MAX_RUNS - 1))


def _pace(state: State, **changes: Any) -> Outcome:
    state = _changed(state, **changes)
    return state, (Train(live.Pace(state.training.paused, state.training.speed)),)


def _pause(state: State) -> Outcome:
    return _pace(state, paused=not state.training.paused)


def _step(state: State) -> Outcome:
    state, effects = _pace(state, paused=True, editing=False)
    return state, (*effects, Train(live.Step()))


def _next_speed(state: State) -> Outcome:
    speeds = list(live.SPEEDS)
    return _pace(state, speed=speeds[(speeds.index(state.training.speed) + 1) % len(speeds)])


def _download(state: State) -> Outcome:
    return _changed(state, missing=False, note="Downloading MNIST..."), (Train(live.Download()),)


def _keep(state: State, number: int) -> State:
    def perform(state: State, path: Path) -> Outcome:
        return state, (Train(live.Keep(number, path)),)

    question = "Save as .npz to draw with, or export (.onnx, .keras, .safetensors, .h):"
    return replace(state, prompt=Prompt(question, "trained.npz", perform))


def _choose(state: State, value: str) -> State:
    """The next or previous value of a setting: ``"seed+"`` or ``"seed-"``."""
    step = 1 if value.endswith("+") else -1
    return _set(state, state.training.settings.stepped(value[:-1], step))


def _set(state: State, settings: LiveSettings, layer: int | None = None) -> State:
    """Use settings; a network that is impossible is refused, with the reason."""
    if problem := settings.problem():
        return replace(state, status=StatusMessage(problem, error=True))
    preset = next((name for name, each in PRESETS.items() if each.settings == settings), None)
    layer = state.training.layer if layer is None else layer
    return _changed(state, settings=settings, preset=preset, layer=max(0, min(layer, len(settings.layers) - 1)))


def _use_preset(state: State, name: str) -> State:
    return _changed(state, settings=PRESETS[name].settings, preset=name, layer=0)


def _add_layer(state: State, kind: str) -> State:
    training = state.training
    after = training.layer if training.settings.layers else -1
    return _set(state, training.settings.with_layer(after, kind), after + 1)


def _remove_layer(state: State) -> State:
    training = state.training
    return _set(state, training.settings.without_layer(training.layer), training.layer - 1)


def _resize_layer(state: State, step: int) -> State:
    training = state.training
    return _set(state, training.settings.resized(training.layer, step))


def _has_layers(state: State) -> bool:
    return bool(state.training.settings.layers)


def _goes_on(state: State) -> bool:
    return any(run.running for run in state.training.runs)


def _can_keep(state: State) -> bool:
    return any(run.snapshot is not None for run in state.training.runs)


def _of_panel(name: str, perform: Callable[..., Any], *keys: str, label: str, tip: str, **options: Any) -> Action:
    return Action(f"Train: {name}", perform, keys, label, tip, group="In panels" if keys else "", panel=Panel.TRAIN,
                  **options)  # fmt: skip


def _is_ready(state: State) -> bool:
    return state.training.ready


TRAIN_START = _of_panel(
    "start", partial(_start, number=0), "Enter", label="Start",
    tip="Start a training with these settings, from random weights", enabled=_is_ready,
)  # fmt: skip
TRAIN_BESIDE = _of_panel(
    "start another beside it", _beside, "B", label="Beside",
    tip="Start a second training with the present settings, beside the first",
    enabled=lambda state: _is_ready(state) and bool(state.training.runs),
)  # fmt: skip
TRAIN_PAUSE = _of_panel(
    "pause or continue", _pause, "Space", label="Pause", tip="Pause the trainings, or continue", enabled=_goes_on
)
TRAIN_STEP = _of_panel(
    "one batch", _step, "→", label="Step", tip="Train on one batch, and see what it changed", enabled=_goes_on
)
TRAIN_SPEED = _of_panel("speed", _next_speed, "Z", label="Speed", tip="Slow motion: full speed, 20 or 2 steps a second")
TRAIN_PAGE = _of_panel(
    "settings", lambda state: _changed(state, editing=not state.training.editing), "O", label="Settings",
    tip="The settings of the next training; or back to the present one", enabled=lambda state: bool(state.training.runs)
)  # fmt: skip
TRAIN_KEEP = Action(
    "Train: keep", _keep, label="Keep", tip="Save the network, and draw with it; or export it",
    enabled=_can_keep, panel=Panel.TRAIN, tab_stop="keep",
)  # fmt: skip
TRAIN_DOWNLOAD = Action(
    "Train: download MNIST", _download, label="Download MNIST", tip="About 11 MB; every file is checked",
    enabled=lambda state: state.training.missing, panel=Panel.TRAIN,
)  # fmt: skip
#: Its value is a key of ``PRESETS``.
TRAIN_PRESET = Action("Train: use a preset", _use_preset, panel=Panel.TRAIN, tab_stop="presets")
#: Its value is a key of ``CHOICES`` with ``+`` or ``-``.
TRAIN_CHOICE = Action("Train: change a setting", _choose, panel=Panel.TRAIN, tab_stop="choices")
#: Its value is the number of a layer.
TRAIN_LAYER = Action(
    "Train: choose a layer", lambda state, number: _changed(state, layer=number), tip="Choose this layer",
    panel=Panel.TRAIN, tab_stop="layers",
)  # fmt: skip
#: Its value is a key of ``LAYER_KINDS``.
TRAIN_ADD_LAYER = Action(
    "Train: add a layer", _add_layer, tip="Add it after the chosen layer", panel=Panel.TRAIN, tab_stop="add layer",
    enabled=lambda state: len(state.training.settings.layers) < MAX_LAYERS,
)  # fmt: skip
TRAIN_REMOVE_LAYER = Action(
    "Train: remove a layer", _remove_layer, label="Remove",
    tip="Remove the chosen layer", enabled=_has_layers, panel=Panel.TRAIN, tab_stop="edit layer",
)  # fmt: skip
TRAIN_NARROWER = Action(
    "Train: a narrower layer", partial(_resize_layer, step=-1),
    label="Narrower", tip="Fewer filters, units or dropped values", enabled=_has_layers, panel=Panel.TRAIN,
    tab_stop="edit layer",
)  # fmt: skip
TRAIN_WIDER = Action(
    "Train: a wider layer", partial(_resize_layer, step=1),
    label="Wider", tip="More filters, units or dropped values", enabled=_has_layers, panel=Panel.TRAIN,
    tab_stop="edit layer",
)  # fmt: skip

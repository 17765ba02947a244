"""The panel that trains: driven by keys and clicks, at all sizes, with a training in this process."""

import itertools
import re
from dataclasses import replace

import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.messages import Focus
from apps.draw.core.panels import Panel
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.ui.layout import Layout, Shape
from apps.draw.ui.panels.train import Train
from apps.draw.ui.training.watch import watch_tiles
from apps.live.presets import PRESETS
from apps.live.settings import CHOICES, LAYER_KINDS
from apps.live.snapshot import status_text
from tests.apps.draw.fakes import SEVEN, FullRecognizer, open_window


@pytest.fixture
def trainer(weights):
    """A user with the panel open."""
    user = open_window(FullRecognizer(), weights, Settings(width=1000, height=700))
    user.press(pygame.K_v)
    yield user
    user.app.close()


def runs(user):
    return user.app.state.training.runs


def test_a_training_by_keys(trainer):
    trainer.draw(*SEVEN)
    trainer.press(pygame.K_RETURN)
    (run,) = runs(trainer)
    assert run.snapshot.position.step > 0
    assert len(run.snapshot.answers)
    trainer.press(pygame.K_SPACE)
    assert runs(trainer)[0].snapshot.state == "paused"
    step = runs(trainer)[0].snapshot.position.step
    trainer.press(pygame.K_RIGHT)
    assert runs(trainer)[0].snapshot.position.step == step + 1
    assert runs(trainer)[0].snapshot.change is not None
    trainer.press(pygame.K_z)
    assert trainer.app.state.training.speed == "20 a second"
    trainer.press(pygame.K_b)
    assert len(runs(trainer)) == 2
    trainer.press(pygame.K_o)
    assert trainer.app.state.training.editing


def test_a_drawing_changes_the_answer_while_it_is_paused(trainer):
    trainer.press(pygame.K_RETURN)
    trainer.press(pygame.K_SPACE)
    assert not len(runs(trainer)[0].snapshot.answers)
    trainer.draw(*SEVEN)
    assert len(runs(trainer)[0].snapshot.answers)


def test_every_setting_can_be_clicked(trainer):
    for name, choice in CHOICES.items():
        before = getattr(trainer.app.state.training.settings, name)
        sign = "-" if before == choice.values[-1] else "+"
        trainer.click(actions.TRAIN_CHOICE, f"{name}{sign}")
        assert getattr(trainer.app.state.training.settings, name) != before
    for name in PRESETS:
        assert trainer.click(actions.TRAIN_PRESET, name).training.preset == name
    assert trainer.click(actions.TRAIN_LAYER, 1).training.layer == 1
    for kind in LAYER_KINDS:
        if kind != "dense":
            assert len(trainer.click(actions.TRAIN_ADD_LAYER, kind).training.settings.layers) > 3
            trainer.click(actions.TRAIN_REMOVE_LAYER)


def test_tab_and_arrows_reach_every_control(trainer):
    reached, found = set(), [each.message for each in trainer.app.view.controls]
    trainer.app.take(Focus(None))
    while True:
        trainer.press(pygame.K_TAB)
        focus = trainer.app.state.focus
        if focus is None:
            break
        first = focus
        while focus not in reached:
            reached.add(focus)
            trainer.press(pygame.K_DOWN)
            focus = trainer.app.state.focus
        trainer.app.take(Focus(first))
    enabled = {each for each in found if each.action.enabled(trainer.app.state) and each.action.panel is Panel.TRAIN}
    assert enabled <= reached


def test_what_is_kept_is_drawn_with(trainer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer.press(pygame.K_RETURN)
    trainer.click(actions.TRAIN_KEEP, 0)
    state = trainer.press(pygame.K_RETURN)
    assert (tmp_path / "trained.npz").is_file()
    assert state.models[state.model].name == "trained"
    count = len(state.models)
    trainer.click(actions.TRAIN_KEEP, 0)
    state = trainer.press(pygame.K_RETURN)
    assert len(state.models) == count


SIZES = ((640, 480), (800, 600), (1280, 800), (2560, 1440), (700, 1000))


def test_nothing_is_cut_off(ctx, trainer):
    """Every control and every tile lies on the card, and no two of them overlap."""
    trainer.press(pygame.K_RETURN)
    trainer.click(actions.TRAIN_BESIDE)
    state = trainer.app.state
    for size, line_mode, editing in itertools.product(SIZES, (False, True), (False, True)):
        layout = Layout(Shape(size, panel=True, line_mode=line_mode))
        panel = Train(layout, replace(ctx, scale=layout.scale))
        state = replace(state, training=replace(state.training, editing=editing))
        rects = [control.rect for control in panel.controls(state)]
        if not editing:
            rects += [tile.rect for tile in watch_tiles(panel.ctx, panel.page, 2)]
        assert all(layout.panel.contains(rect) for rect in rects)
        assert all(rect.collidelist(rects[:number]) < 0 for number, rect in enumerate(rects))
        if size >= (700, 600):
            assert min(min(rect.size) for rect in rects) >= (8 if line_mode else 10)


def test_one_line_says_how_far_a_training_is(trainer):
    assert status_text(None) == "Starting..."
    trainer.press(pygame.K_RETURN)
    trainer.press(pygame.K_SPACE)
    text = status_text(runs(trainer)[0].snapshot)
    assert re.fullmatch(r"paused, epoch \d of 5, step \d+ of 50, [\d,]+ images/s", text)
    trainer.click(actions.TRAIN_PAGE)
    trainer.app.take(Perform(actions.TRAIN_PRESET, "zeros"))
    assert trainer.app.state.training.preset == "zeros"

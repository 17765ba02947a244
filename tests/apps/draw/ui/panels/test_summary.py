"""The panel of the network's architecture, opened by its key."""

import pygame
import pytest

from apps.draw.core.panels import Panel
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn import Add, Conv2D, Dense, Flatten, ReLU, Sequential, checkpoint, zoo
from tests.apps.draw.fakes import FakeRecognizer, User


@pytest.fixture
def user(monkeypatch, tmp_path):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    checkpoint.save(tmp_path / "deep-drawing.npz", zoo.build("deep"), {})
    residual = Sequential([Add([Conv2D(1, 3, padding="same"), ReLU()]), Flatten(), Dense(10)], (28, 28, 1))
    checkpoint.save(tmp_path / "residual.npz", residual, {})
    user = User(App(InferenceEngine(load=lambda path: FakeRecognizer(), folder=tmp_path)))
    user.app.settle()
    yield user
    user.app.close()


def test_it_lists_the_layers_on_a_blank_canvas(user):
    state = user.press(pygame.K_s)
    user.app.settle()
    rows = user.app.state.panel_data["summary"]
    model = zoo.build("deep")
    assert state.panel is Panel.SUMMARY
    assert [row.name for row in rows] == ["input", *(layer.name for layer in model.layers)]
    assert rows[0].shape == (28, 28, 1)
    assert sum(row.parameters for row in rows) == 193_322
    assert sum(row.multiply_adds for row in rows) == 7_086_400


def test_another_network_shows_its_own_layers_and_is_painted(user):
    user.press(pygame.K_s)
    user.app.settle()
    user.app.present()
    before = pygame.surfarray.array3d(pygame.display.get_surface())
    user.press(pygame.K_n)
    user.app.settle()
    user.app.present()
    assert [row.name for row in user.app.state.panel_data["summary"]] == ["input", "add_1", "flatten_1", "dense_1"]
    panel = user.layout.panel
    changed = (pygame.surfarray.array3d(pygame.display.get_surface()) != before).any(axis=2)
    assert changed[panel.left : panel.right, panel.top : panel.bottom].any()

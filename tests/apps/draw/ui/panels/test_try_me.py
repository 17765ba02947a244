"""Test images, the network's errors, and the game."""

import numpy as np
import pygame

from apps.draw.core import actions
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn import checkpoint, zoo
from tests.apps.draw.fakes import User
from tests.tiny_set import write_tiny_set


def test_without_mnist_it_says_so(user, tmp_path, monkeypatch):
    assert "MNIST is missing or damaged" in user.press(pygame.K_x).status.text
    state = user.press(pygame.K_k)
    assert "MNIST is missing or damaged" in state.panel_data["errors"].note


def test_errors_and_random_digits_of_a_real_network(tmp_path, weights, monkeypatch):
    write_tiny_set(tmp_path / "set", size=28)
    monkeypatch.setenv("NN_DATA", str(tmp_path / "set"))
    checkpoint.save(weights / "deep-drawing.npz", zoo.build("mlp", rng=np.random.default_rng(0)), {})
    user = User(App(InferenceEngine(folder=weights), Settings(width=900, height=640)))
    try:
        user.settle()
        found = user.press(pygame.K_k).panel_data["errors"]
        assert found.documents
        state = user.click(actions.ERROR, 0)
        assert state.document is found.documents[0]
        assert state.prediction.label == found.answers[0] != state.document.label
        state = user.press(pygame.K_x)
        assert state.document.picture.prepared
        user.press(pygame.K_i)
        assert len(user.settle().panel_data["neighbours"].images) > 0
    finally:
        user.app.close()


def test_the_game(user):
    state = user.press(pygame.K_g)
    target = state.game.target
    user.draw((140.0, 20.0), (140.0, target * 28.0 + 14.0))
    assert user.app.state.game.score == 1
    assert user.app.state.document.blank
    assert not user.press(pygame.K_g).playing

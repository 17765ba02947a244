"""The panel of feature maps, saliency and occlusion."""

import numpy as np
import pygame

from apps.draw.core import actions
from apps.draw.core.settings import Settings
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn import checkpoint, zoo
from tests.apps.draw.fakes import SEVEN, User


def test_look_inside(tmp_path, weights, monkeypatch):
    path = weights / "deep-drawing.npz"
    checkpoint.save(path, zoo.build("tiny", rng=np.random.default_rng(0)), {})
    engine = InferenceEngine(folder=weights)
    user = User(App(engine, Settings(width=900, height=640)))
    try:
        user.draw(*SEVEN)
        user.press(pygame.K_i)
        state = user.settle()
        first, pooled = state.panel_data["maps"]
        assert (first.values.shape, pooled.values.shape) == ((26, 26, 8), (12, 12, 16))
        assert state.panel_data["hidden"].values.shape == (64,)
        label = int(state.prediction.probabilities.argmax())
        assert state.panel_data["saliency"].label == state.panel_data["occlusion"].label == label
        assert state.panel_data["occlusion"].values.any()
        assert "MNIST is missing or damaged" in state.panel_data["neighbours"].note
        np.testing.assert_array_equal(state.panel_data["image"].values, state.prediction.image)
        state = user.press(pygame.K_4, text="4")
        assert (state.explain, state.panel_data["saliency"].label) == (4, 4)
        assert user.click(actions.EXPLAIN_ANSWER).explain is None
        before = user.shot(user.layout.panel)
        rect = user.control(actions.FEATURE_MAP, 3).rect
        user.move(rect.center, held=False)
        user.settle()
        assert (user.shot(user.layout.panel) != before).any(axis=-1).sum() > 200  # the filter, and where it fires
        user.press(pygame.K_c)
        assert not user.app.state.panel_data
    finally:
        user.app.close()

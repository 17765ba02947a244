"""The window of a training."""

import pygame
import pytest

from apps.cli.watch.window import SIZE, LiveWindow
from tests.apps.cli.watch.snapshots import snapshot


@pytest.fixture
def window(monkeypatch, tmp_path):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    window = LiveWindow("Training tiny", "training")
    yield window
    window.close()


def pixels():
    return pygame.surfarray.array3d(pygame.display.get_surface())


def test_it_shows_each_snapshot_and_follows_the_size(window):
    assert pygame.display.get_caption()[0] == "Training tiny"
    window.show(snapshot(2))
    first = pixels()
    assert first.shape[:2] == SIZE
    window.show(snapshot(12))
    assert (pixels() != first).any()
    pygame.display.set_mode((700, 500))
    window.show(snapshot(12))
    assert window._tiles[-1].rect.right <= 700
    assert (pixels() != window._theme.card).any()


def test_closing_it_does_not_stop_the_training(window):
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.show(snapshot())
    assert not window.is_open
    assert not pygame.display.get_init()
    window.show(snapshot())

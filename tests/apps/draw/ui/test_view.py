"""Only what changes is drawn, and it equals the state drawn from scratch."""

from dataclasses import replace

import numpy as np
import pygame
import pytest

from apps.draw.core.messages import PenDown, PenMove
from apps.draw.core.update import update
from apps.draw.ui.view import View
from tests.apps.draw.fakes import SEVEN, coverage
from tests.apps.draw.random_events import RandomEvents


@pytest.mark.parametrize("size", [(1600, 1000), (700, 1000), (500, 300)])
def test_a_resized_window_is_redrawn_at_its_resolution(user, size):
    state = user.draw(*SEVEN)
    pygame.display.set_mode(size, pygame.RESIZABLE)
    user.post(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
    user.settle()
    canvas = user.shot(user.layout.canvas)
    expected = coverage(user.layout.canvas.size, user.layout.unit, state.document.strokes)
    np.testing.assert_array_equal(canvas[..., 0] / 255.0, expected)
    user.draw((30.0, 40.0))
    assert tuple(user.shot()[user.pixel((30.0, 40.0))[::-1]]) == user.colours.ink


@pytest.mark.parametrize("seed", [0, 9, 10])
def test_incremental_drawing_equals_drawing_from_scratch(seed, full_user):
    """Random events; after each, the window is compared with its state drawn from nothing."""
    events = RandomEvents(np.random.default_rng(seed))
    fresh = View()
    for _ in range(80):
        for _ in range(2):
            events.post(full_user.layout.shape.size)
        full_user.post(pygame.USEREVENT)
        full_user.app.step()
        state = full_user.app.state
        whole = pygame.Surface(full_user.layout.shape.size)
        fresh.fit(whole.get_size())
        fresh.draw(whole, state)
        np.testing.assert_array_equal(full_user.shot(), pygame.surfarray.array3d(whole).swapaxes(0, 1))
        full_user.app.state = replace(state, running=True)


def test_only_what_changed_is_drawn(user):
    surface, view, state = pygame.display.get_surface(), user.app.view, user.app.state
    assert view.draw(surface, state) == []
    state, _ = update(state, PenDown((50.0, 50.0)))
    view.draw(surface, state)
    for x in (55.0, 60.0):
        state, _ = update(state, PenMove((x, 50.0)))
        changed = view.draw(surface, state)
    assert sum(rect.width * rect.height for rect in changed) < 60 * 60

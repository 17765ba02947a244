"""The event loop: what the pointer draws, resizing, closing."""

from dataclasses import replace

import numpy as np
import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.document import BRUSH
from apps.draw.core.training import Run
from apps.live.settings import LiveSettings
from nn import zoo
from nn.digits import Recognizer
from nn.digits.rasterize import strokes_to_image
from tests.apps.draw.fakes import SEVEN, open_window, points


def test_fast_movement_leaves_no_gap(user):
    user.draw((20.0, 20.0), (260.0, 250.0))
    for part in np.linspace(0.0, 1.0, 200):
        x, y = user.pixel((20.0 + 240.0 * part, 20.0 + 230.0 * part))
        assert tuple(user.shot()[y, x]) == user.colours.ink


def test_a_tap_is_one_dot(user):
    user.draw((140.0, 100.0))
    area = user.shot(user.layout.canvas)[..., 0].sum() / 255.0
    assert area == pytest.approx(np.pi * (BRUSH * user.layout.unit / 2) ** 2, rel=0.02)


def test_all_movements_between_two_frames_count(user):
    user.down(user.pixel((10.0, 10.0)))
    for i in range(1, 200):
        user.move(user.pixel((10.0 + i, 10.0 + 3 * (i % 7))))
    user.app.step()
    assert len(points(user.app.state)[0]) > 190


def test_a_stroke_continues_after_leaving_the_window(user):
    corner = user.pixel((275.0, 140.0))
    user.down(corner)
    user.move((5000, corner[1]))
    user.move((5000, corner[1] + 60))
    user.move((corner[0], corner[1] + 60))
    user.up((corner[0], corner[1] + 60))
    assert len(user.settle().document.strokes) == 2
    for y in (corner[1], corner[1] + 60):
        assert tuple(user.shot()[y, corner[0]]) == user.colours.ink


def test_a_pen_released_outside_the_window_does_not_draw(user):
    user.down(user.pixel((50.0, 50.0)))
    user.move(user.pixel((90.0, 90.0)), held=False)
    user.move(user.pixel((200.0, 90.0)))
    assert len(points(user.settle())[0]) == 1


def test_other_buttons_of_the_mouse_do_not_draw(user):
    user.post(pygame.MOUSEBUTTONDOWN, pos=user.pixel((50.0, 50.0)), button=3)
    assert user.settle().document.blank


def test_the_wheel_changes_the_brush(user):
    before = user.app.state.brush
    user.post(pygame.MOUSEWHEEL, x=0, y=1)
    assert user.settle().brush == before + 1
    user.post(pygame.MOUSEWHEEL, x=0, y=-1)
    assert user.settle().brush == before


def test_a_touch_draws_once_and_leaves_no_hover(user):
    """SDL tells of a finger by events of its own, and by those of a mouse."""

    def touch(kind, mouse, point, **more):
        x, y = user.pixel(point)
        width, height = user.layout.shape.size
        user.post(kind, touch_id=1, finger_id=0, x=x / width, y=y / height, dx=0.0, dy=0.0)
        user.post(mouse, pos=(x, y), touch=True, **more)

    touch(pygame.FINGERDOWN, pygame.MOUSEBUTTONDOWN, (50.0, 60.0), button=1)
    touch(pygame.FINGERMOTION, pygame.MOUSEMOTION, (150.0, 160.0), rel=(9, 9), buttons=(1, 0, 0))
    touch(pygame.FINGERUP, pygame.MOUSEBUTTONUP, (150.0, 160.0), button=1)
    state = user.settle()
    ((start, end),) = points(state)
    assert start == pytest.approx((50.0, 60.0), abs=1.0)
    assert end == pytest.approx((150.0, 160.0), abs=1.0)

    at = next(each.rect.center for each in user.app.view.controls if each.message.action is actions.CLEAR)
    user.post(pygame.MOUSEBUTTONDOWN, pos=at, button=1, touch=True)
    user.post(pygame.MOUSEBUTTONUP, pos=at, button=1, touch=True)
    state = user.settle()
    assert state.document.blank
    assert state.hover is None


def test_drawing_does_not_wait_for_the_network(user):
    user.recognizer.go.clear()
    user.down(user.pixel((20.0, 20.0)))
    for x in range(20, 250, 10):
        user.move(user.pixel((float(x), 20.0)))
        user.app.step()
        px, py = user.pixel((float(x), 20.0))
        assert tuple(user.shot()[py, px]) == user.colours.ink
    assert user.app.state.prediction is None
    user.up((0, 0))
    user.recognizer.go.set()
    assert user.settle().prediction is not None


@pytest.mark.parametrize("paused", [True, False])
def test_beside_a_training_the_loop_polls_rarely_unless_the_pen_draws(user, monkeypatch, paused):
    """Each poll takes a core from the training; ``pygame.event.wait`` polls each millisecond on this display."""
    waits = []
    wait = pygame.event.wait
    monkeypatch.setattr(pygame.event, "wait", lambda *timeout: waits.append(timeout) or wait(*timeout))
    training = replace(user.app.state.training, runs=(Run(LiveSettings(), None, 1),), paused=paused)
    user.app.state = replace(user.app.state, training=training)
    user.post(pygame.MOUSEMOTION, pos=(1, 1), rel=(0, 0), buttons=(0, 0, 0))
    user.app.step()
    assert bool(waits) is paused
    user.down(user.pixel((20.0, 20.0)))
    user.app.step()
    waits.clear()
    user.move(user.pixel((30.0, 20.0)))
    user.app.step()
    assert waits
    assert len(user.app.state.document.strokes[0].points) == 2


def test_a_window_resized_to_its_own_size_is_redrawn(user):
    before = user.shot()
    pygame.display.get_surface().fill((255, 0, 0))  # a resized window starts empty
    width, height = user.layout.shape.size
    user.post(pygame.VIDEORESIZE, size=(width, height), w=width, h=height)
    user.settle()
    np.testing.assert_array_equal(user.shot(), before)


@pytest.mark.parametrize("way", ["escape", "close", "control"])
def test_quitting(user, way):
    event = {
        "escape": (pygame.KEYDOWN, {"key": pygame.K_ESCAPE, "mod": 0}),
        "close": (pygame.QUIT, {}),
        "control": (pygame.KEYDOWN, {"key": pygame.K_q, "mod": pygame.KMOD_LCTRL}),
    }[way]
    user.post(event[0], **event[1])
    user.app.run()
    assert not user.app.state.running


def test_a_real_network_answers(weights):
    recognizer = Recognizer(zoo.build("baseline", rng=np.random.default_rng(0)))
    user = open_window(recognizer, weights)
    try:
        state = user.draw(*SEVEN)
    finally:
        user.app.close()
    assert state.error is None
    expected = strokes_to_image([np.array(stroke.points) for stroke in state.document.strokes])
    np.testing.assert_array_equal(state.prediction.image, expected)

"""One unit by numbers, in the window: with the pointer and with keys, at all sizes."""

from pathlib import Path

import numpy as np
import pygame
import pytest
from pygame import Rect

import nn
from apps.draw.core import actions
from apps.draw.core.panels import Panel
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.core.unit import Unit
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn import checkpoint, zoo
from tests.apps.draw.fakes import SEVEN, User


def blocks():
    """A network with all kinds of layers for images of 28x28."""
    return nn.Sequential(
        [
            nn.BatchNorm(),
            nn.Conv2D(4, 5, stride=2, padding="same"),
            nn.LeakyReLU(),
            nn.Add([nn.Conv2D(4, 1), nn.Tanh()], shortcut=[nn.Conv2D(4, (1, 3), padding="same")]),
            nn.AvgPool2D(3, stride=2),
            nn.Conv2D(40, 2),
            nn.GELU(),
            nn.MaxPool2D((1, 2)),
            nn.Dropout(),
            nn.GlobalAvgPool2D(),
            nn.Dense(300),
            nn.Sigmoid(),
            nn.Dense(10),
        ],
        (28, 28, 1),
        rng=np.random.default_rng(0),
    )


def opened(folder: Path, model, size=(900, 640), theme="dark"):
    """A window that looks inside a network, with a seven on the canvas."""
    checkpoint.save(folder / "deep-drawing.npz", model, {})
    app = App(InferenceEngine(folder=folder), Settings(width=size[0], height=size[1], theme=theme, panel="INSIDE"))
    user = User(app)
    user.settle()
    user.draw(*SEVEN)
    return user


@pytest.fixture
def user(tmp_path):
    user = opened(tmp_path, zoo.build("tiny", rng=np.random.default_rng(0)))
    yield user
    user.app.close()


def test_a_click_shows_the_unit_in_the_same_frame(user):
    """No answer of the worker is needed."""
    control = user.control(actions.FEATURE_MAP, 3)
    before, asked = user.shot(user.layout.panel), user.app.state.asked
    x, y = control.rect.x + control.rect.width * 12 // 26, control.rect.y + control.rect.height * 20 // 26 + 1
    user.down((x, y))
    user.app.step()
    state = user.app.state
    layer, (row, column, channel) = state.unit
    assert (layer, channel) == ("relu_1", 3)
    assert abs(row - 20) <= 1
    assert abs(column - 12) <= 1
    assert state.asked == asked
    assert (user.shot(user.layout.panel) != before).any(axis=-1).mean() > 0.05
    user.up((x, y))
    assert user.settle().unit == state.unit


def test_dragging_over_a_map_goes_from_unit_to_unit(user):
    user.click(actions.BY_NUMBERS)
    user.click(actions.LAYER, "conv2d_1")
    rect = user.control(actions.UNIT, 2).rect
    user.down((rect.x + 1, rect.y + 1))
    seen = set()
    for step in range(5):
        user.move((rect.x + 1 + step * rect.width // 5, rect.y + 1))
        seen.add(user.settle().unit)
    user.up(rect.bottomright)
    assert user.settle().unit in seen
    assert {unit.place[0] for unit in seen} == {0}
    assert len(seen) == 5


def test_the_image_and_the_hidden_layer_can_be_clicked(user):
    image = user.control(actions.UNIT, 0)
    user.down(image.rect.center)
    user.up(image.rect.center)
    assert user.settle().unit == Unit("image", (14, 14, 0))
    user.press(pygame.K_o)
    hidden = next(each for each in user.app.view.controls if each.message.action is actions.LAYER)
    user.down(hidden.rect.topleft)
    user.up(hidden.rect.topleft)
    assert user.settle().unit == Unit("flatten_1", (0,))


def test_keys_alone_reach_every_layer_and_the_pixel(user):
    trace = user.app.state.panel_data["trace"]
    assert user.press(pygame.K_o).unit.layer == "softmax"
    layers = ["softmax"]
    while layers[-1] != "image":
        layers.append(user.press(pygame.K_COMMA).unit.layer)
    assert layers == list(trace)[::-1]
    unit = user.press(pygame.K_PERIOD).unit
    assert unit.layer == "conv2d_1"
    assert user.press(pygame.K_RIGHT, pygame.KMOD_LSHIFT).unit.channel == (unit.channel + 1) % 8
    place = user.press(pygame.K_LEFT).unit.place
    assert user.press(pygame.K_RIGHT).unit.place != place
    while user.app.state.unit.layer != "image":
        user.press(pygame.K_b)
    user.press(pygame.K_ESCAPE)
    assert (user.app.state.unit, user.app.state.panel) == (None, Panel.INSIDE)


def test_tab_reaches_pictures_maps_and_layers(user):
    user.press(pygame.K_o)
    stops = set()
    while (focus := user.press(pygame.K_TAB).focus) is not None:
        stops.add(focus.action.tab_stop or focus.action)
        assert user.count(user.control(*focus).rect.inflate(6, 6), user.colours.focus) > 0, focus
    assert {"pictures", "maps", "layers", actions.TO_INK} <= stops
    while user.app.state.focus is None or user.app.state.focus.action is not actions.LAYER:
        user.press(pygame.K_TAB)
    user.press(pygame.K_RIGHT)
    assert user.press(pygame.K_RETURN).unit.layer == list(user.app.state.panel_data["trace"])[1]


def test_it_is_live_and_waits_for_ink(user):
    user.press(pygame.K_o)
    user.press(pygame.K_COMMA)
    before, unit = user.shot(user.layout.panel), user.app.state.unit
    assert user.draw((140.0, 120.0), (60.0, 130.0)).unit == unit
    assert (user.shot(user.layout.panel) != before).any()
    user.press(pygame.K_c)
    assert user.app.state.unit == unit
    user.draw(*SEVEN)
    np.testing.assert_array_equal(user.shot(user.layout.panel), before)


@pytest.mark.parametrize(("size", "theme"), [((800, 600), "dark"), ((2560, 1440), "light"), ((600, 900), "light")])
def test_every_layer_of_every_kind_fits(tmp_path, size, theme):
    """Nothing is painted outside the panel, and controls are apart and inside."""
    user = opened(tmp_path, blocks(), size, theme)
    try:
        panel, names = user.layout.panel, list(user.app.state.panel_data["trace"])
        assert len(names) == 18
        user.press(pygame.K_o)
        outside = user.shot()
        outside[panel.top : panel.bottom, panel.left : panel.right] = 0
        for name in names:
            user.app.take(Perform(actions.LAYER, name))
            user.settle()
            edge = pygame.display.get_surface().subsurface(Rect(panel.x + 12, panel.bottom - 4, panel.width - 24, 1))
            assert (pygame.surfarray.array3d(edge) == user.colours.card).all(), name
            mine = [each for each in user.app.view.controls if panel.contains(each.rect)]
            for number, each in enumerate(mine):
                assert not any(each.rect.colliderect(other.rect) for other in mine[:number]), (name, each)
            own = [each for each in user.app.view.controls if each.message.action in (actions.UNIT, actions.MAP)]
            assert all(panel.contains(each.rect) for each in own), name
        shot = user.shot()
        shot[panel.top : panel.bottom, panel.left : panel.right] = 0
        np.testing.assert_array_equal(shot, outside)
    finally:
        user.app.close()

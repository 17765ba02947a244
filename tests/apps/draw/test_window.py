"""The window through real events, on a display without a screen: what it shows, pixel by pixel."""

import json
import sys
from dataclasses import replace

import numpy as np
import pygame
import pytest
from PIL import Image
from pygame.event import Event

from apps.draw import __main__ as program
from apps.draw.core import actions, settings
from apps.draw.core.document import BRUSH, CANVAS, BrushStroke
from apps.draw.core.formatting import percent
from apps.draw.core.messages import Hover, HoverTimeout, PenDown, PenMove
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.core.settings import Settings
from apps.draw.core.state import Perform
from apps.draw.core.update import update
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui import theme
from apps.draw.ui.app import App
from apps.draw.ui.ink import Ink
from apps.draw.ui.layout import Layout, Shape
from apps.draw.ui.view import View
from nn import checkpoint, zoo
from nn.digits import Recognizer
from nn.digits.rasterize import strokes_to_image
from nn.digits.stroke_files import Drawing, read_drawing, read_stroke_set, write_drawing
from scripts import latency
from tests.apps.draw.drawing import SEVEN, Able, Hand, Reader
from tests.apps.draw.random_events import RandomEvents
from tests.tiny_set import write_tiny_set

#: A canvas of 280 pixels has this window.
SIZE = Settings(width=700, height=440)


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """No screen, no remembered settings, and no images to find."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("NN_DATA", str(tmp_path / "no-data"))


class FakeClipboard:
    """One picture, kept here."""

    def __init__(self):
        self.png = None
        self.picture = None

    def copy(self, png):
        self.png = png

    def paste(self):
        return self.picture


@pytest.fixture
def weights(tmp_path):
    """A folder with two files of weights, which the fakes never read."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("deep-drawing", "tiny"):
        (folder / f"{name}.npz").write_bytes(b"1234" * 256)
    return folder


def opened(reader, weights, setup=SIZE):
    engine = InferenceEngine(load=lambda path: reader, folder=weights, clipboard=FakeClipboard())
    hand = Hand(App(engine, setup), reader)
    hand.engine = engine
    hand.settle()
    return hand


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def hand(reader, weights):
    hand = opened(reader, weights)
    yield hand
    reader.go.set()
    hand.app.close()


@pytest.fixture
def able(weights):
    """A window whose recognizer can do everything."""
    hand = opened(Able(), weights)
    yield hand
    hand.app.close()


def points(state):
    return tuple(tuple(stroke.points) for stroke in state.document.strokes)


def coverage(size, unit, strokes):
    """How far each pixel is covered by ink, 0 to 1."""
    ink = Ink(size, unit)
    ink.show(strokes)
    return pygame.surfarray.array2d(ink.surface).T / 255.0


def supersampled(side, strokes, times=8):
    """The same by brute force: the share of each pixel's ``times``² samples that are on the brush's path."""
    centres = (np.arange(side * times) + 0.5) / times / side * CANVAS
    x, y = np.meshgrid(centres, centres)
    inside = np.zeros(x.shape, bool)
    for line, width in strokes:
        for a, b in zip(line[: len(line) - 1] or line, line[1:] or line, strict=True):
            (ax, ay), (dx, dy) = a, np.subtract(b, a)
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
            inside |= np.hypot(x - ax - along * dx, y - ay - along * dy) < width / 2
    return inside.reshape(side, times, side, times).mean(axis=(1, 3))


# Ink.


@pytest.mark.parametrize("side", [97, 140])
@pytest.mark.parametrize(
    "strokes",
    [
        (BrushStroke(Points(SEVEN)),),
        (BrushStroke(Points(((60.0, 50.0),)), 38.0),),
        (BrushStroke(Points(((0.0, 3.0), (280.0, 270.0))), 6.0),),
    ],
)
def test_ink_is_the_round_brush_antialiased(side, strokes):
    error = np.abs(coverage((side, side), side / CANVAS, strokes) - supersampled(side, strokes))
    assert error.max() < 0.4  # at the few pixels where strokes join at an angle
    assert np.quantile(error, 0.998) < 0.14
    assert error.mean() < 0.003


def test_curves_are_smooth_and_go_through_every_point():
    angles = np.linspace(0.0, 4.5, 10)
    circle = BrushStroke(Points((140 + 90 * np.cos(a), 140 + 90 * np.sin(a)) for a in angles))
    fine = np.linspace(angles[1], angles[-2], 400)  # the ends bend less
    shown = coverage((280, 280), 1.0, (circle,))
    for a in fine:
        assert shown[int(140 + 90 * np.sin(a)), int(140 + 90 * np.cos(a))] == 1.0
        for radius in (90 - BRUSH / 2 - 2.5, 90 + BRUSH / 2 + 2.5):
            assert shown[int(140 + radius * np.sin(a)), int(140 + radius * np.cos(a))] < 0.2


def test_ink_grown_step_by_step_is_ink_drawn_at_once():
    strokes = tuple(
        BrushStroke(Points(line), width)
        for line, width in (
            (SEVEN, 20.0),
            (((20.0, 30.0),), 6.0),
            (((250.0, 5.0), (251.0, 200.0), (240.0, 240.0), (190.0, 260.0), (40.0, 279.0)), 28.0),
        )
    )
    ink = Ink((150, 150), 150 / CANVAS)
    for last, stroke in enumerate(strokes):
        for number in range(1, len(stroke.points) + 1):
            before = pygame.surfarray.array2d(ink.surface)
            changed = ink.show((*strokes[:last], stroke._replace(points=stroke.points[:number])))
            after = pygame.surfarray.array2d(ink.surface)
            shown = (*strokes[:last], stroke._replace(points=stroke.points[:number]))
            np.testing.assert_array_equal(after.T / 255.0, coverage((150, 150), 150 / CANVAS, shown))
            after[changed.left : changed.right, changed.top : changed.bottom] = 0
            before[changed.left : changed.right, changed.top : changed.bottom] = 0
            np.testing.assert_array_equal(after, before)  # nothing changed but what it said
    for drawing in (strokes[:2], (strokes[2], strokes[1]), strokes[1:], ()):
        assert ink.show(drawing) == ink.surface.get_rect()
        np.testing.assert_array_equal(
            pygame.surfarray.array2d(ink.surface).T / 255.0, coverage((150, 150), 150 / CANVAS, drawing)
        )
    assert not ink.show(())


# Drawing and its answer.


def test_a_blank_window_gives_no_answer(hand):
    canvas = hand.layout.canvas
    assert hand.count(canvas, hand.colours.paper) > 0.9 * canvas.width * canvas.height
    assert 0 < hand.shot(canvas).max() < 200  # the hint, quieter than ink
    assert hand.count(hand.layout.digit, hand.colours.winner) == 0
    assert all(hand.count(bar, hand.colours.other) == 0 for bar in hand.layout.bars)


def test_a_stroke_appears_and_is_answered(hand):
    state = hand.draw(*SEVEN)
    assert state.prediction.label == 8
    ink = hand.shot(hand.layout.canvas)[..., 0] / 255.0
    expected = coverage(hand.layout.canvas.size, hand.layout.unit, state.document.strokes)
    np.testing.assert_array_equal(ink, expected)  # and the hint is gone
    assert hand.count(hand.layout.digit, hand.colours.winner) > 500
    image = np.rint(state.prediction.image * 255)
    times = hand.layout.image.width // 28
    expected = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    np.testing.assert_array_equal(hand.shot(hand.layout.image), np.stack([expected] * 3, axis=-1))


def test_bars_are_as_long_as_the_probabilities(hand):
    hand.draw(*SEVEN)
    length = {}
    for digit, rect in enumerate(hand.layout.bars):
        rows = [(hand.shot(rect) == colour).all(axis=-1).sum(axis=1).max() for colour in (
            hand.colours.winner, hand.colours.other, hand.colours.track)]  # fmt: skip
        length[digit] = rows
    longest = length[0][2]
    assert length[8][0] == pytest.approx(0.82 * longest, abs=hand.app.view.ctx.px(20) + 2)
    assert length[3][1] == pytest.approx(0.02 * longest, abs=2)
    assert length[3][0] == 0


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "0.0%"), (0.0449, "4.5%"), (0.9994, "99.9%"), (0.99951, ">99.9%"), (1.0, ">99.9%")],
)
def test_percentages(probability, text):
    assert percent(probability) == text


def test_fast_movement_leaves_no_gap(hand):
    hand.draw((20.0, 20.0), (260.0, 250.0))
    for part in np.linspace(0.0, 1.0, 200):
        x, y = hand.pixel((20.0 + 240.0 * part, 20.0 + 230.0 * part))
        assert tuple(hand.shot()[y, x]) == hand.colours.ink


def test_a_tap_is_one_dot(hand):
    hand.draw((140.0, 100.0))
    area = hand.shot(hand.layout.canvas)[..., 0].sum() / 255.0
    assert area == pytest.approx(np.pi * (BRUSH * hand.layout.unit / 2) ** 2, rel=0.02)


def test_all_movements_between_two_frames_count(hand):
    hand.down(hand.pixel((10.0, 10.0)))
    for i in range(1, 200):
        hand.move(hand.pixel((10.0 + i, 10.0 + 3 * (i % 7))))
    hand.app.step()
    assert len(points(hand.app.state)[0]) > 190


def test_a_line_goes_on_after_leaving_the_window(hand):
    corner = hand.pixel((275.0, 140.0))
    hand.down(corner)
    hand.move((5000, corner[1]))
    hand.move((5000, corner[1] + 60))
    hand.move((corner[0], corner[1] + 60))
    hand.up((corner[0], corner[1] + 60))
    assert len(hand.settle().document.strokes) == 2
    for y in (corner[1], corner[1] + 60):
        assert tuple(hand.shot()[y, corner[0]]) == hand.colours.ink


def test_a_lifted_pen_that_nobody_reported_does_not_draw(hand):
    hand.down(hand.pixel((50.0, 50.0)))
    hand.move(hand.pixel((90.0, 90.0)), held=False)
    hand.move(hand.pixel((200.0, 90.0)))
    assert len(points(hand.settle())[0]) == 1


def test_other_buttons_of_the_mouse_do_not_draw(hand):
    hand.post(pygame.MOUSEBUTTONDOWN, pos=hand.pixel((50.0, 50.0)), button=3)
    assert hand.settle().document.blank


def test_the_wheel_changes_the_brush(hand):
    before = hand.app.state.brush
    hand.post(pygame.MOUSEWHEEL, x=0, y=1)
    assert hand.settle().brush == before + 1
    hand.post(pygame.MOUSEWHEEL, x=0, y=-1)
    assert hand.settle().brush == before


def test_drawing_does_not_wait_for_the_network(hand):
    hand.reader.go.clear()
    hand.down(hand.pixel((20.0, 20.0)))
    for x in range(20, 250, 10):
        hand.move(hand.pixel((float(x), 20.0)))
        hand.app.step()
        px, py = hand.pixel((float(x), 20.0))
        assert tuple(hand.shot()[py, px]) == hand.colours.ink
    assert hand.app.state.prediction is None
    hand.up((0, 0))
    hand.reader.go.set()
    assert hand.settle().prediction is not None


def test_a_failing_network_is_seen_and_drawing_goes_on(hand, capsys):
    hand.reader.error = ArithmeticError("not finite")
    quiet = hand.shot(hand.layout.footer)
    state = hand.draw(*SEVEN)
    assert (state.error, state.prediction) == ("ArithmeticError: not finite", None)
    assert hand.count(hand.layout.footer, hand.colours.error) > 10
    assert hand.count(hand.layout.digit, hand.colours.winner) == 0
    assert "ArithmeticError: not finite" in capsys.readouterr().err
    hand.reader.error = None
    assert hand.draw(*SEVEN).prediction.label == 8
    np.testing.assert_array_equal(hand.shot(hand.layout.footer), quiet)


@pytest.mark.parametrize("reason", ["not a digit", "a dot", "something new"])
def test_no_digit_shows_the_reason(hand, reason):
    quiet = hand.shot(hand.layout.second)
    hand.reader.reason = reason
    hand.draw(*SEVEN)
    assert hand.count(hand.layout.digit, hand.colours.winner) == 0
    assert all(hand.count(bar, hand.colours.other) == 0 for bar in hand.layout.bars)
    assert (hand.shot(hand.layout.second) != quiet).any()


# Keys and controls.


@pytest.mark.parametrize(
    ("key", "mod"),
    [(pygame.K_c, 0), (pygame.K_DELETE, 0), (pygame.K_BACKSPACE, 0), (pygame.K_u, 0)]
    + [(pygame.K_z, mod) for mod in (pygame.KMOD_LCTRL, pygame.KMOD_RCTRL, pygame.KMOD_LMETA)],
)
def test_keys_clear_and_undo(hand, key, mod):
    hand.draw(*SEVEN)
    assert hand.press(key, mod).document.blank
    assert hand.count(hand.layout.digit, hand.colours.winner) == 0
    assert hand.shot(hand.layout.canvas).max() < 200


@pytest.mark.parametrize(
    ("key", "mod"),
    [(pygame.K_y, 0), (pygame.K_y, pygame.KMOD_LCTRL), (pygame.K_z, pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT)],
)
def test_keys_redo(hand, key, mod):
    document = hand.draw(*SEVEN).document
    hand.press(pygame.K_u)
    assert hand.press(key, mod).document == document


@pytest.mark.parametrize("key", [pygame.K_p, pygame.K_RETURN, pygame.K_KP_ENTER])
def test_keys_predict(hand, key):
    asked = hand.draw(*SEVEN).asked
    assert hand.press(key).answered == asked + 1


def test_keys_for_brush_and_eraser(hand):
    brush = hand.app.state.brush
    assert hand.press(pygame.K_RIGHTBRACKET).brush == brush + 1
    assert hand.press(pygame.K_LEFTBRACKET).brush == brush
    hand.draw(*SEVEN)
    assert hand.press(pygame.K_e).eraser
    hand.draw((140.0, 20.0), (140.0, 120.0))
    assert len(hand.app.state.document.strokes) == 2
    assert hand.shot()[hand.pixel((140.0, 72.0))[::-1]].max() == 0


def test_buttons(hand):
    document = hand.draw(*SEVEN).document
    hand.draw((30.0, 30.0))
    assert hand.click(actions.UNDO).document == document
    assert len(hand.click(actions.REDO).document.strokes) == 2
    assert hand.click(actions.CLEAR).document.blank


def test_every_control_can_be_hit_and_lies_alone(able):
    able.draw(*SEVEN)
    able.click(actions.CLEAR)
    able.draw(*SEVEN)
    able.press(pygame.K_7, text="7")
    for panel in (None, *Panel):
        if panel is not None:
            able.click(actions.TOGGLE_PANEL[panel])
        whole = pygame.Rect((0, 0), able.layout.shape.size)
        found = able.app.view.controls
        for number, each in enumerate(found):
            assert whole.contains(each.rect), each
            assert able.app.view.control_at(each.rect.center) == each
            assert each.message.action is actions.FEATURE_MAP or each.tip
            assert not any(each.rect.colliderect(other.rect) for other in found[:number]), each


def test_buttons_show_whether_they_can_be_used_and_what_the_pointer_does(hand):
    rect = hand.control(actions.CLEAR).rect
    looks = [hand.shot(rect)]
    hand.draw(*SEVEN)
    looks.append(hand.shot(rect))
    hand.move(rect.center, held=False)
    hand.settle()
    looks.append(hand.shot(rect))
    hand.down(rect.center)
    hand.settle()
    looks.append(hand.shot(rect))
    assert len({look.tobytes() for look in looks}) == 4
    hand.move((0, 0), held=True)
    hand.settle()
    np.testing.assert_array_equal(hand.shot(rect), looks[1])
    hand.up((0, 0))
    assert not hand.settle().document.blank


def test_tab_reaches_every_control_that_can_be_used(able):
    able.draw(*SEVEN)
    for panel in Panel:
        able.click(actions.TOGGLE_PANEL[panel])
        seen = []
        for _ in range(100):
            focus = able.press(pygame.K_TAB).focus
            if focus is None:
                break
            seen.append(focus)
            assert able.count(able.control(*focus).rect.inflate(4, 4), able.colours.focus) > 0, focus
        found = [each.message.action for each in able.app.view.controls]
        usable = {action.tab_stop or action for action in found if action.enabled(able.app.state)}
        assert {each.action.tab_stop or each.action for each in seen} == usable
        assert able.press(pygame.K_TAB, pygame.KMOD_SHIFT).focus == seen[-1]
        able.press(pygame.K_ESCAPE)


def test_the_focus_is_pressed_by_enter_and_moved_by_arrows(hand):
    hand.draw(*SEVEN)
    hand.press(pygame.K_TAB)
    assert hand.app.state.focus == Perform(actions.CLEAR)
    assert hand.press(pygame.K_RETURN).document.blank
    while hand.app.state.focus is None or hand.app.state.focus.action.tab_stop != "panels":
        hand.press(pygame.K_TAB)
    assert hand.press(pygame.K_RIGHT).focus == Perform(actions.TOGGLE_PANEL[Panel.MODELS])
    assert hand.press(pygame.K_SPACE).panel is Panel.MODELS


@pytest.mark.parametrize(("key", "text"), [(pygame.K_F1, ""), (pygame.K_SLASH, "?"), (pygame.K_h, "h")])
def test_the_help_page_comes_and_goes(hand, key, text):
    before = hand.shot()
    assert hand.press(key, text=text).help
    assert (hand.shot() != before).mean() > 0.1
    hand.draw((50.0, 50.0))  # the canvas is not there
    assert hand.app.state.document.blank
    assert not hand.press(pygame.K_ESCAPE).help
    np.testing.assert_array_equal(hand.shot(), before)


def test_a_tool_tip_comes_and_leaves_nothing_behind(hand):
    hand.draw(*SEVEN)
    before = hand.shot()
    hand.app.take(Hover(Perform(actions.ERASER)))
    hand.app.take(HoverTimeout())
    hand.app.present()
    assert (hand.shot() != before).any(axis=-1).sum() > 2000
    hand.app.take(Hover(None))
    hand.app.present()
    np.testing.assert_array_equal(hand.shot(), before)


def test_the_theme(hand):
    hand.draw(*SEVEN)
    assert hand.press(pygame.K_d).theme == "light"
    assert tuple(hand.shot()[0, 0]) == theme.LIGHT.background
    assert tuple(hand.shot()[hand.pixel((140.0, 72.0))[::-1]]) == theme.LIGHT.ink
    assert hand.click(actions.THEME).theme == "dark"


@pytest.mark.parametrize("colours", [theme.DARK, theme.LIGHT])
def test_text_can_be_read_on_what_it_stands_on(colours):
    def luminance(colour):
        linear = [v / 12.92 if (v := c / 255) <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for c in colour]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    def contrast(a, b):
        high, low = sorted((luminance(a), luminance(b)), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for ground in (colours.background, colours.card):
        assert contrast(colours.text, ground) > 12
        assert contrast(colours.muted, ground) > 5.5
        assert contrast(colours.faint, ground) > 4
        assert contrast(colours.error, ground) > 4.5
        assert contrast(colours.winner, ground) > 3  # large type
    assert contrast(colours.ink, colours.paper) > 15


# Panels.


def test_look_inside(tmp_path, weights, monkeypatch):
    path = weights / "deep-drawing.npz"
    checkpoint.save(path, zoo.build("tiny", rng=np.random.default_rng(0)), {})
    engine = InferenceEngine(folder=weights)
    hand = Hand(App(engine, Settings(width=900, height=640)))
    try:
        hand.draw(*SEVEN)
        hand.press(pygame.K_i)
        state = hand.settle()
        first, pooled = state.panel_data["maps"]
        assert (first.values.shape, pooled.values.shape) == ((26, 26, 8), (12, 12, 16))
        assert state.panel_data["hidden"].values.shape == (256,)
        label = int(state.prediction.probabilities.argmax())
        assert state.panel_data["saliency"].label == state.panel_data["occlusion"].label == label
        assert state.panel_data["occlusion"].values.any()
        assert "MNIST is not on this machine" in state.panel_data["neighbours"].note
        np.testing.assert_array_equal(state.panel_data["image"].values, state.prediction.image)
        state = hand.press(pygame.K_4, text="4")
        assert (state.explain, state.panel_data["saliency"].label) == (4, 4)
        assert hand.click(actions.EXPLAIN_ANSWER).explain is None
        before = hand.shot(hand.layout.panel)
        rect = hand.control(actions.FEATURE_MAP, 3).rect
        hand.move(rect.center, held=False)
        hand.settle()
        assert (hand.shot(hand.layout.panel) != before).any(axis=-1).sum() > 200  # the filter, and where it fires
        hand.press(pygame.K_c)
        assert not hand.app.state.panel_data
    finally:
        hand.app.close()


def test_models_side_by_side(hand):
    hand.draw(*SEVEN)
    state = hand.press(pygame.K_m)
    assert [(name, size) for name, size in state.models] == [("deep-drawing", 1024), ("tiny", 1024)]
    assert {said.answer for said in state.panel_data["models"].values()} == {"8"}
    assert hand.press(pygame.K_n).model == 1
    assert hand.engine.models.number == 1
    assert hand.click(actions.MODEL, 0).model == 0


def test_replay(hand):
    hand.draw(*[(100.0, 20.0 + 4 * i) for i in range(60)])
    state = hand.press(pygame.K_r)
    whole = state.document
    labels = [moment.label for moment in state.replay.moments]
    assert labels == sorted(labels)
    assert labels[0] < labels[-1] == state.prediction.label
    slider = hand.control(actions.SCRUB, 0).rect
    hand.down((slider.x + slider.width // 2, slider.centery))
    hand.move((slider.x + slider.width // 4, slider.centery))
    hand.up((slider.x + slider.width // 4, slider.centery))
    state = hand.settle()
    assert len(state.shown.strokes[0].points) == pytest.approx(15, abs=2)
    assert state.prediction.label < labels[-1]
    expected = coverage(hand.layout.canvas.size, hand.layout.unit, state.shown.strokes)
    np.testing.assert_array_equal(hand.shot(hand.layout.canvas)[..., 0] / 255.0, expected)
    hand.press(pygame.K_RIGHT)
    assert len(hand.app.state.shown.strokes[0].points) == pytest.approx(20, abs=2)
    hand.press(pygame.K_SPACE)
    while hand.app.state.replay.playing:
        hand.app.step()
    assert hand.settle().shown == whole


def test_mistakes_and_random_digits(hand, tmp_path, monkeypatch):
    assert "MNIST is not on this machine" in hand.press(pygame.K_x).status.text
    state = hand.press(pygame.K_k)
    assert "MNIST is not on this machine" in state.panel_data["errors"].note


def test_mistakes_of_a_real_network(tmp_path, weights, monkeypatch):
    write_tiny_set(tmp_path / "set", size=28)
    monkeypatch.setenv("NN_DATA", str(tmp_path / "set"))
    checkpoint.save(weights / "deep-drawing.npz", zoo.build("mlp", rng=np.random.default_rng(0)), {})
    hand = Hand(App(InferenceEngine(folder=weights), Settings(width=900, height=640)))
    try:
        hand.settle()
        found = hand.press(pygame.K_k).panel_data["errors"]
        assert found.documents
        state = hand.click(actions.ERROR, 0)
        assert state.document is found.documents[0]
        assert state.prediction.label == found.answers[0] != state.document.label
        state = hand.press(pygame.K_x)
        assert state.document.picture.prepared
        hand.press(pygame.K_i)
        assert len(hand.settle().panel_data["neighbours"].images) > 0
    finally:
        hand.app.close()


def test_the_game(hand):
    state = hand.press(pygame.K_g)
    target = state.game.target
    hand.draw((140.0, 20.0), (140.0, target * 28.0 + 14.0))
    assert hand.app.state.game.score == 1
    assert hand.app.state.document.blank
    assert not hand.press(pygame.K_g).playing


def test_teaching(able):
    able.draw(*SEVEN)
    able.press(pygame.K_7, text="7")
    state = able.press(pygame.K_l)
    assert [label for _, label in state.samples] == [7]
    state = able.press(pygame.K_l, pygame.KMOD_LSHIFT)
    assert (state.fine_tuned.after, able.reader.lessons) == (1.0, [[7]])
    assert able.click(actions.UNLEARN).fine_tuned is None
    assert able.reader.lessons == []
    assert able.click(actions.DROP_SAMPLE, 0).samples == ()


def test_a_recognizer_that_cant_learn_dims_the_buttons(hand):
    hand.draw(*SEVEN)
    hand.press(pygame.K_l)
    hand.press(pygame.K_7, text="7")
    assert hand.click(actions.LABEL, 3).samples == ()
    assert not actions.LEARN.enabled(hand.app.state)
    assert not hand.click(actions.LINE).line_mode


def test_a_row(able):
    able.press(pygame.K_w)
    assert able.layout.canvas.width == pytest.approx(4 * able.layout.canvas.height, abs=3)
    for number in range(3):
        able.draw((100.0 + 300 * number, 20.0), (180.0 + 300 * number, 50.0 + 84 * number))
    assert able.app.state.line.text == "147"
    assert able.count(able.layout.digit, able.colours.winner) > 300
    assert able.count(able.layout.ruler, able.colours.other) > 0
    assert not able.press(pygame.K_w).line_mode
    assert able.app.state.document.blank


# Files.


def test_save_open_and_drop(hand, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = hand.draw(*SEVEN).document
    hand.press(pygame.K_s, pygame.KMOD_LCTRL)
    hand.press(pygame.K_RETURN)
    drawing = read_drawing("drawing.json")
    np.testing.assert_array_equal(drawing.strokes[0], points(hand.app.state)[0])
    assert drawing.canvas == (CANVAS, CANVAS)
    hand.press(pygame.K_s, pygame.KMOD_LCTRL)
    for _ in "drawing.json":
        hand.press(pygame.K_BACKSPACE)
    hand.type("seven.png")
    hand.click(actions.CONFIRM)
    with Image.open("seven.png") as picture:
        assert (picture.size, picture.mode) == ((560, 560), "L")
        assert np.asarray(picture).min() == 0
    hand.press(pygame.K_c)
    hand.press(pygame.K_o, pygame.KMOD_LCTRL)
    hand.type("drawing.json")
    assert points(hand.press(pygame.K_RETURN)) == tuple(tuple(stroke.points) for stroke in document.strokes)
    hand.post(pygame.DROPFILE, file="seven.png")
    state = hand.settle()
    assert state.document.picture.name == "seven.png"
    assert state.prediction is not None
    assert hand.shot(hand.layout.canvas)[:20, :20].min() > 250  # its paper


def test_broken_files_are_a_line(hand, tmp_path):
    document = hand.draw(*SEVEN).document
    for name, text in (("a.json", "{"), ("b.png", "x"), ("nothing.json", None)):
        if text is not None:
            (tmp_path / name).write_text(text)
        hand.post(pygame.DROPFILE, file=str(tmp_path / name))
        state = hand.settle()
        assert state.status.error
        assert name in state.status.text
        assert state.document == document
    hand.press(pygame.K_s, pygame.KMOD_LCTRL)
    for _ in "drawing.json":
        hand.press(pygame.K_BACKSPACE)
    hand.type(str(tmp_path / "a.json" / "b.json"))
    assert hand.press(pygame.K_RETURN).status.error
    hand.press(pygame.K_s, pygame.KMOD_LCTRL)
    hand.type(".exe")
    assert "expected a name in .json or .png" in hand.press(pygame.K_RETURN).status.text


def test_a_question_is_left_by_escape(hand):
    hand.draw(*SEVEN)
    before = hand.shot()
    assert hand.press(pygame.K_s, pygame.KMOD_LCTRL).prompt is not None
    hand.type("cp")  # keys are letters here
    assert not hand.app.state.document.blank
    hand.press(pygame.K_ESCAPE)
    np.testing.assert_array_equal(hand.shot(), before)


def test_copy_and_paste(hand):
    hand.draw(*SEVEN)
    hand.press(pygame.K_c, pygame.KMOD_LCTRL)
    assert hand.engine.clipboard.png.startswith(b"\x89PNG")
    assert "no picture" in hand.press(pygame.K_v, pygame.KMOD_LCTRL).status.text
    hand.engine.clipboard.picture = Image.new("RGB", (40, 30), (200, 200, 200))
    state = hand.press(pygame.K_v, pygame.KMOD_LCTRL)
    assert state.document.picture.gray.shape == (30, 40)


def test_the_session_becomes_a_stroke_set(hand, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hand.draw(*SEVEN)
    hand.press(pygame.K_c)
    hand.draw((50.0, 20.0), (60.0, 90.0))
    hand.press(pygame.K_e, pygame.KMOD_LCTRL)
    hand.press(pygame.K_RETURN)
    made = read_stroke_set("session.npz")
    assert made.label.tolist() == [8, 3]
    assert [len(made.strokes(i)[0]) for i in range(2)] == [3, 2]


def test_a_folder_is_read_at_once(hand, tmp_path):
    folder = tmp_path / "digits"
    folder.mkdir()
    write_drawing(folder / "a.json", Drawing([np.array(SEVEN)], None, (280.0, 280.0)))
    Image.new("L", (20, 20), 4).save(folder / "b.png")
    (folder / "c.png").write_text("x")
    hand.post(pygame.DROPFILE, file=str(folder))
    state = hand.settle()
    assert [(result.name, result.answer[:1]) for result in state.results] == [
        ("a.json", "8"),
        ("b.png", "4"),
        ("c.png", "e"),
    ]
    assert state.panel is Panel.FILES


def test_a_photograph_is_kept_as_large_as_it_can_be_seen(hand, tmp_path):
    photograph, folder = tmp_path / "a.png", tmp_path / "digits"
    level = np.full((2000, 3000), 4, np.uint16)
    level[:, 1500:] = 60_004
    Image.fromarray(level).save(photograph)
    hand.post(pygame.DROPFILE, file=str(photograph))
    kept = hand.settle().document.picture.gray
    assert kept.dtype == np.uint16
    assert kept.shape == (667, 1000)
    assert (kept[:, 0] == 4).all()
    assert (kept[:, -1] == 60_004).all()

    folder.mkdir()
    photograph.rename(folder / "a.png")
    hand.post(pygame.DROPFILE, file=str(folder))
    (result,) = hand.settle().results
    assert max(result.document.picture.gray.shape) <= 128


def test_recent_drawings(weights, reader):
    hand = opened(reader, weights, Settings(width=900, height=640))
    try:
        first = hand.draw(*SEVEN).document
        hand.press(pygame.K_c)
        hand.draw((50.0, 50.0))
        hand.press(pygame.K_c)
        assert len(hand.app.state.recent) == 2
        assert hand.click(actions.RECENT, 0).document == first
    finally:
        hand.app.close()


# The window.


@pytest.mark.parametrize("size", [(1600, 1000), (700, 1000), (500, 300)])
def test_a_resized_window_is_drawn_anew_at_its_pixels(hand, size):
    state = hand.draw(*SEVEN)
    pygame.display.set_mode(size, pygame.RESIZABLE)
    hand.post(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
    hand.settle()
    canvas = hand.shot(hand.layout.canvas)
    expected = coverage(hand.layout.canvas.size, hand.layout.unit, state.document.strokes)
    np.testing.assert_array_equal(canvas[..., 0] / 255.0, expected)
    hand.draw((30.0, 40.0))
    assert tuple(hand.shot()[hand.pixel((30.0, 40.0))[::-1]]) == hand.colours.ink


def test_a_window_resized_there_and_back_is_drawn_anew(hand):
    before = hand.shot()
    pygame.display.get_surface().fill((255, 0, 0))  # a resized window starts empty
    width, height = hand.layout.shape.size
    hand.post(pygame.VIDEORESIZE, size=(width, height), w=width, h=height)
    hand.settle()
    np.testing.assert_array_equal(hand.shot(), before)


@pytest.mark.parametrize("seed", [0, 9, 10])
def test_what_is_drawn_bit_by_bit_is_what_is_drawn_at_once(seed, able):
    """Random events; after each, the window is compared with its state drawn from nothing."""
    events = RandomEvents(np.random.default_rng(seed))
    fresh = View()
    for _ in range(80):
        for _ in range(2):
            events.post(able.layout.shape.size)
        able.post(pygame.USEREVENT)
        able.app.step()
        state = able.app.state
        whole = pygame.Surface(able.layout.shape.size)
        fresh.fit(whole.get_size())
        fresh.draw(whole, state)
        np.testing.assert_array_equal(able.shot(), pygame.surfarray.array3d(whole).swapaxes(0, 1))
        able.app.state = replace(state, running=True)


def test_a_finger_draws_once_and_points_at_nothing_when_it_is_gone(hand):
    """SDL tells of a finger by events of its own, and by those of a mouse."""

    def touch(kind, mouse, point, **more):
        x, y = hand.pixel(point)
        width, height = hand.layout.shape.size
        hand.post(kind, touch_id=1, finger_id=0, x=x / width, y=y / height, dx=0.0, dy=0.0)
        hand.post(mouse, pos=(x, y), touch=True, **more)

    touch(pygame.FINGERDOWN, pygame.MOUSEBUTTONDOWN, (50.0, 60.0), button=1)
    touch(pygame.FINGERMOTION, pygame.MOUSEMOTION, (150.0, 160.0), rel=(9, 9), buttons=(1, 0, 0))
    touch(pygame.FINGERUP, pygame.MOUSEBUTTONUP, (150.0, 160.0), button=1)
    state = hand.settle()
    ((start, end),) = points(state)
    assert start == pytest.approx((50.0, 60.0), abs=1.0)
    assert end == pytest.approx((150.0, 160.0), abs=1.0)

    at = next(each.rect.center for each in hand.app.view.controls if each.message.action is actions.CLEAR)
    hand.post(pygame.MOUSEBUTTONDOWN, pos=at, button=1, touch=True)
    hand.post(pygame.MOUSEBUTTONUP, pos=at, button=1, touch=True)
    state = hand.settle()
    assert state.document.blank
    assert state.hover is None


def test_only_what_changed_is_drawn(hand):
    surface, view, state = pygame.display.get_surface(), hand.app.view, hand.app.state
    assert view.draw(surface, state) == []
    state, _ = update(state, PenDown((50.0, 50.0)))
    view.draw(surface, state)
    for x in (55.0, 60.0):
        state, _ = update(state, PenMove((x, 50.0)))
        changed = view.draw(surface, state)
    assert sum(rect.width * rect.height for rect in changed) < 60 * 60


@pytest.mark.parametrize("way", ["escape", "close", "control"])
def test_quitting(hand, way):
    event = {
        "escape": (pygame.KEYDOWN, {"key": pygame.K_ESCAPE, "mod": 0}),
        "close": (pygame.QUIT, {}),
        "control": (pygame.KEYDOWN, {"key": pygame.K_q, "mod": pygame.KMOD_LCTRL}),
    }[way]
    hand.post(event[0], **event[1])
    hand.app.run()
    assert not hand.app.state.running


@pytest.mark.parametrize("row", [False, True])
@pytest.mark.parametrize(
    "size", [(1, 1), (90, 3000), (3000, 40), (640, 480), (800, 600), (1280, 800), (600, 900), (3840, 2160)]
)
def test_any_size_of_window_can_be_drawn(able, size, row):
    surface = pygame.Surface(size)
    for panel in (None, *Panel):
        state = replace(able.app.state, line_mode=row, panel=panel)
        view = View()
        if size != (3840, 2160) or panel in (None, Panel.INSIDE):
            view.draw(surface, state)
        layout = Layout(Shape(size, panel is not None, row))
        if min(size) < 480:
            continue
        rects = [layout.canvas, layout.answer, layout.bar, layout.tools, layout.footer, layout.strip, layout.panel]
        rects = [rect for rect in rects if rect.width and rect.height]
        whole = pygame.Rect((0, 0), size)
        assert all(whole.contains(rect) for rect in rects), rects
        assert all(not a.colliderect(b) for i, a in enumerate(rects) for b in rects[:i])
        for inner in (layout.digit, layout.caption, layout.second, *(layout.bars if not row else ())):
            assert layout.answer.contains(inner)
        for each in view.controls:
            assert whole.contains(each.rect), each


def test_settings_are_remembered(hand, weights):
    assert settings.load() == Settings()
    settings.save(Settings("light", 5, 900, 700, "MODELS", 12))
    assert settings.load() == Settings("light", 5, 900, 700, "MODELS", 12)
    app = App(hand.engine, settings.load())
    try:
        assert (app.state.theme, app.state.brush, app.state.best) == ("light", 5, 12)
        assert app.state.panel is Panel.MODELS
        assert app.settings == settings.load()
    finally:
        app._worker.close(0.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"theme": 3, "brush": 99, "width": -1, "height": true, "panel": "x", "best": 1.5, "else": 1}',
        '{"width": 1e400}',
    ],
)
def test_broken_settings_are_no_error(text):
    settings.path().parent.mkdir(parents=True)
    settings.path().write_text(text)
    assert settings.load() == Settings()


def test_settings_that_cant_be_written_are_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    settings.save(Settings())
    assert settings.load() == Settings()


# The program.


def run_program(monkeypatch, reader, *arguments):
    monkeypatch.setattr(
        program,
        "InferenceEngine",
        lambda weights, clipboard: InferenceEngine(weights, load=lambda path: reader, clipboard=None),
    )
    return program.main(list(arguments))


def test_the_program_runs_until_it_is_closed_and_remembers(reader, monkeypatch, tmp_path):
    path = tmp_path / "some.npz"
    path.write_bytes(b"")
    write_drawing(tmp_path / "a.json", Drawing([np.array(SEVEN)]))
    seen = []

    def recognize(strokes):
        seen.append(len(strokes[0]))
        if len(strokes[0]) == 3:
            pygame.event.post(Event(pygame.QUIT))
        return Reader().recognize(strokes)

    monkeypatch.setattr(reader, "recognize", recognize)
    options = ("--weights", str(path), "--size", "800x600", "--theme", "light", "--open", str(tmp_path / "a.json"))
    assert run_program(monkeypatch, reader, *options) == 0
    assert 3 in seen
    assert not pygame.display.get_init()
    assert (settings.load().theme, settings.load().width, settings.load().height) == ("light", 800, 600)


def test_missing_weights_are_one_line(capsys):
    assert program.main(["--weights", "none.npz"]) == 2
    assert capsys.readouterr().err == "apps.draw: none.npz: not found\n"


def test_broken_weights_are_one_line(tmp_path, capsys):
    (tmp_path / "broken.npz").write_bytes(b"no")
    assert program.main(["--weights", str(tmp_path / "broken.npz")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"apps.draw: {tmp_path / 'broken.npz'}: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("driver", ["no-such-driver", None])
def test_no_display_is_one_line(driver, reader, monkeypatch, capsys):
    if driver is None:
        if sys.platform != "linux":
            pytest.skip("here there always is a display")
        for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv("SDL_VIDEODRIVER", driver)
    assert run_program(monkeypatch, reader) == 2
    assert capsys.readouterr().err.startswith("apps.draw: no display")


@pytest.mark.parametrize("size", ["0", "99x99", "50000x800", "wide", "800", "800x600x2"])
def test_a_silly_size_is_refused(size, capsys):
    assert program.main(["--size", size]) == 2
    error = capsys.readouterr().err
    assert error.startswith("apps.draw: argument --size: expected ")
    assert error.count("\n") == 1


def test_a_real_network_answers(weights):
    recognizer = Recognizer(zoo.build("baseline", rng=np.random.default_rng(0)))
    hand = opened(recognizer, weights)
    try:
        state = hand.draw(*SEVEN)
    finally:
        hand.app.close()
    assert state.error is None
    expected = strokes_to_image([np.array(stroke.points) for stroke in state.document.strokes])
    np.testing.assert_array_equal(state.prediction.image, expected)


# What is measured.


@pytest.mark.parametrize("inside", [[], ["--inside"]])
def test_latency_times_every_movement(reader, weights, inside, monkeypatch, tmp_path):
    monkeypatch.setattr(
        latency, "InferenceEngine", lambda path: InferenceEngine(load=lambda path: reader, folder=weights)
    )
    monkeypatch.setattr(latency, "RATE", 2000)
    monkeypatch.setattr(latency, "PAUSE", 0.01)
    monkeypatch.setattr(latency, "IDLE", 0.04)
    assert latency.main(["--n", "70", "--metrics", str(tmp_path / "latency.json"), *inside]) == 0
    figures = json.loads((tmp_path / "latency.json").read_text())
    for name in ("ink", "answer"):
        times = figures[f"{name}_ms"]
        assert times["n"] == 70
        assert 0.0 < times["median"] <= times["p95"] <= times["p99"] <= times["max"]
    assert figures["frames_per_second"] > 0
    assert figures["idle_cpu"] >= 0
    assert figures["inside"] == bool(inside)


def test_the_start_is_timed_to_the_first_frame_and_to_ready(tmp_path):
    checkpoint.save(tmp_path / "tiny.npz", zoo.build("tiny", rng=np.random.default_rng(0)), {})
    options = ["--startup", "--n", "1", "--size", "640x480", "--weights", str(tmp_path / "tiny.npz")]
    assert latency.main([*options, "--metrics", str(tmp_path / "startup.json")]) == 0
    figures = json.loads((tmp_path / "startup.json").read_text())
    assert 0 < figures["shown_ms"][0] < figures["ready_ms"][0]


def test_a_window_that_does_not_open_is_one_line(tmp_path, capsys):
    assert latency.main(["--startup", "--weights", str(tmp_path / "none.npz")]) == 2
    error = capsys.readouterr().err
    assert error == f"scripts.latency: the window did not open: apps.draw: {tmp_path / 'none.npz'}: not found\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--size", "-5"), ("--size", "5000"), ("--n", "0"), ("--n", "-1"), ("--metrics", "/dev/null/m.json")],
)
def test_latency_refuses_what_it_cant_do(option, value, capsys):
    assert latency.main([f"{option}={value}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("scripts.latency: ")
    assert option in error or value.startswith("/dev/null")
    assert error.count("\n") == 1


def test_latency_needs_a_display(monkeypatch, capsys):
    def no_display(*arguments, **options):
        raise pygame.error("none here")

    monkeypatch.setattr(latency, "measure", no_display)
    assert latency.main([]) == 2
    assert capsys.readouterr().err == "scripts.latency: no display to open a window on: none here\n"

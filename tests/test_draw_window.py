"""The window through real events, on a display without a screen: what it shows, pixel by pixel."""

import json
import sys
import threading
import time
from dataclasses import dataclass

import numpy as np
import pygame
import pytest
from pygame.event import Event

from apps.draw import __main__ as program
from apps.draw import latency, theme
from apps.draw.app import App
from apps.draw.ink import BRUSH, Ink
from apps.draw.layout import Layout, window_size
from apps.draw.panel import percent
from apps.draw.state import CANVAS, Command, PenDown, PenMove, update
from apps.draw.view import View
from nn.digits import Recognizer
from nn.digits.rasterize import strokes_to_image
from nn.errors import CheckpointError
from nn.zoo import build

SEVEN = ((80.0, 70.0), (200.0, 75.0), (130.0, 230.0))


@dataclass(frozen=True, eq=False)
class Prediction:
    label: int | None
    probabilities: np.ndarray
    image: np.ndarray
    reason: str | None = None


class Reader:
    """Reads a digit from where the ink ends: its height on the canvas picks the label."""

    def __init__(self):
        self.go = threading.Event()
        self.go.set()
        self.error = None
        self.reason = None

    def recognize(self, strokes):
        assert self.go.wait(30.0)
        if self.error is not None:
            raise self.error
        label = min(int(strokes[-1][-1, 1] / 28.0), 9)
        probabilities = np.full(10, 0.02, np.float32)
        probabilities[label] = 0.82
        image = np.random.default_rng(label).random((28, 28)).astype(np.float32)
        return Prediction(None if self.reason else label, probabilities, image, self.reason)


class Hand:
    """Plays the user: posts events, and lets the window take them in."""

    def __init__(self, app, reader=None):
        self.app = app
        self.reader = reader

    @property
    def layout(self):
        return self.app.view.layout

    def pixel(self, point):
        x, y = point
        unit = self.layout.canvas.width / CANVAS
        return int(self.layout.canvas.x + x * unit), int(self.layout.canvas.y + y * unit)

    def post(self, kind, **values):
        pygame.event.post(Event(kind, **values))

    def down(self, position):
        self.post(pygame.MOUSEBUTTONDOWN, pos=position, button=1)

    def move(self, position, held=True):
        self.post(pygame.MOUSEMOTION, pos=position, rel=(0, 0), buttons=(int(held), 0, 0))

    def up(self, position):
        self.post(pygame.MOUSEBUTTONUP, pos=position, button=1)

    def draw(self, *points):
        pixels = [self.pixel(point) for point in points]
        self.down(pixels[0])
        for pixel in pixels[1:]:
            self.move(pixel)
        self.up(pixels[-1])
        return self.settle()

    def click(self, command):
        self.down(self.layout.buttons[command].center)
        self.up(self.layout.buttons[command].center)
        return self.settle()

    def press(self, key, mod=0):
        self.post(pygame.KEYDOWN, key=key, mod=mod)
        return self.settle()

    def settle(self):
        """Run the loop until everything posted is taken in and every answer that is due has come."""
        deadline = time.monotonic() + 120.0  # for a test that fails
        while time.monotonic() < deadline:
            self.post(pygame.USEREVENT)  # so that the loop never sleeps
            self.app.step()
            state = self.app.state
            if state.ready and (not state.drawing or state.answered == state.asked):
                return state
        raise AssertionError(f"request {state.asked} was not answered")

    def shot(self, rect=None):
        """The window's pixels, or those of a rectangle of it: (H, W, 3)."""
        pixels = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
        return pixels if rect is None else pixels[rect.top : rect.bottom, rect.left : rect.right]

    def count(self, rect, colour):
        return int((self.shot(rect) == colour).all(axis=-1).sum())


@pytest.fixture
def dummy_display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def hand(dummy_display, reader):
    app = App(reader, 280)
    hand = Hand(app, reader)
    hand.settle()
    yield hand
    reader.go.set()
    app.close()


def coverage(side, drawing):
    """How far each pixel is covered by ink, 0 to 1."""
    ink = Ink(side)
    ink.show(drawing)
    return pygame.surfarray.array2d(ink.surface).T / 255.0


def supersampled(side, drawing, times=8):
    """The same by brute force: the share of each pixel's ``times``² samples that are on the brush's path."""
    centres = (np.arange(side * times) + 0.5) / times / side * CANVAS
    x, y = np.meshgrid(centres, centres)
    inside = np.zeros(x.shape, bool)
    for stroke in drawing:
        for a, b in zip(stroke[: len(stroke) - 1] or stroke, stroke[1:] or stroke, strict=True):
            (ax, ay), (dx, dy) = a, np.subtract(b, a)
            along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
            inside |= np.hypot(x - ax - along * dx, y - ay - along * dy) < BRUSH / 2
    return inside.reshape(side, times, side, times).mean(axis=(1, 3))


@pytest.mark.parametrize("side", [97, 280])
@pytest.mark.parametrize("drawing", [(SEVEN,), (((60.0, 50.0),),), (((0.0, 3.0), (280.0, 270.0)),)])
def test_ink_is_the_round_brush_antialiased(side, drawing):
    error = np.abs(coverage(side, drawing) - supersampled(side, drawing))
    assert error.max() < 0.35  # at the few pixels where strokes join at an angle
    assert np.quantile(error, 0.999) < 0.12
    assert error.mean() < 0.003


def test_ink_grown_step_by_step_is_ink_drawn_at_once():
    strokes = (SEVEN, ((20.0, 30.0),), ((250.0, 5.0), (251.0, 200.0), (40.0, 279.0)))
    ink = Ink(150)
    for last, stroke in enumerate(strokes):
        for points in range(1, len(stroke) + 1):
            before = pygame.surfarray.array2d(ink.surface)
            changed = ink.show((*strokes[:last], stroke[:points]))
            after = pygame.surfarray.array2d(ink.surface)
            after[changed.left : changed.right, changed.top : changed.bottom] = 0
            before[changed.left : changed.right, changed.top : changed.bottom] = 0
            np.testing.assert_array_equal(after, before)  # nothing changed but what it said
    np.testing.assert_array_equal(pygame.surfarray.array2d(ink.surface).T / 255.0, coverage(150, strokes))
    for drawing in (strokes[:2], (strokes[2], strokes[1]), strokes[1:], ()):
        assert ink.show(drawing) == ink.surface.get_rect()
        np.testing.assert_array_equal(pygame.surfarray.array2d(ink.surface).T / 255.0, coverage(150, drawing))
    assert not ink.show(())


def test_a_blank_window_gives_no_answer(hand):
    assert hand.layout.canvas.size == (280, 280)
    assert hand.count(hand.layout.canvas, theme.PAPER) > 0.95 * 280 * 280
    assert 0 < hand.shot(hand.layout.canvas).max() < 200  # the hint, quieter than ink
    assert hand.count(hand.layout.digit, theme.ORANGE) == 0
    assert hand.count(hand.layout.bars, theme.SKY_BLUE) == 0
    assert not hand.shot(hand.layout.image).any()


def test_a_stroke_appears_and_is_answered(hand):
    state = hand.draw(*SEVEN)
    assert state.prediction.label == 8
    ink = hand.shot(hand.layout.canvas)
    np.testing.assert_array_equal(ink[..., 0] / 255.0, coverage(280, state.drawing))  # and the hint is gone
    assert hand.count(hand.layout.digit, theme.ORANGE) > 500
    image = np.rint(state.prediction.image * 255)
    times = hand.layout.image.width // 28
    expected = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    np.testing.assert_array_equal(hand.shot(hand.layout.image), np.stack([expected] * 3, axis=-1))


def test_bars_are_as_long_as_the_probabilities(hand):
    hand.draw(*SEVEN)
    shot = hand.shot(hand.layout.bars)
    longest = (shot == theme.TRACK).all(axis=-1).sum(axis=1).max()
    winner = (shot == theme.ORANGE).all(axis=-1).sum(axis=1)
    others = (shot == theme.SKY_BLUE).all(axis=-1).sum(axis=1)
    # The badge behind the winner's label is as orange as its bar.
    assert winner.max() == pytest.approx(0.82 * longest, abs=hand.layout.px(20) + 2)
    assert others.max() == pytest.approx(0.02 * longest, abs=2)
    assert np.flatnonzero(winner).mean() == pytest.approx(8.5 / 10 * shot.shape[0], abs=shot.shape[0] / 20)


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "0.0%"), (0.0449, "4.5%"), (0.9994, "99.9%"), (0.99951, ">99.9%"), (1.0, "100.0%")],
)
def test_percentages(probability, text):
    assert percent(np.float32(probability)) == text


def test_fast_movement_leaves_no_gap(hand):
    hand.draw((20.0, 20.0), (260.0, 250.0))
    for part in np.linspace(0.0, 1.0, 200):
        x, y = hand.pixel((20.0 + 240.0 * part, 20.0 + 230.0 * part))
        assert tuple(hand.shot()[y, x]) == theme.INK


def test_a_tap_is_one_dot(hand):
    hand.draw((140.0, 100.0))
    area = hand.shot(hand.layout.canvas)[..., 0].sum() / 255.0
    assert area == pytest.approx(np.pi * (BRUSH / 2) ** 2, rel=0.02)


def test_all_movements_between_two_frames_count(hand):
    hand.down(hand.pixel((10.0, 10.0)))
    points = [(10.0 + i, 10.0 + (i % 7)) for i in range(1, 200)]
    for point in points:
        hand.move(hand.pixel(point))
    hand.app.step()
    assert len(hand.app.state.drawing[0]) == 200


def test_a_line_goes_on_after_leaving_the_window(hand):
    corner = hand.pixel((275.0, 140.0))
    hand.down(corner)
    hand.move((5000, corner[1]))
    hand.move((5000, corner[1] + 100))
    hand.move((corner[0], corner[1] + 100))
    hand.up((corner[0], corner[1] + 100))
    state = hand.settle()
    assert len(state.drawing) == 2
    for y in (corner[1], corner[1] + 100):
        assert tuple(hand.shot()[y, corner[0]]) == theme.INK
    assert hand.count(hand.layout.bars, theme.INK) == 0


def test_a_lifted_pen_that_nobody_reported_does_not_draw(hand):
    hand.down(hand.pixel((50.0, 50.0)))
    hand.move(hand.pixel((90.0, 90.0)), held=False)
    hand.move(hand.pixel((200.0, 90.0)))
    assert hand.settle().drawing == (((50.5, 50.5),),)


def test_other_buttons_of_the_mouse_do_not_draw(hand):
    hand.post(pygame.MOUSEBUTTONDOWN, pos=hand.pixel((50.0, 50.0)), button=3)
    assert hand.settle().drawing == ()


@pytest.mark.parametrize(
    ("key", "mod"),
    [(pygame.K_c, 0), (pygame.K_DELETE, 0), (pygame.K_BACKSPACE, 0), (pygame.K_u, 0)]
    + [(pygame.K_z, mod) for mod in (pygame.KMOD_LCTRL, pygame.KMOD_RCTRL, pygame.KMOD_LMETA)],
)
def test_keys_clear_and_undo(hand, key, mod):
    hand.draw(*SEVEN)
    assert hand.press(key, mod).drawing == ()
    assert hand.count(hand.layout.digit, theme.ORANGE) == 0
    assert hand.shot(hand.layout.canvas).max() < 200


@pytest.mark.parametrize(
    ("key", "mod"), [(pygame.K_y, pygame.KMOD_LCTRL), (pygame.K_z, pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT)]
)
def test_keys_redo(hand, key, mod):
    drawing = hand.draw(*SEVEN).drawing
    hand.press(pygame.K_u)
    assert hand.press(key, mod).drawing == drawing


@pytest.mark.parametrize("key", [pygame.K_p, pygame.K_RETURN, pygame.K_KP_ENTER])
def test_keys_predict(hand, key):
    asked = hand.draw(*SEVEN).asked
    assert hand.press(key).answered == asked + 1


def test_buttons(hand):
    drawing = hand.draw(*SEVEN).drawing
    hand.draw((30.0, 30.0))
    assert hand.click(Command.UNDO).drawing == drawing
    asked = hand.app.state.asked
    assert hand.click(Command.PREDICT).answered == asked + 1
    assert hand.click(Command.CLEAR).drawing == ()


def test_beside_a_button_is_no_button(hand):
    hand.draw(*SEVEN)
    for rect in hand.layout.buttons.values():
        for position in (
            (rect.left - 1, rect.centery),
            (rect.right, rect.centery),
            (rect.centerx, rect.bottom),
        ):
            hand.down(position)
            hand.up(position)
    assert hand.settle().drawing


def test_buttons_show_whether_they_can_be_used_and_what_the_pointer_does(hand):
    rect = hand.layout.buttons[Command.CLEAR]
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
    assert hand.settle().drawing


def test_drawing_does_not_wait_for_the_network(hand):
    hand.reader.go.clear()
    hand.down(hand.pixel((20.0, 20.0)))
    for x in range(20, 250, 10):
        hand.move(hand.pixel((float(x), 20.0)))
        hand.app.step()
        px, py = hand.pixel((float(x), 20.0))
        assert tuple(hand.shot()[py, px]) == theme.INK
    assert hand.app.state.prediction is None
    hand.up((0, 0))
    hand.reader.go.set()
    assert hand.settle().prediction is not None


def test_a_failing_network_is_seen_and_drawing_goes_on(hand, capsys):
    hand.reader.error = ArithmeticError("not finite")
    quiet = hand.shot(hand.layout.footer)
    state = hand.draw(*SEVEN)
    assert (state.error, state.prediction) == ("ArithmeticError: not finite", None)
    assert hand.count(hand.layout.footer, theme.VERMILION) > 10
    assert hand.count(hand.layout.digit, theme.ORANGE) == 0
    assert "ArithmeticError: not finite" in capsys.readouterr().err
    hand.reader.error = None
    assert hand.draw(*SEVEN).prediction.label == 8
    np.testing.assert_array_equal(hand.shot(hand.layout.footer), quiet)


def test_no_digit_shows_no_digit(hand):
    hand.reader.reason = "not a digit"
    hand.draw(*SEVEN)
    assert hand.count(hand.layout.digit, theme.ORANGE) == 0
    assert hand.count(hand.layout.bars, theme.SKY_BLUE) == 0
    assert hand.shot(hand.layout.image).any()


@pytest.mark.parametrize("size", [(1600, 1000), (900, 1200), (500, 300)])
def test_a_resized_window_is_drawn_anew_at_its_pixels(hand, size):
    drawing = hand.draw(*SEVEN).drawing
    pygame.display.set_mode(size, pygame.RESIZABLE)
    hand.post(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
    hand.settle()
    canvas = hand.shot(hand.layout.canvas)
    np.testing.assert_array_equal(canvas[..., 0] / 255.0, coverage(hand.layout.canvas.width, drawing))
    hand.draw((30.0, 40.0))
    assert tuple(hand.shot()[hand.pixel((30.0, 40.0))[::-1]]) == theme.INK


def test_a_window_resized_there_and_back_is_drawn_anew(hand):
    before = hand.shot()
    pygame.display.get_surface().fill((255, 0, 0))  # a resized window starts empty
    hand.post(pygame.VIDEORESIZE, size=hand.layout.size, w=hand.layout.size[0], h=hand.layout.size[1])
    hand.settle()
    np.testing.assert_array_equal(hand.shot(), before)


def test_what_is_drawn_bit_by_bit_is_what_is_drawn_at_once(hand):
    """A hundred random events; after each, the window is compared with its state drawn from nothing."""
    rng = np.random.default_rng(0)
    width, height = hand.layout.size
    keys = [pygame.K_u, pygame.K_c, pygame.K_p, pygame.K_y, pygame.K_z, pygame.K_q]
    for _ in range(100):
        position = tuple(int(v) for v in rng.integers((-50, -50), (width + 50, height + 50)))
        match rng.integers(8):
            case 0 | 1:
                hand.down(position)
            case 2:
                hand.up(position)
            case 3:
                hand.post(pygame.KEYDOWN, key=keys[rng.integers(6)], mod=int(rng.choice([0, pygame.KMOD_CTRL])))
            case _:
                hand.move(position, held=bool(rng.integers(5)))
        state = hand.settle()
        whole = pygame.Surface((width, height))
        View().draw(whole, state)
        np.testing.assert_array_equal(hand.shot(), pygame.surfarray.array3d(whole).swapaxes(0, 1))


def test_only_what_changed_is_drawn(hand):
    surface, view, state = pygame.display.get_surface(), hand.app.view, hand.app.state
    assert view.draw(surface, state) == []
    state, _ = update(state, PenDown((50.0, 50.0)))
    view.draw(surface, state)
    state, _ = update(state, PenMove((60.0, 50.0)))
    (changed,) = view.draw(surface, state)
    assert changed.width <= 10 + BRUSH + 4
    assert changed.height <= BRUSH + 4


@pytest.mark.parametrize("way", ["escape", "close"])
def test_quitting(hand, way):
    hand.post(*{"escape": (pygame.KEYDOWN,), "close": (pygame.QUIT,)}[way], key=pygame.K_ESCAPE, mod=0)
    hand.app.run()
    assert not hand.app.state.running


@pytest.mark.parametrize("size", [(1, 1), (90, 3000), (3000, 40), (320, 240), (656, 402), (3840, 2160)])
def test_any_size_of_window_can_be_drawn(hand, size):
    View().draw(pygame.Surface(size), hand.draw(*SEVEN))
    layout = Layout(size)
    if min(size) >= 240:
        rects = [layout.canvas, layout.answer, layout.bars, layout.footer, *layout.buttons.values()]
        whole = pygame.Rect((0, 0), size)
        assert all(whole.contains(rect) for rect in rects)
        assert all(not a.colliderect(b) for i, a in enumerate(rects) for b in rects[:i])
        assert layout.answer.contains(layout.image)
        assert layout.answer.contains(layout.digit)
        assert not layout.image.colliderect(layout.digit)


@pytest.mark.parametrize("side", [100, 280, 281, 777, 2000])
def test_the_canvas_gets_the_side_it_was_asked_for(side):
    assert Layout(window_size(side)).canvas.width == pytest.approx(side, abs=2)


def test_the_program_runs_until_it_is_closed(dummy_display, reader, monkeypatch):
    def recognize(strokes):
        pygame.event.post(Event(pygame.QUIT))
        return Reader().recognize(strokes)

    monkeypatch.setattr(reader, "recognize", recognize)
    asked = []
    monkeypatch.setattr(program.Recognizer, "load", lambda path: asked.append(path) or reader)
    assert program.main(["--weights", "some.npz", "--size", "300"]) == 0
    assert asked == ["some.npz"]
    assert not pygame.display.get_init()


def test_missing_weights_are_one_line(monkeypatch, capsys):
    def load(path):
        raise CheckpointError(f"{path}: not found")

    monkeypatch.setattr(program.Recognizer, "load", load)
    assert program.main(["--weights", "none.npz"]) == 2
    assert capsys.readouterr().err == "apps.draw: none.npz: not found\n"


@pytest.mark.parametrize("driver", ["no-such-driver", None])
def test_no_display_is_one_line(driver, reader, monkeypatch, capsys):
    if driver is None:
        if sys.platform != "linux":
            pytest.skip("here there always is a display")
        for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv("SDL_VIDEODRIVER", driver)
    monkeypatch.setattr(program.Recognizer, "load", lambda path: reader)
    assert program.main([]) == 2
    assert capsys.readouterr().err.startswith("apps.draw: no display")


@pytest.mark.parametrize("size", ["0", "99", "5000", "wide"])
def test_a_silly_size_is_refused(size, capsys):
    with pytest.raises(SystemExit) as stop:
        program.main(["--size", size])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("apps.draw: argument --size: expected 100 to 4000 pixels, got ")
    assert error.count("\n") == 1


def test_a_real_network_answers(dummy_display):
    app = App(Recognizer(build("baseline", rng=np.random.default_rng(0))), 280)
    try:
        state = Hand(app).draw(*SEVEN)
    finally:
        app.close()
    assert state.error is None
    assert state.prediction.label in range(10)
    expected = strokes_to_image([np.array(stroke) for stroke in state.drawing])
    np.testing.assert_array_equal(state.prediction.image, expected)


def test_latency_times_every_movement(dummy_display, reader, monkeypatch, tmp_path):
    monkeypatch.setattr(latency.Recognizer, "load", lambda path: reader)
    assert latency.main(["--n", "70", "--metrics", str(tmp_path / "latency.json")]) == 0
    figures = json.loads((tmp_path / "latency.json").read_text())
    for name in ("ink", "answer"):
        times = figures[f"{name}_ms"]
        assert times["n"] == 70
        assert 0.0 < times["median"] <= times["p95"] <= times["p99"] <= times["max"]
    assert figures["ink_ms"]["median"] <= figures["answer_ms"]["median"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--size", "-5"), ("--size", "5000"), ("--n", "0"), ("--n", "-1"), ("--metrics", "/nowhere/m.json")],
)
def test_latency_refuses_what_it_cant_do(option, value, capsys):
    with pytest.raises(SystemExit) as stop:
        latency.main([f"{option}={value}"])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"apps.draw.latency: argument {option}: ")
    assert error.count("\n") == 1


def test_latency_needs_a_display(reader, monkeypatch, capsys):
    def no_display(*arguments):
        raise pygame.error("none here")

    monkeypatch.setattr(latency.Recognizer, "load", lambda path: reader)
    monkeypatch.setattr(latency, "measure", no_display)
    assert latency.main([]) == 2
    assert capsys.readouterr().err == "apps.draw.latency: no display to open a window on: none here\n"

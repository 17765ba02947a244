"""Files through the window: saved, opened, dropped, exported, and broken ones."""

import numpy as np
import pygame
from PIL import Image

from apps.draw.core import actions
from apps.draw.core.document import CANVAS
from nn.digits.stroke_files import read_drawing, read_stroke_set
from tests.apps.draw.fakes import SEVEN, points


def test_save_open_and_drop(user, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = user.draw(*SEVEN).document
    user.press(pygame.K_s, pygame.KMOD_LCTRL)
    user.press(pygame.K_RETURN)
    drawing = read_drawing("drawing.json")
    np.testing.assert_array_equal(drawing.strokes[0], points(user.app.state)[0])
    assert drawing.canvas == (CANVAS, CANVAS)
    user.press(pygame.K_s, pygame.KMOD_LCTRL)
    for _ in "drawing.json":
        user.press(pygame.K_BACKSPACE)
    user.type("seven.png")
    user.click(actions.CONFIRM)
    with Image.open("seven.png") as picture:
        assert (picture.size, picture.mode) == ((560, 560), "L")
        assert np.asarray(picture).min() == 0
    user.press(pygame.K_c)
    user.press(pygame.K_o, pygame.KMOD_LCTRL)
    user.type("drawing.json")
    assert points(user.press(pygame.K_RETURN)) == tuple(tuple(stroke.points) for stroke in document.strokes)
    user.post(pygame.DROPFILE, file="seven.png")
    state = user.settle()
    assert state.document.picture.name == "seven.png"
    assert state.prediction is not None
    assert user.shot(user.layout.canvas)[:20, :20].min() > 250  # its paper


def test_broken_files_are_a_status_message(user, tmp_path):
    document = user.draw(*SEVEN).document
    for name, text in (("a.json", "{"), ("b.png", "x"), ("nothing.json", None)):
        if text is not None:
            (tmp_path / name).write_text(text)
        user.post(pygame.DROPFILE, file=str(tmp_path / name))
        state = user.settle()
        assert state.status.error
        assert name in state.status.text
        assert state.document == document
    user.press(pygame.K_s, pygame.KMOD_LCTRL)
    for _ in "drawing.json":
        user.press(pygame.K_BACKSPACE)
    user.type(str(tmp_path / "a.json" / "b.json"))
    assert user.press(pygame.K_RETURN).status.error
    user.press(pygame.K_s, pygame.KMOD_LCTRL)
    user.type(".exe")
    assert "expected a name in .json or .png" in user.press(pygame.K_RETURN).status.text


def test_the_session_becomes_a_stroke_set(user, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    user.draw(*SEVEN)
    user.press(pygame.K_c)
    user.draw((50.0, 20.0), (60.0, 90.0))
    user.press(pygame.K_e, pygame.KMOD_LCTRL)
    user.press(pygame.K_RETURN)
    made = read_stroke_set("session.npz")
    assert made.label.tolist() == [8, 3]
    assert [len(made.strokes(i)[0]) for i in range(2)] == [3, 2]


def test_a_photograph_is_reduced_to_what_is_shown(user, tmp_path):
    photograph, folder = tmp_path / "a.png", tmp_path / "digits"
    level = np.full((2000, 3000), 4, np.uint16)
    level[:, 1500:] = 60_004
    Image.fromarray(level).save(photograph)
    user.post(pygame.DROPFILE, file=str(photograph))
    kept = user.settle().document.picture.gray
    assert kept.dtype == np.uint16
    assert kept.shape == (667, 1000)
    assert (kept[:, 0] == 4).all()
    assert (kept[:, -1] == 60_004).all()

    folder.mkdir()
    photograph.rename(folder / "a.png")
    user.post(pygame.DROPFILE, file=str(folder))
    (result,) = user.settle().results
    assert max(result.document.picture.gray.shape) <= 128

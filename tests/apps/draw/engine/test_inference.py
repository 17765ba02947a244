"""The inference engine behind the window."""

import os

import numpy as np
import pygame
import pytest

from apps.draw.core import actions
from apps.draw.core.panels import Panel
from apps.draw.core.state import Perform
from apps.draw.engine.inference import InferenceEngine
from apps.draw.ui.app import App
from nn import checkpoint, zoo
from nn.digits import Recognizer
from nn.digits.stroke_files import Drawing, write_drawing
from tests.apps.draw.fakes import SEVEN, SIZE, User


def test_copy_and_paste(user):
    user.draw(*SEVEN)
    user.press(pygame.K_c, pygame.KMOD_LCTRL)
    assert user.engine.clipboard.png.startswith(b"\x89PNG")
    assert "no picture" in user.press(pygame.K_v, pygame.KMOD_LCTRL).status.text
    user.engine.clipboard.picture = np.full((30, 40), 200, np.uint8)
    state = user.press(pygame.K_v, pygame.KMOD_LCTRL)
    assert state.document.picture.gray.shape == (30, 40)


def test_weights_with_infinite_outputs_are_a_line_and_the_drawing_stays(weights, tmp_path, capsys):
    """By real weights: every panel and a random test digit on the way."""
    model = zoo.build("tiny", rng=np.random.default_rng(0))
    for parameter in model.parameters:
        parameter.value[...] = 3e38
    checkpoint.save(tmp_path / "huge.npz", model, {})
    engine = InferenceEngine(tmp_path / "huge.npz", Recognizer.load, folder=weights)
    user = User(App(engine, SIZE))
    try:
        state = user.draw(*SEVEN)
        assert state.error == "model: expected finite outputs, got NaN or infinity: weights or images are too large"
        for panel in Panel:
            user.app.take(Perform(actions.TOGGLE_PANEL[panel]))
            user.settle()
        assert len(user.app.state.document.strokes) == 1
        assert user.app.state.running
    finally:
        user.app.close()
    assert "Traceback" not in capsys.readouterr().err


def test_the_name_of_a_file_in_a_folder_may_be_any_bytes(user, tmp_path):
    folder = tmp_path / "drawings"
    folder.mkdir()
    for name in (b"caf\xe9.json", b"red\x1b[31m.json", b"two\nlines.json"):
        write_drawing(os.fsdecode(os.fsencode(folder) + b"/" + name), Drawing([np.array(SEVEN)]))
    (folder / "bad.json").write_text(
        '{"format": "digits-from-scratch drawing", "version": 1, "label": null, "canvas": "\\ud800", "strokes": []}'
    )
    user.app.take(Perform(actions.OPEN_PATH, str(folder)))
    state = user.settle()
    assert state.status.text == "Read 4 files"
    assert sum(result.document is None for result in state.results) == 1


def test_a_drawing_with_half_a_character_is_a_line_and_the_drawing_stays(user, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(
        '{"format": "digits-from-scratch drawing", "version": 1, "label": null, "canvas": "\\ud800", "strokes": []}'
    )
    before = user.draw(*SEVEN).document
    user.app.take(Perform(actions.OPEN_PATH, str(path)))
    state = user.settle()
    assert (state.document, state.status.error) == (before, True)
    assert "canvas: expected [width, height] or null" in state.status.text


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "nu\0l.json", "\ud800.json"])
def test_an_impossible_path_is_a_line(name, user):
    before = user.draw(*SEVEN).document
    user.app.take(Perform(actions.OPEN_PATH, name))
    state = user.settle()
    assert (state.document, state.status.error) == (before, True)

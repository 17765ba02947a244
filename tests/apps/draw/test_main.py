"""The command: its options, errors and signals."""

import signal
import sys

import numpy as np
import pygame
import pytest
from pygame.event import Event

from apps.draw import __main__ as program
from apps.draw.core import settings
from apps.draw.engine.inference import InferenceEngine
from nn.digits.stroke_files import Drawing, write_drawing
from tests import processes
from tests.apps.draw.fakes import SEVEN, FakeRecognizer


def run_program(monkeypatch, recognizer, *arguments):
    monkeypatch.setattr(
        program,
        "InferenceEngine",
        lambda weights, clipboard: InferenceEngine(weights, load=lambda path: recognizer, clipboard=None),
    )
    return program.main(list(arguments))


def test_it_runs_until_it_is_closed_and_saves_the_settings(recognizer, monkeypatch, tmp_path):
    path = tmp_path / "some.npz"
    path.write_bytes(b"")
    write_drawing(tmp_path / "a.json", Drawing([np.array(SEVEN)]))
    seen = []

    def recognize(strokes):
        seen.append(len(strokes[0]))
        if len(strokes[0]) == 3:
            pygame.event.post(Event(pygame.QUIT))
        return FakeRecognizer().recognize(strokes)

    monkeypatch.setattr(recognizer, "recognize", recognize)
    options = ("--weights", str(path), "--size", "800x600", "--theme", "light", "--open", str(tmp_path / "a.json"))
    assert run_program(monkeypatch, recognizer, *options) == 0
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
def test_no_display_is_one_line(driver, recognizer, monkeypatch, capsys):
    if driver is None:
        if sys.platform != "linux":
            pytest.skip("here there always is a display")
        for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv("SDL_VIDEODRIVER", driver)
    assert run_program(monkeypatch, recognizer) == 2
    assert capsys.readouterr().err.startswith("apps.draw: no display")


@pytest.mark.parametrize("size", ["0", "99x99", "50000x800", "wide", "800", "800x600x2"])
def test_an_invalid_size_is_an_error(size, capsys):
    assert program.main(["--size", size]) == 2
    error = capsys.readouterr().err
    assert error.startswith("apps.draw: argument --size: expected ")
    assert error.count("\n") == 1


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


#: Sends itself a signal when the program, still importing, comes to pygame.
IMPORTS = """
import runpy, signal, sys
class Finder:
    def find_spec(name, path=None, target=None):
        if name == "pygame":
            signal.raise_signal(NUMBER)
sys.meta_path.insert(0, Finder)
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("apps.draw", run_name="__main__")
"""


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_a_signal_during_the_imports_is_one_line(signum, status):
    result = processes.run(processes.python(IMPORTS.replace("NUMBER", str(int(signum)))))
    assert (result.status, result.err) == (status, "apps.draw: interrupted\n")


@pytest.mark.parametrize(("signum", "status"), SIGNALS)
def test_a_signal_while_the_window_opens_is_one_line(signum, status, monkeypatch, capsys):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(program, "App", lambda *arguments: signal.raise_signal(signum))
    try:
        assert program.main([]) == status
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "apps.draw: interrupted\n"

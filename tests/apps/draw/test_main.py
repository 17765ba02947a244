"""The command: its options, errors and signals."""

import os
import signal
import sys

import numpy as np
import pygame
import pytest
from pygame.event import Event

from apps.draw import __main__ as program
from apps.draw.core import settings
from apps.draw.core.messages import PenDown
from apps.draw.engine.inference import InferenceEngine
from nn.digits.stroke_files import Drawing, read_drawing, write_drawing
from tests import processes
from tests.apps.draw.fakes import SEVEN, FakeRecognizer


def run_program(monkeypatch, recognizer, *arguments):
    monkeypatch.setattr(
        program,
        "InferenceEngine",
        lambda weights, clipboard: InferenceEngine(weights, load=lambda path: recognizer, clipboard=None),
    )
    return program.main(list(arguments))


def close_after_the_drawing(recognizer, monkeypatch):
    """Close the window when a stroke of three points is recognized; returns the lengths of the strokes so far."""
    seen = []

    def recognize(strokes):
        seen.append(len(strokes[0]))
        if len(strokes[0]) == 3:
            pygame.event.post(Event(pygame.QUIT))
        return FakeRecognizer().recognize(strokes)

    monkeypatch.setattr(recognizer, "recognize", recognize)
    return seen


def test_it_runs_until_it_is_closed_and_saves_the_settings(recognizer, monkeypatch, tmp_path):
    path = tmp_path / "some.npz"
    path.write_bytes(b"")
    write_drawing(tmp_path / "a.json", Drawing([np.array(SEVEN)]))
    seen = close_after_the_drawing(recognizer, monkeypatch)
    options = ("--weights", str(path), "--size", "800x600", "--theme", "light", "--open", str(tmp_path / "a.json"))
    assert run_program(monkeypatch, recognizer, *options) == 0
    assert 3 in seen
    assert not pygame.display.get_init()
    assert (settings.load().theme, settings.load().width, settings.load().height) == ("light", 800, 600)


def test_missing_weights_are_one_line(capsys):
    assert program.main(["--weights", "none.npz"]) == 2
    assert capsys.readouterr().err == "apps.draw: none.npz: expected a file of weights, found nothing\n"


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


#: What ends the window while there is ink on it, and what is raised or returned then.
ENDS = {
    "a bug": (lambda: 1 / 0, ZeroDivisionError),
    "no memory": (lambda: (_ for _ in ()).throw(MemoryError()), 2),
    "Ctrl-C": (lambda: signal.raise_signal(signal.SIGINT), 130),
    "SIGTERM": (lambda: signal.raise_signal(signal.SIGTERM), 143),
}


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ends_the_window_the_drawing_is_saved(end, recognizer, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    action, expected = ENDS[end]
    step = program.App.step

    def draw_and_end(app):
        if not app.state.document.blank:
            action()
        app.take(PenDown((50.0, 60.0)))
        step(app)

    monkeypatch.setattr(program.App, "step", draw_and_end)
    path = tmp_path / "some.npz"
    path.write_bytes(b"")
    try:
        if isinstance(expected, int):
            assert run_program(monkeypatch, recognizer, "--weights", str(path)) == expected
        else:
            with pytest.raises(expected):
                run_program(monkeypatch, recognizer, "--weights", str(path))
    finally:
        signal.signal(signal.SIGINT, before)
    saved, *_ = capsys.readouterr().err.splitlines()
    prefix = "apps.draw: the drawing is saved: "
    assert saved.startswith(prefix)
    np.testing.assert_array_equal(read_drawing(saved.removeprefix(prefix)).strokes[0], [[50.0, 60.0]])


def test_a_drawing_that_can_not_be_saved_is_one_line(recognizer, monkeypatch, tmp_path, capsys):
    def fail(state):
        raise OSError("no folder can be written")

    monkeypatch.setattr(program.rescue, "save_drawings", fail)
    monkeypatch.setattr(program.App, "run", lambda app: 1 / 0)
    path = tmp_path / "some.npz"
    path.write_bytes(b"")
    with pytest.raises(ZeroDivisionError):
        run_program(monkeypatch, recognizer, "--weights", str(path))
    assert capsys.readouterr().err == "apps.draw: the drawing is lost: no folder can be written\n"


def test_names_that_are_not_utf_8_are_opened(recognizer, monkeypatch, tmp_path):
    path = tmp_path / "some.npz"
    path.write_bytes(b"")
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.json")
    write_drawing(name, Drawing([np.array(SEVEN)]))
    seen = close_after_the_drawing(recognizer, monkeypatch)
    assert run_program(monkeypatch, recognizer, "--weights", str(path), "--open", name) == 0
    assert 3 in seen


def test_an_invalid_environment_variable_is_one_line(tmp_path):
    result = processes.run(processes.module("apps.draw"), tmp_path, {"NN_BACKEND": "torch"})
    assert result.is_one_line_error, result
    assert "NN_BACKEND: expected one of numba, loops, numpy, got 'torch'" in result.err

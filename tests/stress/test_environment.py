"""Environments without a writable folder, a home, a display or a sound card."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import processes
from tests.processes import ROOT
from tests.stress import fixtures

#: Opens the window, draws a stroke, and closes it.
WINDOW = """
import pygame, sys
from pathlib import Path
from apps.draw.ui.app import App
from apps.draw.engine.inference import InferenceEngine
app = App(InferenceEngine(Path(sys.argv[1])))
for kind, y in ((pygame.MOUSEBUTTONDOWN, 90), (pygame.MOUSEMOTION, 150), (pygame.MOUSEBUTTONUP, 200)):
    pygame.event.post(pygame.event.Event(kind, pos=(100, y), button=1, buttons=(1, 0, 0), rel=(0, 0), touch=False))
    app.step()
app.close()
"""

#: A home that not even root can make.
NO_HOME = {"HOME": "/dev/null/home"} | dict.fromkeys(
    ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MPLCONFIGDIR"]
)


@pytest.fixture
def commands(cases, tmp_path) -> dict[str, list[str]]:
    """The scripts and the window, without root's access. `bench` needs what the others need, and takes long."""
    window = processes.python(WINDOW, tmp_path / "weights.npz")
    every = fixtures.commands(tmp_path) | {"window": window}
    return {name: processes.without_root_access(every[name]) for name in every if name != "bench"}


@pytest.fixture
def locked(tmp_path) -> Iterator[Path]:
    """A folder that can not be written."""
    folder = tmp_path / "locked"
    folder.mkdir()
    with _read_only(folder):
        yield folder


@contextlib.contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o755)


def _check_that_all_run(cases, commands: dict[str, list[str]], folder: Path, environment: dict[str, str | None]):
    for name, command in commands.items():
        place = folder / f"{name}-files"
        place.mkdir()
        result = processes.run(command, place, environment)
        cases.check(result.status == 0 and not result.err, f"{name}: {result}")


@pytest.mark.stress(default=0, full=1)
@pytest.mark.parametrize("lacking", ["home", "cache", "sound"])
def test_programs_run_without(lacking, cases, commands, locked, tmp_path):
    environment = {
        "home": NO_HOME,
        "cache": {"NUMBA_CACHE_DIR": str(locked), "MPLCONFIGDIR": str(locked)},
        "sound": {"SDL_AUDIODRIVER": "none"},
    }[lacking]
    _check_that_all_run(cases, commands, tmp_path, environment)


@pytest.mark.stress(default=0, full=1)
def test_programs_run_from_a_read_only_checkout_without_a_home(cases, commands, tmp_path):
    checkout = tmp_path / "checkout"
    for part in ("nn", "scripts", "apps", "weights"):
        shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    # Only the paths of scripts: Python itself may be below the repository.
    moved = {
        name: [part.replace(str(ROOT), str(checkout)) if part.endswith(".py") else part for part in command]
        for name, command in commands.items()
    }
    with _read_only(checkout):
        _check_that_all_run(cases, moved, tmp_path, NO_HOME | {"PYTHONPATH": str(checkout), "NUMBA_CACHE_DIR": None})


@pytest.mark.stress(default=0, full=1)
def test_programs_that_can_not_write_end_in_one_line(cases, commands, locked):
    for name, command in commands.items():
        if name not in ("predict", "window"):  # these write nothing
            result = processes.run(command, locked)
            cases.check(result.is_one_line_error, f"{name}: {result}")


@pytest.mark.stress(default=0, full=1)
def test_without_a_display_the_window_ends_in_one_line(cases, tmp_path):
    no_display = {"SDL_VIDEODRIVER": None, "DISPLAY": None, "WAYLAND_DISPLAY": None, "XDG_RUNTIME_DIR": None}
    result = processes.run(processes.module("apps.draw"), tmp_path, no_display)
    cases.check(result.is_one_line_error, str(result))

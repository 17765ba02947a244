"""Machines where something is missing: a place to write, a home, a screen, a sound card."""

import shutil
import sys
from pathlib import Path

from tests.stress import programs
from tests.stress.campaign import Results, expect
from tests.stress.interrupts import commands
from tests.stress.programs import ROOT

#: Opens the window, draws a stroke, and closes it.
WINDOW = """
import pygame, sys
from pathlib import Path
from apps.draw.ui.app import App
from apps.draw.engine.inference import Mind
app = App(Mind(Path(sys.argv[1])))
for kind, y in ((pygame.MOUSEBUTTONDOWN, 90), (pygame.MOUSEMOTION, 150), (pygame.MOUSEBUTTONUP, 200)):
    pygame.event.post(pygame.event.Event(kind, pos=(100, y), button=1, buttons=(1, 0, 0), rel=(0, 0), touch=False))
    app.step()
app.close()
"""


def surroundings(count: int, folder: Path) -> Results:
    """Run every script, and the window, where something is missing: each works, or says in a line what it lacks."""
    for number in range(count):
        yield from _everything(folder / str(number))


def _everything(folder: Path) -> Results:
    folder.mkdir()
    checkout = _read_only_checkout(folder / "checkout")
    programs_ = commands(folder) | {"window": [sys.executable, "-c", WINDOW, str(folder / "weights.npz")]}
    for name in ("bench", "torture"):  # they need what the others need, and take long
        del programs_[name]
    nowhere = str(folder / "nowhere" / "home")
    locked = folder / "locked"
    locked.mkdir(mode=0o555)
    no_home = {"HOME": nowhere, "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None, "MPLCONFIGDIR": None}
    lacks: dict[str, dict[str, str | None]] = {
        "no home": no_home,
        "cache unwritable": {"NUMBA_CACHE_DIR": str(locked), "MPLCONFIGDIR": str(locked)},
        "read-only checkout, no home": no_home | {"PYTHONPATH": str(checkout), "NUMBA_CACHE_DIR": None},
        "no sound": {"SDL_AUDIODRIVER": "none"},
    }
    try:
        for lack, environment in lacks.items():
            for name, command in programs_.items():
                place = folder / f"{lack}-{name}"
                place.mkdir()
                if "PYTHONPATH" in environment:  # all but Python itself, whose environment may be in the repository
                    command = [command[0], *(part.replace(str(ROOT), str(checkout)) for part in command[1:])]
                ended = programs.run(programs.as_anyone(command), place, environment)
                yield expect(ended.status == 0 and not ended.err, f"{name}, {lack}: {ended}")
        for name, command in programs_.items():
            if name not in ("predict", "window"):  # these write nothing
                ended = programs.run(programs.as_anyone(command), locked)
                yield expect(ended.in_one_line, f"{name}, where nothing can be written: {ended}")
        screenless = {"SDL_VIDEODRIVER": None, "DISPLAY": None, "WAYLAND_DISPLAY": None, "XDG_RUNTIME_DIR": None}
        ended = programs.run(programs.module("apps.draw"), folder, screenless)
        yield expect(ended.status == 2 and ended.err.count("\n") == 1, f"window, no display: {ended}")
    finally:
        for path in [checkout, *checkout.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
        locked.chmod(0o755)


def _read_only_checkout(place: Path) -> Path:
    """The programs once more, where nothing can be written."""
    for part in ("nn", "scripts", "apps", "weights"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for path in [*place.rglob("*"), place]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return place

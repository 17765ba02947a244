"""Run the window without a screen, and without touching the files of the user."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock


@contextlib.contextmanager
def sandbox() -> Iterator[Path]:
    """A temporary folder that holds the settings and the adapted network of the window within the block.

    The display is SDL's dummy, unless ``SDL_VIDEODRIVER`` names another.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # a signal ends the program, not only its window
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA")
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, dict.fromkeys(names, folder)):
        yield Path(folder)

"""For programs that play the user: what they draw, save and teach leaves no trace, and needs no screen."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def sandbox() -> Iterator[Path]:
    """A folder that is gone afterwards, in which the user's settings and own network are sought and kept meanwhile.

    The display is SDL's dummy, unless ``SDL_VIDEODRIVER`` names another.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # a signal ends the program, and not its window alone
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA")
    before = os.environ.copy()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(dict.fromkeys(names, folder))
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)

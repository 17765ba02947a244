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
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA")
    before = {name: os.environ.get(name) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(dict.fromkeys(names, folder))
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

"""The window's settings, kept in a small JSON file. A malformed or unwritable file is no error."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from apps.draw.core.document import BRUSH, BRUSHES
from apps.draw.core.panels import Panel
from nn import paths, platforms


@dataclass(frozen=True)
class Settings:
    """The settings."""

    theme: str = "dark"  # or "light"
    brush: int = BRUSHES.index(BRUSH)  # an index of BRUSHES
    width: int = 0  # of the window, in pixels; 0 fits the screen
    height: int = 0
    panel: str = ""  # the name of the open panel
    best: int = 0  # the best score of the game


_VALID = {
    "theme": lambda value: value in ("dark", "light"),
    "brush": lambda value: 0 <= value < len(BRUSHES),
    "width": lambda value: value == 0 or 320 <= value <= 16384,
    "height": lambda value: value == 0 or 240 <= value <= 16384,
    "panel": lambda value: value in ("", *Panel.__members__),
    "best": lambda value: 0 <= value <= 10**6,
}


def path() -> Path:
    """The file, in the system's folder for settings."""
    return platforms.user_settings_folder() / paths.APPLICATION / "window.json"


def load() -> Settings | None:
    """Read the file; invalid values get the default. None if it can't be read now: it must not be replaced then."""
    try:
        document = json.loads(path().read_bytes()[: 1 << 16])
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return Settings()
    except (OSError, MemoryError):
        return None
    if not isinstance(document, dict):
        return Settings()
    if document.get("panel") == "TRY":  # its former name
        document["panel"] = Panel.TRY_ME.name
    known = {field.name: field.default for field in fields(Settings)}
    return Settings(**{name: value for name, value in document.items() if name in known and _fits(name, value, known)})


def _fits(name: str, value: Any, known: dict[str, Any]) -> bool:
    return type(value) is type(known[name]) and _VALID[name](value)


def save(settings: Settings) -> None:
    """Write the file, if that is possible."""
    from nn.atomic import atomic_write

    try:
        with atomic_write(path()) as file:
            file.write(json.dumps(asdict(settings), indent=2).encode())
    except (OSError, MemoryError):
        return

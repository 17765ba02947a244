"""The running program: its name in help and errors, and a check that its ``nn`` is not shadowed."""

import importlib.util
from pathlib import Path

#: The name of the command, if it runs as ``digits NAME``.
_command: str | None = None


def set_command(command: str) -> None:
    """Set the program's name to ``digits <command>``."""
    global _command
    _command = command


def program_name(launcher: str) -> str:
    """``digits train`` if the program was started so, otherwise the name of its launcher.

    Args:
        launcher: how the command is started without ``digits``: ``"train.py"`` or ``"python scripts/train.py"``.
    """
    return launcher if _command is None else f"digits {_command}"


def shadowed_nn() -> str | None:
    """An error message if another module shadows this project's ``nn``; None if none does.

    ``nn`` is a common name, and the current folder and ``PYTHONPATH`` precede installed packages.
    """
    ours = Path(__file__).resolve().parents[2] / "nn" / "__init__.py"
    found = importlib.util.find_spec("nn")
    origin = None if found is None else found.origin or next(iter(found.submodule_search_locations or ()), None)
    if origin is not None and Path(origin).resolve() == ours:
        return None
    where = "not found" if origin is None else f"hidden by another package of this name, {origin}"
    return f"nn: expected {ours.parent}, but it is {where}"

"""The running program: what it is called in help, errors and suggestions, and whether its ``nn`` is the right one."""

import importlib.util
from pathlib import Path

#: The command in progress, where ``digits NAME`` started it.
_command: str | None = None


def started_by_digits(command: str) -> None:
    """From now on, the program is ``digits <command>``."""
    global _command
    _command = command


def program_name(launcher: str) -> str:
    """``digits train`` if that is how the program was started, else the name of its launcher.

    Args:
        launcher: how the same command is started without ``digits``: ``"train.py"`` or ``"python scripts/train.py"``.
    """
    return launcher if _command is None else f"digits {_command}"


def other_nn() -> str | None:
    """Says in one line that another package hides this one's ``nn``; None if none does.

    ``nn`` is a common name: a folder or a file of that name, in the current folder or on ``PYTHONPATH``, comes first.
    """
    ours = Path(__file__).resolve().parents[2] / "nn" / "__init__.py"
    found = importlib.util.find_spec("nn")
    origin = None if found is None else found.origin or next(iter(found.submodule_search_locations or ()), None)
    if origin is not None and Path(origin).resolve() == ours:
        return None
    where = "not found" if origin is None else f"hidden by another package of this name, {origin}"
    return f"nn: expected {ours.parent}, but it is {where}"

"""What the running program is called, in its help, its errors and the commands that it suggests."""

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

"""The scripts and the window as other programs see them: processes, with what they print and how they end."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Seconds after which a program hangs.
PATIENCE = 300

#: What was started and not yet waited for.
_running: set[subprocess.Popen[str]] = set()


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Attributes:
        status: as a shell gives it: 128 and the signal's number, if one ended it.
        out, err: what it printed.
    """

    status: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"status {self.status}, {self.err.strip()[-400:]!r}"

    @property
    def in_one_line(self) -> bool:
        """Whether it refused as it should: status 2, and one line that says why."""
        return self.status == 2 and self.err.count("\n") == 1 and self.err.endswith("\n")


def script(name: str, *arguments: object) -> list[str]:
    """The command that runs ``scripts/<name>.py``."""
    return [sys.executable, str(ROOT / "scripts" / f"{name}.py"), *map(str, arguments)]


def module(name: str, *arguments: object) -> list[str]:
    """The command that runs a module."""
    return [sys.executable, "-m", name, *map(str, arguments)]


def limited(command: list[str], **limits: int) -> list[str]:
    """The command under limits of ``prlimit``: ``fsize``, the bytes of a file; ``as_``, the bytes of its memory."""
    return ["prlimit", *(f"--{name.rstrip('_')}={value}" for name, value in limits.items()), *command]


def as_anyone(command: list[str]) -> list[str]:
    """The command without root's right to read and write what others may not."""
    if os.geteuid():
        return command
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]


def start(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str | None] | None = None,
    *,
    alone: bool = False,
) -> subprocess.Popen[str]:
    """Start a program; to be waited for with ``end``.

    Args:
        command: what to run.
        folder: where.
        environment: what differs from this process's; None is for what is left out.
        alone: whether it heads a process group of its own.
    """
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | dict(environment or {})
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={name: value for name, value in variables.items() if value is not None},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        process_group=0 if alone else None,
    )
    _running.add(process)
    return process


def end(process: subprocess.Popen[str], patience: float = PATIENCE) -> Ended:
    """Wait for a program's end; one that hangs is killed, which its status shows."""
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += f"\nit hung for {patience} s"
    _running.discard(process)
    status = process.returncode
    return Ended(128 - status if status < 0 else status, out, err)


def end_all() -> None:
    """Kill what was started and is still running: whoever waited for it was interrupted."""
    while _running:
        process = _running.pop()
        process.kill()
        process.communicate()


def run(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str | None] | None = None,
    patience: float = PATIENCE,
) -> Ended:
    """Run a program to its end; see ``start`` and ``end``."""
    return end(start(command, folder, environment), patience)

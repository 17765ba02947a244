"""Run programs as processes, for tests: what they print, and how they end."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Seconds after which a process counts as hanging.
TIMEOUT = 300

#: The processes that were started and not yet waited for.
_running: set[subprocess.Popen[str]] = set()


@dataclass(frozen=True)
class Result:
    """How a process ended.

    Attributes:
        status: as a shell gives it: 128 and the signal's number, if a signal ended it.
        out: what it printed to stdout.
        err: what it printed to stderr.
    """

    status: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"status {self.status}, {self.err.strip()[-400:]!r}"

    @property
    def is_one_line_error(self) -> bool:
        """Whether it ended with status 2 and one line of error."""
        return self.status == 2 and self.err.count("\n") == 1 and self.err.endswith("\n")


def script(name: str, *arguments: object) -> list[str]:
    """The command that runs ``scripts/<name>.py``."""
    return [sys.executable, str(ROOT / "scripts" / f"{name}.py"), *map(str, arguments)]


def module(name: str, *arguments: object) -> list[str]:
    """The command that runs a module."""
    return [sys.executable, "-m", name, *map(str, arguments)]


def python(code: str, *arguments: object) -> list[str]:
    """The command that runs Python code."""
    return [sys.executable, "-c", code, *map(str, arguments)]


def with_file_size_limit(command: list[str], size: int) -> list[str]:
    """The command, able to write files of at most ``size`` bytes."""
    return ["prlimit", f"--fsize={size}", *command]


def without_root_access(command: list[str]) -> list[str]:
    """The command without root's right to read and write every file."""
    if os.geteuid():
        return command
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]


def start(
    command: list[str],
    folder: Path = ROOT,
    environment: Mapping[str, str | None] | None = None,
    *,
    new_group: bool = False,
) -> subprocess.Popen[str]:
    """Start a process; wait for it with ``wait``.

    Args:
        command: what to run.
        folder: its working directory; the repository by default.
        environment: variables that differ from this process's; None removes one.
        new_group: whether it leads a new process group.
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
        process_group=0 if new_group else None,
    )
    _running.add(process)
    return process


def wait(process: subprocess.Popen[str], timeout: float = TIMEOUT) -> Result:
    """Wait for a process to end; kill it after ``timeout`` seconds, which the result tells."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += f"\nkilled after {timeout} s"
    _running.discard(process)
    status = process.returncode
    return Result(128 - status if status < 0 else status, out, err)


def run(
    command: list[str],
    folder: Path = ROOT,
    environment: Mapping[str, str | None] | None = None,
    timeout: float = TIMEOUT,
) -> Result:
    """Run a process to its end; see ``start`` and ``wait``."""
    return wait(start(command, folder, environment), timeout)


@contextlib.contextmanager
def killed_at_exit() -> Iterator[None]:
    """On exit, kill the processes that were started and not waited for, as after a Ctrl-C."""
    try:
        yield
    finally:
        while _running:
            process = _running.pop()
            process.kill()
            process.communicate()

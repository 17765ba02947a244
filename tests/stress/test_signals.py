"""Ctrl-C and SIGTERM at random moments of every script, and of the window."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests import processes
from tests.processes import Result
from tests.stress import fixtures
from tests.stress.test_crash_safety import temporary_files

SIGNALS = (signal.SIGINT, signal.SIGTERM)

SCRIPTS = ("train", "evaluate", "predict", "synthesize", "convert_strokes", "compare", "bench")

#: Seconds after which the window, which does not end by itself, is idle.
WINDOW_SECONDS = 6.0

#: Seconds in which the child processes of a program must end after it.
GRACE = 1.0


@pytest.mark.stress(default=0, full=20)
@pytest.mark.parametrize("name", SCRIPTS)
def test_an_interrupted_script_says_so_and_leaves_no_files(name, cases, tmp_path):
    command = fixtures.commands(tmp_path)[name]
    folder = tmp_path / name
    folder.mkdir()
    began = time.monotonic()
    result = processes.run(command, folder)
    seconds = time.monotonic() - began
    cases.check(result.status == 0, f"{name}, not interrupted: {result}")
    _interrupt_at_random_moments(cases, f"{name}.py", command, tmp_path, seconds)


@pytest.mark.stress(default=0, full=20)
def test_an_interrupted_window_says_so_and_leaves_no_files(cases, tmp_path):
    command = processes.module("apps.draw", "--weights", fixtures.write_weights(tmp_path / "weights.npz"))
    _interrupt_at_random_moments(cases, "apps.draw", command, tmp_path, WINDOW_SECONDS, endless=True)


def _interrupt_at_random_moments(
    cases, name: str, command: list[str], folder: Path, seconds: float, *, endless: bool = False
) -> None:
    rng = random.Random(name)
    for number in range(cases.count):
        place = folder / f"{name}-{number}"
        place.mkdir()
        signum = SIGNALS[number % 2]
        moment = seconds * (number + rng.random()) / cases.count
        result, has_children = _interrupt(command, place, signum, moment)
        left = temporary_files(place)
        passed = not left and not has_children and _ended_well(result, name, signum, endless)
        when = f"{signum.name} after {moment:.2f} of {seconds:.2f} s"
        cases.check(passed, f"{name}, {when}: {result}, left {left}, {has_children=}")


def _interrupt(command: list[str], place: Path, signum: signal.Signals, moment: float) -> tuple[Result, bool]:
    """Run the command, and send it the signal after ``moment`` seconds, or as soon as it handles signals.

    Returns its result, and whether a child process of it goes on.
    """
    process = processes.start(command, place, {"XDG_CONFIG_HOME": str(place)}, new_group=True)
    began = time.monotonic()
    while process.poll() is None and (time.monotonic() - began < moment or not _handles(process.pid, signal.SIGTERM)):
        time.sleep(0.005)
    process.send_signal(signum)
    result = processes.wait(process)
    end = time.monotonic() + GRACE
    while has_children := _has_members(process.pid):
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    return result, has_children


def _has_members(group: int) -> bool:
    """Whether a process of this group runs; zombies do not count."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it has just ended
        if int(found) == group and state not in "ZX":
            return True
    return False


def _handles(pid: int, signum: signal.Signals) -> bool:
    """Whether a process has a handler for a signal; Python has none while it starts."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return True
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (signum - 1) & 1)


def _ended_well(result: Result, name: str, signum: signal.Signals, endless: bool) -> bool:
    """Whether it finished before the signal, or ended with the signal's status and at most one line.

    train.py says on stdout how to resume. After a script's last line, while Python shuts down, nothing is printed.
    """
    if result.status == 0:
        return result.err == "" and not endless
    lines = result.err.splitlines()
    said = lines == [f"{name}: interrupted"] or (not lines and "Stopped after" in result.out)
    return result.status == 128 + signum and (said or not (lines or endless))

"""Programs that run for long: memory and open files stay constant."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests import processes
from tests.stress import fixtures

#: MiB that memory may grow by, from the first third of a run to its end.
MAX_GROWTH = 2.0

#: Seconds from one measurement to the next.
INTERVAL = 0.05


@pytest.mark.stress(default=0, full=200)  # epochs
def test_memory_stays_constant_in_a_long_training(cases, tmp_path):
    data = fixtures.write_set(tmp_path / "set", 300)
    out = tmp_path / "out.npz"
    command = processes.script("train", "--data", data, "--epochs", max(80, cases.count), "--quiet", "--out", out)
    # From the first checkpoint to the end of the epochs; the figures are drawn after it.
    _check_memory(cases, command, tmp_path, lambda: any(tmp_path.glob("runs/*/checkpoint.npz")) and not out.exists())


@pytest.mark.stress(default=0, full=600)  # seconds
def test_memory_stays_constant_in_a_window_drawn_in(cases):
    seconds = max(20, cases.count)
    movements = seconds * 100  # a second, as scripts.latency makes them, pauses between digits included
    began = time.monotonic()
    command = processes.module("scripts.latency", "--n", movements)
    _check_memory(cases, command, processes.ROOT, lambda: 10 < time.monotonic() - began < seconds)


def _check_memory(cases, command: list[str], folder: Path, is_steady: Callable[[], bool]) -> None:
    """Run a program; its memory and its number of open files must not grow while ``is_steady``."""
    process = processes.start(command, folder)
    memory: list[float] = []
    files: list[int] = []
    while process.poll() is None:
        time.sleep(INTERVAL)
        if not is_steady():
            continue
        try:
            resident = _resident_mib(process.pid)
            files.append(len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
        except (OSError, IndexError):
            break  # it has just ended
        memory.append(resident)
    result = processes.wait(process)
    assert result.status == 0, result
    assert len(memory) >= 30, "too few measurements"
    third = len(memory) // 3
    grown, opened = growth(memory), min(files[-third:]) - min(files[third:-third])
    levels = " ".join(f"{level:.1f}" for level in memory[:: max(1, len(memory) // 10)])
    cases.check(grown < MAX_GROWTH and opened <= 0, f"grew by {grown:.1f} MiB and {opened} files: {levels}")


def growth(levels: Sequence[float]) -> float:
    """The growth of the lower or of the upper decile, from the second sixth of a run to the last: the larger one.

    The median would not do: a checkpoint takes memory for a moment, and the median falls on either level by chance.
    """
    length = len(levels) // 6
    early, late = (
        statistics.quantiles(part, n=10, method="inclusive") for part in (levels[length : 2 * length], levels[-length:])
    )
    return max(late[0] - early[0], late[-1] - early[-1])


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _training_memory(leak: float) -> list[float]:
    """The memory of a training in 600 measurements: 6 MiB more while a checkpoint is written, and ``leak`` MiB lost."""
    return [160 + 6 * (number * 7 % 10 < 5 + (number > 400)) + leak * number / 600 for number in range(600)]


def test_growth_ignores_memory_that_is_freed():
    assert growth(_training_memory(leak=0)) == 0
    assert growth(_training_memory(leak=4)) > MAX_GROWTH
    assert growth([1.0] * 200 + [2.0] * 400) == 1

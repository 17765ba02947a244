"""Programs that run for long: what they hold on to."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.stress import material, programs
from tests.stress.campaign import Results, expect

#: What memory may grow by, in MiB, from the first third of a run to its end.
GROWTH = 2.0

#: Seconds from one look at a process to the next.
PAUSE = 0.05


def training(count: int, folder: Path) -> Results:
    """Train for so many epochs on a small set."""
    data = material.write_set(folder / "set", 300)
    options = ["--data", data, "--epochs", count, "--quiet", "--out", "out.npz"]
    out = folder / "out.npz"  # written when all epochs are done; the pictures that follow are no growth

    def trains() -> bool:
        return any(folder.glob("runs/*/checkpoint.npz")) and not out.exists()

    yield _flat(programs.script("train", *options), folder, trains)


def window(count: int, folder: Path) -> Results:
    """Draw in the window for so many seconds."""
    movements = count * 100  # a second, as scripts.latency makes them, pauses between digits included
    began = time.monotonic()
    command = programs.module("scripts.latency", "--n", movements)
    yield _flat(command, programs.ROOT, lambda: 10 < time.monotonic() - began < count)


def _flat(command: list[str], folder: Path, counts: Callable[[], bool]) -> str | None:
    """The result of running a program: its memory and its open files stay flat for as long as that ``counts``."""
    process = programs.start(command, folder)
    memory: list[float] = []
    files: list[int] = []
    while process.poll() is None:
        time.sleep(PAUSE)
        if not counts():
            continue
        try:
            held = _resident_mib(process.pid)
            files.append(len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
        except (OSError, IndexError):
            break  # it has just ended
        memory.append(held)
    ended = programs.end(process)
    if ended.status or len(memory) < 30:
        return f"{ended}, after {len(memory)} looks"
    third = len(memory) // 3
    grew, opened = growth(memory), min(files[-third:]) - min(files[third:-third])
    return expect(grew < GROWTH and opened <= 0, f"grew by {grew:.1f} MiB and {opened} files: {_course(memory)}")


def growth(levels: Sequence[float]) -> float:
    """What the lows of a run, or its highs, rose by from the first third to the end, whichever rose more.

    Not its middle: memory goes up and down by what each checkpoint takes, and the middle is on either level by chance.
    """
    length = len(levels) // 6
    early, late = (
        statistics.quantiles(part, n=10, method="inclusive") for part in (levels[length : 2 * length], levels[-length:])
    )
    return max(late[0] - early[0], late[-1] - early[-1])


def _course(memory: list[float]) -> str:
    """Ten numbers of a run's memory."""
    return " ".join(f"{held:.1f}" for held in memory[:: max(1, len(memory) // 10)])


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024

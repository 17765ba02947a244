"""Programs that run for long: what they hold on to."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from scripts.campaigns import material, programs
from scripts.campaigns.campaign import Results, expect

#: What memory may grow by, in MiB, from a run's first third to its end.
GROWTH = 2.0

#: Seconds from one look at a process to the next.
PAUSE = 0.1


def training(count: int, folder: Path) -> Results:
    """Train for so many epochs on a small set."""
    data = material.write_set(folder / "set", 300)
    options = ["--data", data, "--epochs", count, "--quiet", "--out", "out.npz"]
    yield _flat(programs.script("train", *options), folder, lambda: bool(list(folder.glob("runs/*/checkpoint.npz"))))


def window(count: int, folder: Path) -> Results:
    """Draw in the window for so many seconds."""
    movements = count * 125  # a second, as apps.draw.latency makes them
    began = time.monotonic()
    command = programs.module("apps.draw.latency", "--n", movements)
    yield _flat(command, programs.ROOT, lambda: time.monotonic() - began > 10)


def _flat(command: list[str], folder: Path, warm: Callable[[], bool]) -> str | None:
    """The result of running a program: its memory, once it is warm, stays flat, and so do its open files."""
    process = programs.start(command, folder)
    memory: list[float] = []
    files: list[int] = []
    while process.poll() is None:
        time.sleep(PAUSE)
        if not memory and not warm():
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
    # What comes at the end, such as the pictures of a training, is no growth: the last tenth is left out.
    part = len(memory) * 9 // 10
    memory, files = memory[:part], files[:part]
    third = len(memory) // 3
    growth = statistics.median(memory[-third // 3 :]) - statistics.median(memory[third // 2 : third])
    opened = statistics.median(files[-third // 3 :]) - statistics.median(files[third // 2 : third])
    return expect(growth < GROWTH and opened <= 0, f"grew by {growth:.1f} MiB and {opened} files")


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024

"""Ctrl-C and SIGTERM at any moment of every script, and of the window."""

import os
import random
import signal
import time
from pathlib import Path

from nn.digits.stroke_files import Drawing, write_drawing
from tests.stress import material, programs
from tests.stress.campaign import Results, expect
from tests.stress.programs import Ended, script

SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: Seconds in which the window, which ends by itself never, has come to rest.
WINDOW_SECONDS = 6.0

#: Seconds in which what a program has started must be gone after it: Python's own helpers need a moment.
GRACE = 1.0

#: A digit of UNIPEN, as convert_strokes.py takes it.
UNIPEN = '.SEGMENT DIGIT 0 ? "7"\n.COMMENT 7 1 1\n.PEN_DOWN\n 10 20\n 30 20\n 15 0\n.PEN_UP\n'


def commands(folder: Path) -> dict[str, list[str]]:
    """Every script at a small piece of work, with what it needs in ``folder``."""
    data = material.write_set(folder / "set", 200)
    weights = material.write_weights(folder / "weights.npz")
    write_drawing(folder / "7.json", Drawing([[[60.0, 60.0], [200.0, 60.0], [120.0, 230.0]]]))  # type: ignore[list-item]
    (folder / "pen.txt").write_text(UNIPEN * 2000)
    drawings = 200 * [str(folder / "7.json")]
    return {
        "train": script("train", "--data", data, "--epochs", 3, "--quiet", "--out", "out.npz"),
        "evaluate": script("evaluate", "--data", data, "--weights", weights, "--quiet"),
        "predict": script("predict", "--weights", weights, *drawings),
        "synthesize": script("synthesize", "--count", 300, "--out", "out.npz"),
        "convert_strokes": script("convert_strokes", folder / "pen.txt", "--out", "out.npz"),
        "compare": script("compare", "--data", data, "--epochs", 1, "--seeds", 2, "--validation", 50, "--quiet"),
        "bench": script("bench", "--quick", "--only", "limit", "--rounds", 1, "--threads", 1),
        "torture": script("torture", "--quick", "--only", "numbers", "kill-saving"),
    }


def interrupts(count: int, folder: Path) -> Results:
    """Interrupt every script at moments spread over its run; it must say so in a line, and leave nothing half-done."""
    for name, command in commands(folder).items():
        place = folder / name
        place.mkdir()
        began = time.monotonic()
        ended = programs.run(command, place)
        seconds = time.monotonic() - began
        yield expect(ended.status == 0, f"{name}, left alone: {ended}")
        yield from _at_moments(count, f"{name}.py", command, folder, seconds)
    window = programs.module("apps.draw", "--weights", folder / "weights.npz")
    yield from _at_moments(count, "apps.draw", window, folder, WINDOW_SECONDS, endless=True)


def _at_moments(
    count: int, name: str, command: list[str], folder: Path, seconds: float, *, endless: bool = False
) -> Results:
    """A result for each of so many moments, the two signals in turn."""
    rng = random.Random(name)
    for number in range(count):
        place = folder / f"{name}-{number}"
        place.mkdir()
        signum = SIGNALS[number % 2]
        moment = seconds * (number + rng.random()) / count
        ended, outlived = _interrupted(command, place, signum, moment)
        parts = [path.name for path in place.rglob("*.part")]
        good = not parts and not outlived and _ended_well(ended, name, signum, endless)
        left = f"left {parts}{' and processes' * outlived}"
        yield expect(good, f"{name}, {signum.name} after {moment:.2f} of {seconds:.2f} s: {ended}, {left}")


def _interrupted(command: list[str], place: Path, signum: signal.Signals, moment: float) -> tuple[Ended, bool]:
    """Run the command, and send it the signal after so many seconds, or when it hears signals at all.

    Returns how it ended, and whether something that it had started was there still.
    """
    process = programs.start(command, place, {"XDG_CONFIG_HOME": str(place)}, alone=True)
    began = time.monotonic()
    while process.poll() is None and (time.monotonic() - began < moment or not _hears(process.pid, signal.SIGTERM)):
        time.sleep(0.005)
    process.send_signal(signum)
    ended = programs.end(process)
    end = time.monotonic() + GRACE
    while outlived := _has_members(process.pid):
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    return ended, outlived


def _has_members(group: int) -> bool:
    """Whether a process of this group is at work; one that is dead and not yet buried is not."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it has just ended
        if int(found) == group and state not in "ZX":
            return True
    return False


def _hears(pid: int, signum: signal.Signals) -> bool:
    """Whether a process has a handler of its own for a signal: Python, as it starts, has none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return True
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (signum - 1) & 1)


def _ended_well(ended: Ended, name: str, signum: signal.Signals, endless: bool) -> bool:
    """Finished in time, or stopped with its status and at most a line: train.py says on stdout how to go on."""
    if ended.status == 0:
        return ended.err == "" and not endless
    lines = ended.err.splitlines()
    said = lines == [f"{name}: interrupted"] or (not lines and "Stopped after" in ended.out)
    # After its last line, while Python takes itself down, nobody is left to speak.
    return ended.status == 128 + signum and (said or not (lines or endless))

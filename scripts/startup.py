"""Measure the time from the command to the first frame of the window, and to its first prediction."""

import subprocess
import sys
import time
from pathlib import Path

from scripts.sandbox import sandbox

#: Runs the program; where its event loop would start, it prints when it is shown and when it is ready.
_PROGRAM = """
import sys
from apps.draw import __main__ as program
from apps.draw.ui.app import App
def run(app):
    print("shown", flush=True)
    app.until_ready()
    print("ready", flush=True)
App.run = run
sys.exit(program.main(sys.argv[1:]))
"""


def measure(times: int, size: tuple[int, int], weights: Path | None = None) -> dict[str, list[float]]:
    """Start the window several times, each time in a new process.

    Args:
        times: number of starts. Caches of the system and of Numba make later ones faster.
        size: of the window, in pixels.
        weights: the network to read with; None is the shipped one.

    Returns:
        ``shown_ms`` and ``ready_ms``: milliseconds from each start until the first frame is shown, and until the
        network is loaded and has read something.

    Raises:
        RuntimeError: the window did not open; the message is what it printed.
    """
    found: dict[str, list[float]] = {"shown_ms": [], "ready_ms": []}
    options = ["--size", f"{size[0]}x{size[1]}"] + ([] if weights is None else ["--weights", str(weights)])
    with sandbox():
        for _ in range(times):
            started = time.perf_counter()
            with subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                for line in process.stdout:
                    found[f"{line.strip()}_ms"].append(1e3 * (time.perf_counter() - started))
                said = process.stderr.read().strip()
            if process.returncode != 0:
                raise RuntimeError(said)
    return found

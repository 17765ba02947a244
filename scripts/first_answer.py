"""Measure the time from ``import nn`` to the first answer, in new processes with cached kernels.

``--python .venv/bin/python`` measures the package that is installed there, from an empty folder.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("first_answer.py")  # before the slow imports

# isort: split
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import numpy as np

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import JSON, Output, check_outputs

#: Prints the milliseconds, and the folder of the package.
_PROGRAM = """
import time
started = time.perf_counter()
import nn
from nn.digits import Recognizer
Recognizer.load().recognize([[(0, 0), (60, 0), (20, 100)]])
print(1e3 * (time.perf_counter() - started), nn.__path__[0])
"""


def measure(python: str, times: int) -> tuple[list[float], str]:
    """Start a process several times, after one that fills the kernels' cache.

    Args:
        python: the interpreter; the environment variable ``PYTHONPATH`` counts only for this process's own.
        times: number of measured processes.

    Returns:
        Milliseconds from the import to the answer, and the folder of the package that answered.

    Raises:
        RuntimeError: a process failed; the message is the last line that it printed.
    """
    environment = dict(os.environ)
    if python != sys.executable:
        environment.pop("PYTHONPATH", None)
    found, package = [], ""
    for number in range(times + 1):
        with tempfile.TemporaryDirectory() as empty:
            ended = subprocess.run([python, "-c", _PROGRAM], cwd=empty, env=environment, capture_output=True, text=True)
        if ended.returncode:
            raise RuntimeError(ended.stderr.strip().splitlines()[-1])
        milliseconds, _, package = ended.stdout.strip().partition(" ")
        if number:
            found.append(float(milliseconds))
    return found, package


@command("first_answer.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    parser.add_argument("--python", metavar="FILE", default=sys.executable, help="interpreter (default: this one)")
    parser.add_argument("--n", metavar="N", type=positive_int, default=10, help="processes (default: %(default)s)")
    add_arguments(parser, "metrics")
    arguments = parser.parse_args(argv)
    check_outputs(Output("--metrics", arguments.metrics, JSON))
    try:
        times, package = measure(arguments.python, arguments.n)
    except RuntimeError as error:
        raise UsageError(f"{arguments.python}: {error}") from None
    low, median, high = np.percentile(times, [0, 50, 100])
    print(f"first answer  n {len(times)}  least {low:.0f} ms  median {median:.0f} ms  most {high:.0f} ms")
    print(f"{package}; {runs.machine()}")
    figures = {"first_answer_ms": times, "package": package}
    runs.write_json(figures | {"machine": runs.machine(), "versions": runs.versions()}, arguments.metrics)
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())

"""Harm the programs in every way that is to be expected, many times, and count what they did not stand.

A line for each campaign: what, how often, how often it failed, seconds. The exit status is 1 if anything failed; the
first failures of each campaign are lines on stderr. SECURITY.md says what each of them holds the programs to.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("tests.stress")  # before the slow imports

# isort: split
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from apps.cli.arguments import Parser, positive_float
from apps.cli.command import PARTLY_FAILED, SUCCESS, command, print_error
from tests.stress import (
    concurrency,
    downloads,
    fuzzing,
    guided,
    hostile,
    interrupts,
    killing,
    long_runs,
    numbers,
    pictures,
    programs,
    surroundings,
)
from tests.stress.campaign import Campaign, Impossible

CAMPAIGNS = {
    "kill-training": Campaign("training killed and resumed: the same bits", killing.training, full=30, quick=2),
    "kill-saving": Campaign("killed while saving: the file is whole", killing.saving, full=100, quick=3),
    "full-disk": Campaign("no room, or no right to write: one line, the file intact", killing.disk, full=30, quick=2),
    "broken-data": Campaign("broken data sets: refused in a line, in little memory", hostile.data, full=200, quick=3),
    "weights": Campaign("hostile weights: refused, or harmless", hostile.weights, full=10_000, quick=200),
    "pictures": Campaign("broken pictures and drawings: a line each", pictures.read, full=5_000, quick=100),
    "window": Campaign("the same opened in the window, and dropped", pictures.dropped, full=5_000, quick=50),
    "downloads": Campaign("mirrors that misbehave: whole files, or a line", downloads.downloads, full=300, quick=10),
    "interrupts": Campaign("Ctrl-C and SIGTERM: a line, 130 or 143", interrupts.interrupts, full=20, quick=2),
    "surroundings": Campaign("nowhere to write, no home, no display", surroundings.surroundings, full=1, quick=1),
    "numbers": Campaign("any rate, any images: finite, or it says so", numbers.numbers, full=720, quick=12),
    "recognizers": Campaign("8 threads, forks and spawns at once", concurrency.recognizers, full=10_000, quick=300),
    "long-training": Campaign("epochs: memory flat, no file left open", long_runs.training, full=200, quick=20),
    "long-window": Campaign("seconds of drawing: memory flat", long_runs.window, full=600, quick=20),
    "fuzzing": Campaign("made-up files, seconds for each reader", fuzzing.fuzzing, full=600, quick=3),
    "guided": Campaign("the same, guided by what the readers do", guided.guided, full=600, quick=3),
    "rivals": Campaign("two trainings write one file: it is one of theirs", killing.rivals, full=10, quick=1),
}

#: Lines of each campaign's failures; the rest is counted.
SHOWN = 10


@command("tests.stress")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    parser.add_argument("--only", nargs="+", choices=CAMPAIGNS, metavar="NAME", help=f"of {', '.join(CAMPAIGNS)}")
    parser.add_argument("--quick", action="store_true", help="a short version of each")
    parser.add_argument("--scale", metavar="X", type=positive_float, default=1.0, help="times as often")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # windows stay off the screen
    failed = 0
    for name in arguments.only or CAMPAIGNS:
        campaign = CAMPAIGNS[name]
        often = campaign.quick if arguments.quick else campaign.full
        failed += run(name, campaign, max(1, round(often * arguments.scale)))
    return PARTLY_FAILED if failed else SUCCESS


def run(name: str, campaign: Campaign, count: int) -> int:
    """Run one campaign and print its line; returns how often it failed."""
    cases = failed = 0
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
            for result in campaign.run(count, Path(folder)):
                cases += 1
                failed += result is not None
                if result is not None and failed <= SHOWN:
                    print_error(name, result)
    except Impossible as error:
        print(f"{name:15} {campaign.title}: left out, {error}", flush=True)
        return 0
    finally:
        programs.end_all()
    seconds = time.monotonic() - began
    print(f"{name:15} {campaign.title}: {cases:,} cases, {failed:,} failed, {seconds:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())

"""Measure how many pictures `predict` reads in a second, and in how much memory: `python scripts/many.py`.

Reads a list of pictures of 140x140 pixels by one process, by several, and on a Dask cluster of two workers (if the
extra `cluster` is installed). Prints the time to the first answers, the pictures a second from then on, the memory of
the main process after a tenth and at the end, and whether all answers are the same. The list names each of a few
thousand pictures many times.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("many.py")  # before the slow imports

# isort: split
import contextlib
import filecmp
import importlib.util
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import PARTLY_FAILED, SUCCESS, command
from nn import platforms
from nn.digits import synthesis
from nn.digits.painting import paint
from nn.digits.strokes import replay

#: The sides of the pictures and the width of the brush, in pixels; and seconds between two looks at the output.
SIDE, BRUSH, PAUSE = 140, 8.0, 0.05

PREDICT = (sys.executable, "-m", "apps.cli.main", "predict", "--quiet")


@dataclass(frozen=True)
class Run:
    """What was measured of a run.

    Attributes:
        start: seconds to the first answers.
        rate: files a second from then on.
        early, late: memory of the main process in MiB after a tenth of the answers, and at the last one.
    """

    start: float
    rate: float
    early: float
    late: float


@command("many.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurement; `argv` is without the program's name. Returns 1 if answers differ."""
    parser = Parser(__doc__)
    add_arguments(parser, "seed")
    parser.add_argument(
        "--files", metavar="N", type=positive_int, default=20_000, help="names in the list (default: 20,000)"
    )
    parser.add_argument(
        "--pictures", metavar="N", type=positive_int, default=3_000, help="different ones (default: 3,000)"
    )
    parser.add_argument(
        "--jobs", metavar="N", type=positive_int, nargs="+", default=[1, 2], help="processes (default: 1 2)"
    )
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = _make(folder / "pictures", arguments.pictures, np.random.default_rng(arguments.seed))
        names = itertools.islice(itertools.cycle(pictures), arguments.files)
        (folder / "list").write_text("".join(f"{path}\n" for path in names))
        first, equal = None, True
        for title, options in _settings(arguments.jobs):
            out = folder / f"{title}.jsonl"
            with options as given:
                run = _measure(folder / "list", out, arguments.files, given)
            first = first or out
            same = filecmp.cmp(first, out, shallow=False)
            equal &= same
            print(
                f"{title:20} first answers after {run.start:5.1f} s, then {run.rate:7,.0f} a second; "
                f"{run.early:4.0f} MiB after a tenth, {run.late:4.0f} at the end; "
                f"{'the same' if same else 'OTHER'} answers",
                flush=True,
            )
    return SUCCESS if equal else PARTLY_FAILED


def _make(folder: Path, count: int, rng: np.random.Generator) -> list[Path]:
    folder.mkdir()
    drawings, _ = synthesis.sample_many(count, rng)
    paths = [folder / f"{number:06d}.png" for number in range(count)]
    for path, drawing in zip(paths, drawings, strict=True):
        Image.fromarray(255 - paint(replay(drawing, rng, SIDE), (SIDE, SIDE), BRUSH)).save(path)
    return paths


def _settings(jobs: Sequence[int]) -> Iterator[tuple[str, contextlib.AbstractContextManager[list[str]]]]:
    """Titles, and contexts that give the options of `predict`."""
    for count in jobs:
        yield f"{count} process{'es' * (count > 1)}", contextlib.nullcontext([f"--jobs={count}"])
    if importlib.util.find_spec("distributed"):
        yield "Dask, 2 workers", _cluster()


@contextlib.contextmanager
def _cluster() -> Iterator[list[str]]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield [f"--scheduler={cluster.scheduler_address}"]


def _measure(names: Path, out: Path, files: int, options: Sequence[str]) -> Run:
    command = [*PREDICT, f"--files-from={names}", f"--out={out}", *options]
    began, answers, memory = time.perf_counter(), 0, float("nan")
    samples: list[tuple[float, int, float]] = []  # seconds, answers, MiB
    with subprocess.Popen(command) as process:
        while process.poll() is None and not out.exists():
            time.sleep(PAUSE)
        with out.open("rb") as file:
            while process.poll() is None:
                time.sleep(PAUSE)
                answers += file.read().count(b"\n")
                memory = platforms.rss_mib(process.pid) or memory  # a process that has ended has none
                if answers:
                    samples.append((time.perf_counter() - began, answers, memory))
    if process.returncode or not samples:
        raise UsageError(f"{out.stem}: predict failed, with status {process.returncode}")
    early = next(sample for sample in samples if sample[1] >= min(files // 10, samples[-1][1]))
    (start, before, _), (end, after, late) = samples[0], samples[-1]
    return Run(start, (after - before) / max(end - start, PAUSE), early[2], late)


if __name__ == "__main__":
    sys.exit(main())

"""Measure our speed beside PyTorch's, Keras's and ONNX Runtime's: in one run, on one machine, turn and turn about.

Each contestant works in a process of its own, warmed up, while the others wait; what counts is the median of its turns.
Peers that are not installed (``pip install -e '.[peers]'``) are named and left out.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts import cli, contestants, runs

TRAINERS = ["ours", "pytorch", "pytorch channels_last", "keras"]
PREDICTORS = ["ours", "onnxruntime", "pytorch", "pytorch channels_last"]

#: Floating-point operations of training on one image: twice the multiply-adds of the forward pass (541,440), of the
#: weights' gradients (as many), and of the gradients that the dense layers pass on (346,112 + 640).
TRAINING_FLOP = 2 * (2 * 541_440 + 346_752)


@dataclass(frozen=True)
class Result:
    """The turns of one contestant at one task.

    Attributes:
        task: as ``contestants`` takes it.
        name: the contestant.
        version: of what does the work.
        turns: seconds each (of ``limit``: GFLOP/s).
    """

    task: str
    name: str
    version: str
    threads: int
    turns: list[float]

    @property
    def median(self) -> float:
        """The median turn."""
        return statistics.median(self.turns)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a share of the median."""
        if len(self.turns) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.turns, n=4)
        return (high - low) / 2 / self.median


class Worker:
    """A contestant at a task in its own process; see ``contestants``."""

    def __init__(self, name: str, task: str, threads: int) -> None:
        environment = dict(os.environ)
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[variable] = str(threads)
        command = [sys.executable, "-m", "scripts.contestants", name, task, str(threads)]
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.name, self.task, self.threads = name, task, threads
        self.version = self._answer()["version"]
        self.turns: list[float] = []

    def turn(self) -> None:
        """One more turn."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.turns.append(self._answer())

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, error = self._process.communicate()
            raise cli.UsageError(f"{self.name} failed at {self.task}: {error.strip().splitlines()[-1:]}")
        return json.loads(line)

    def close(self) -> Result:
        """End the process."""
        self._process.communicate()
        return Result(self.task, self.name, self.version, self.threads, self.turns)


def race(task: str, names: Sequence[str], rounds: int, threads: int) -> list[Result]:
    """The contestants at one task, in turns."""
    present = [name for name in names if not contestants.missing(name)]
    workers = []
    for name in present:
        workers.append(Worker(name, task, threads))
    for number in range(rounds):
        print(
            f"\r{task}, {threads} threads: round {number + 1} of {rounds} ",
            end="",
            file=sys.stderr,
            flush=True,
        )
        for worker in workers:
            worker.turn()
    print(file=sys.stderr)
    return [worker.close() for worker in workers]


def print_race(title: str, results: Sequence[Result], unit: str, scale: float) -> None:
    """A table: median, spread and how our speed compares."""
    ours = results[0].median
    print(f"\n{title} (n = {len(results[0].turns)})")
    for result in results:
        ratio = f"  ours is {result.median / ours:5.2f}x as fast" if result is not results[0] else ""
        name = f"{result.name} ({result.version})"
        print(f"  {name:<42} {result.median * scale:8.3f} {unit} ±{100 * result.spread:3.0f} %{ratio}")


@cli.script
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = cli.Parser(__doc__)
    cli.add_arguments(parser, "metrics")
    parser.add_argument("--quick", action="store_true", help="a minute's look: fewer images, fewer rounds")
    parser.add_argument("--rounds", type=cli.positive_int, help="turns of each contestant (default: 7; quick: 3)")
    parser.add_argument("--threads", type=cli.positive_int, default=os.cpu_count() or 1, help="default: all cores")
    arguments = parser.parse_args(argv)
    rounds = arguments.rounds or (3 if arguments.quick else 7)
    images = 12_000 if arguments.quick else 60_000
    print(f"{machine()}; {arguments.threads} threads")
    for name in TRAINERS + PREDICTORS[1:2]:
        if packages := contestants.missing(name):
            print(f"{name}: left out, {' and '.join(packages)} not installed")
    results = []
    for batch_size in (32,) if arguments.quick else (32, 128):
        found = race(f"train:{batch_size}:{images}", TRAINERS, rounds, arguments.threads)
        print_race(f"An epoch of the specified CNN, {images:,} images, batch {batch_size}", found, "s ", 1)
        results += found
    for batch_size in (1, 1000):
        found = race(f"predict:{batch_size}", PREDICTORS, 3 * rounds, arguments.threads)
        print_race(f"Prediction in batches of {batch_size}, an image", found, "us", 1e6)
        results += found
    results += limit(results[0], images, rounds, arguments.threads)
    results += scaling(images, rounds, arguments.threads)
    report = {"machine": machine(), "time": time.strftime("%Y-%m-%d %H:%M"), "versions": runs.versions()}
    document = report | {"results": [asdict(result) | {"median": result.median} for result in results]}
    if arguments.metrics:
        runs.write_json(arguments.metrics, document)
    return cli.SUCCESS


def limit(training: Result, images: int, rounds: int, threads: int) -> list[Result]:
    """The share of the machine's matrix-product rate that our training reaches."""
    (product,) = race("limit", ["ours"], rounds, threads)
    rate = images * TRAINING_FLOP / training.median / 1e9
    print(f"\nA large matrix product (NumPy): {product.median:.0f} GFLOP/s; our training at batch 32: {rate:.0f},")
    print(f"  {100 * rate / product.median:.0f} % of it")
    return [product]


def scaling(images: int, rounds: int, threads: int) -> list[Result]:
    """Our training with one thread beside that with all, in turns."""
    task = f"train:32:{images}"
    one, many = (Worker("ours", task, count) for count in (1, threads))
    for _ in range(rounds):
        one.turn()
        many.turn()
    results = [one.close(), many.close()]
    print(f"\n{threads} threads are {results[0].median / results[1].median:.2f}x as fast as one")
    return results


def machine() -> str:
    """The processor, its cores, and the system."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].partition(":")[2].strip() if lines else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())

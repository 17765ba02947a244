"""Measure our speed beside PyTorch's, Keras's and ONNX Runtime's: in one run, on one machine, turn and turn about.

Each contestant works in a process of its own, warmed up, while the others wait; what counts is the median of its turns.
Peers that are not installed (``pip install -e '.[peers]'``) are named and left out.
"""

from apps.cli import signals

if __name__ == "__main__":
    signals.exit_immediately("bench.py")  # before the slow imports

# isort: split
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, check_writable, positive_int
from apps.cli.command import SUCCESS, command
from scripts import contestants

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
TORCH = ("pytorch", "pytorch channels_last")

#: Seconds before each turn: the threads of the one before spin for a while before they sleep.
PAUSE = 0.5

#: Floating-point operations of training on one image: twice the multiply-adds of the forward pass (541,440), of the
#: weights' gradients (as many), and of the gradients that the dense layers pass on (346,112 + 640).
TRAINING_FLOP = 2 * (2 * 541_440 + 346_752)


@dataclass
class Result:
    """The turns of one contestant at one task.

    Attributes:
        title: of the task, for people.
        name: the contestant.
        version: of what does the work.
        unit: of the turns.
        turns: the measurements, in order.
    """

    title: str
    name: str
    version: str
    unit: str = "s"
    turns: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median turn."""
        return statistics.median(self.turns)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a share of the median."""
        if len(self.turns) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.turns, n=4, method="inclusive")
        return (high - low) / 2 / self.median


@contextlib.contextmanager
def ending(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Within the block the process works for us; whoever is interrupted there leaves none behind that works on."""
    try:
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise


class Worker:
    """A contestant at a task, waiting in a process of its own; see ``contestants``."""

    def __init__(self, title: str, name: str, task: str, threads: int) -> None:
        environment = dict(os.environ)
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[variable] = str(threads)
        command = [sys.executable, "-m", "scripts.contestants", name, task, str(threads)]
        pipe = subprocess.PIPE
        # A pipe that nobody empties would stop a talkative framework.
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  closed by close()
        self.process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=self._errors, text=True
        )
        self.result = Result(title, name, "")
        self.result.version = self._answer()["version"]

    def turn(self) -> None:
        """One more turn."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended; the answer says how
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        self.result.turns.append(self._answer())

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        with ending(self.process):
            line = self.process.stdout.readline()
        try:
            return json.loads(line)
        except ValueError:
            self.process.communicate()
            reason = line.strip() or self._last_error() or f"exit status {self.process.returncode}"
            self._errors.close()
            raise UsageError(f"{self.result.name} failed: {reason}") from None

    def _last_error(self) -> str:
        self._errors.seek(0)
        return "".join(self._errors.read().rstrip().splitlines()[-1:])

    def close(self) -> Result:
        """End the process."""
        self.process.communicate()
        self._errors.close()
        return self.result


class Bench:
    """The measurements, one method a section; each prints what it found and adds to ``results``."""

    def __init__(self, *, quick: bool, rounds: int, threads: int) -> None:
        self.images = 12_000 if quick else 60_000
        self.rounds, self.threads = rounds, threads
        self.results: list[Result] = []
        self.quick = quick

    def race(self, title: str, task: str, names: Sequence[str], rounds: int) -> list[Result]:
        """The contestants at one task, in turns; the first is ours."""
        present = [name for name in names if not contestants.missing(name)]
        return self._take_turns([Worker(title, name, task, self.threads) for name in present], rounds)

    def _take_turns(self, workers: Sequence[Worker], rounds: int) -> list[Result]:
        with contextlib.ExitStack() as stack:
            for worker in workers:
                stack.enter_context(ending(worker.process))
            for _ in range(rounds):
                for worker in workers:
                    time.sleep(PAUSE)
                    worker.turn()
            results = [worker.close() for worker in workers]
        self.results += results
        return results

    def train(self) -> None:
        """The baseline's training against PyTorch and Keras."""
        for batch_size in (32,) if self.quick else (32, 128):
            title = f"an epoch of the baseline CNN, {self.images:,} images, batch {batch_size}"
            names = ["ours", *TORCH, "keras"]
            show(self.race(title, f"train:{batch_size}:{self.images}", names, self.rounds), "s", 1)

    def deep(self) -> None:
        """A step of a network of several convolutions against PyTorch."""
        title = "a training step of conv-bn-relu 32, 32, pool, 64, 64, pool, dense 128, batch 128"
        show(self.race(title, "deep:128", ["ours", *TORCH], 2 * self.rounds), "ms", 1e3)

    def predict(self) -> None:
        """Inference against ONNX Runtime and PyTorch."""
        for batch_size, title in ((1, "reading one image"), (1000, "an image in batches of 1,000")):
            names = ["ours", "onnxruntime", *TORCH]
            show(self.race(title, f"predict:{batch_size}", names, 4 * self.rounds), "us", 1e6)

    def limit(self) -> None:
        """The share of the machine's matrix-product rate that our training reaches."""
        task = f"train:32:{self.images}"
        training = Worker("an epoch, beside the matrix product", "ours", task, self.threads)
        product = Worker("a product of two 2048 x 2048 matrices", "ours", "limit", self.threads)
        product.result.unit = "GFLOP/s"
        self._take_turns([training, product], self.rounds)
        rate = self.images * TRAINING_FLOP / training.result.median / 1e9
        peak = product.result.median
        print(f"\na large matrix product (NumPy): {peak:.0f} GFLOP/s; our training, batch 32: {rate:.0f} GFLOP/s,")
        print(f"  {100 * rate / peak:.0f} % of it")

    def scaling(self) -> None:
        """Our training with one thread beside that with all."""
        title = "an epoch on {} threads"
        workers = [Worker(title.format(count), "ours", f"train:32:{self.images}", count) for count in (1, self.threads)]
        one, many = self._take_turns(workers, self.rounds)
        print(f"\n{self.threads} threads are {one.median / many.median:.2f}x as fast as one")

    def linear(self) -> None:
        """Seconds an epoch as the images grow."""
        counts = (10_000, 20_000, 40_000, 60_000)
        workers = [Worker(f"an epoch of {n:,} images", "ours", f"growth:32:{n}", self.threads) for n in counts]
        results = self._take_turns(workers, self.rounds)
        print("\nmicroseconds an image as the images grow:")
        for count, result in zip(counts, results, strict=True):
            print(f"  {count:>6,} images  {1e6 * result.median / count:6.2f} ±{100 * result.spread:3.0f} %")

    def whole(self) -> None:
        """The whole training as a program, from its start to the saved weights, 5 epochs on 60,000 images."""
        title = "train.py, 5 epochs, process start to saved weights"
        ours, cold, keras = (
            Result(title, name, contestants.version("ours")) for name in ("ours", "ours, nothing compiled yet", "keras")
        )
        rounds = max(1, self.rounds // 2)
        memory = []
        for _ in range(rounds):
            seconds, mib = whole_run({})
            ours.turns.append(seconds)
            memory.append(mib)
            with tempfile.TemporaryDirectory() as empty:
                cold.turns.append(whole_run({"NUMBA_CACHE_DIR": empty})[0])
            if not contestants.missing("keras"):
                keras.turns.append(whole_keras())
        present = [result for result in (ours, cold, keras) if result.turns]
        if keras.turns:
            keras.version = contestants.version("keras")
            print(f"\nKeras needs {keras.median / cold.median:.2f}x as long as we do with nothing compiled yet")
        show(present, "s", 1)
        print(f"  peak memory of train.py: {max(memory):.0f} MiB")
        self.results += present


def whole_run(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of train.py until its weights stand, and its peak memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        weights, metrics = Path(folder, "weights.npz"), Path(folder, "metrics.json")
        # The plain recipe: the training that Keras is given, too.
        options = ["--recipe", "plain", "--out", weights, "--runs", folder, "--metrics", metrics, "--quiet"]
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "scripts/train.py", *map(str, options)],
            env=os.environ | environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        with ending(process):
            while not weights.exists() and process.poll() is None:
                time.sleep(0.005)
            seconds = time.perf_counter() - began
            process.wait()
        if process.returncode != 0:
            raise UsageError("train.py failed")
        return seconds, json.loads(metrics.read_text())["peak_rss_mib"]


def whole_keras() -> float:
    """Seconds that the same takes in Keras."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scripts.contestants", "keras", "whole", str(Path(folder, "weights.keras"))]
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - began


def show(results: Sequence[Result], unit: str, scale: float) -> None:
    """A table: medians, spread, and how our speed compares."""
    ours = results[0]
    print(f"\n{ours.title} (n = {len(ours.turns)})")
    for result in results:
        ratio = "" if result is ours else f"  ours is {result.median / ours.median:5.2f}x as fast"
        name = f"{result.name} ({result.version})"
        print(f"  {name:<42} {result.median * scale:8.3f} {unit:<2} ±{100 * result.spread:3.0f} %{ratio}", flush=True)


def draw(picture: "Figure", results: Sequence[Result]) -> None:
    """A row of bars for each task that has several contestants: how many times as long as ours each takes."""
    titles = [title for title in dict.fromkeys(r.title for r in results) if sum(r.title == title for r in results) > 1]
    picture.set_size_inches(9, 1.2 + 1.5 * len(titles))
    for number, title in enumerate(titles):
        axes = picture.add_subplot(len(titles), 1, number + 1)
        group = [result for result in results if result.title == title][::-1]
        ours = group[-1].median
        colors = ["#0072B2" if result.name.startswith("ours") else "#999999" for result in group]
        bars = axes.barh([result.name for result in group], [result.median / ours for result in group], color=colors)
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.set_title(title, loc="left", fontsize=10)
        axes.margins(x=0.1)
        axes.spines[["top", "right"]].set_visible(False)
    picture.supxlabel("times as long as ours; shorter is faster", fontsize=10)


#: The sections, in the order in which they run.
SECTIONS: dict[str, Callable[[Bench], None]] = {
    "train": Bench.train,
    "deep": Bench.deep,
    "predict": Bench.predict,
    "limit": Bench.limit,
    "scaling": Bench.scaling,
    "linear": Bench.linear,
    "whole": Bench.whole,
}

QUICK = ("train", "predict", "limit", "scaling")


@command("bench.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    add_arguments(parser, "runs", "metrics")
    parser.add_argument("--quick", action="store_true", help="a minute's look: fewer images, rounds and sections")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=positive_int, help="turns of each contestant (default: 5; quick: 2)")
    parser.add_argument("--threads", type=positive_int, default=os.cpu_count() or 1, help="default: all cores")
    arguments = parser.parse_args(argv)
    check_writable(arguments.metrics)
    bench = Bench(
        quick=arguments.quick, rounds=arguments.rounds or (2 if arguments.quick else 5), threads=arguments.threads
    )
    print(f"{runs.machine()}; {arguments.threads} threads; {time.strftime('%Y-%m-%d %H:%M')}")
    for name in contestants.NEEDS:
        if packages := contestants.missing(name):
            print(f"{name}: left out, {' and '.join(packages)} not installed")
    for name in arguments.only or (QUICK if arguments.quick else SECTIONS):
        SECTIONS[name](bench)
    results = [asdict(result) | {"median": result.median, "spread": result.spread} for result in bench.results]
    report = {"machine": runs.machine(), "threads": arguments.threads, "versions": runs.versions(), "results": results}
    folder = runs.new_run(arguments.runs, "bench")
    runs.write_json(folder / "bench.json", report)
    if arguments.metrics:
        runs.write_json(arguments.metrics, report)
    from apps.cli import plots

    plots.save(folder / "bench.png", draw, bench.results)
    print(f"\nFigures and picture: {folder}")
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())

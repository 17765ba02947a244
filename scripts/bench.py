"""Measure the speed of this library and of other frameworks, in one run on one machine.

Each framework runs in its own process with a warm-up. Their repetitions alternate, and the tables show medians.
Frameworks that are not installed (``pip install -e '.[peers]'``), or that fail, are named and left out.
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
from apps.cli.arguments import Parser, UsageError, add_arguments, positive_int
from apps.cli.command import SUCCESS, command
from apps.cli.outputs import JSON, Output, check_outputs
from scripts import frameworks
from scripts.frameworks.networks import NETWORKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
#: Seconds before each repetition: idle threads of the framework before spin for a while.
PAUSE = 0.5

#: Floating-point operations of training on one image: twice the multiply-adds of the forward pass (541,440), of the
#: weights' gradients (as many), and of the dense layers' input gradients (346,112 + 640).
TRAINING_FLOP = 2 * (2 * 541_440 + 346_752)


@dataclass
class Result:
    """The repetitions of one task by one framework.

    Attributes:
        title: of the task, for people.
        name: of the framework.
        version: of what runs the computations.
        unit: of the values.
        values: the result of each repetition, in order.
    """

    title: str
    name: str
    version: str
    unit: str = "s"
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median value."""
        return statistics.median(self.values)

    @property
    def half_iqr(self) -> float:
        """Half the interquartile range, as a share of the median."""
        if len(self.values) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return (high - low) / 2 / self.median


@contextlib.contextmanager
def killing(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Kill the process if an exception leaves the block."""
    try:
        yield
    except BaseException:
        process.kill()
        process.wait()
        raise


class Runner:
    """The process of one framework with one task; see ``frameworks``."""

    def __init__(self, title: str, name: str, task: str, threads: int) -> None:
        variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = os.environ | dict.fromkeys(variables, str(threads))
        command = [sys.executable, "-m", "scripts.frameworks", name, task, str(threads)]
        pipe = subprocess.PIPE
        # A file, because a full pipe would block a framework that prints a lot.
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  closed by close()
        self.process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=self._errors, text=True
        )
        self.result = Result(title, name, "")
        self.result.version = self._answer()["version"]

    def repeat(self) -> None:
        """Run one more repetition."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the process has ended; its answer says how
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        self.result.values.append(self._answer())

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        with killing(self.process):
            line = self.process.stdout.readline()
        try:
            return json.loads(line)
        except ValueError:
            self.process.communicate()
            self._errors.seek(0)
            last_error = "".join(self._errors.read().rstrip().splitlines()[-1:])
            self._errors.close()
            reason = line.strip() or last_error or f"exit status {self.process.returncode}"
            raise UsageError(f"{self.result.name} failed: {reason}") from None

    def close(self) -> Result:
        """End the process."""
        self.process.communicate()
        self._errors.close()
        return self.result


class Bench:
    """The measurements, one method per section; each prints its results and adds them to ``results``."""

    def __init__(self, *, quick: bool, rounds: int, threads: int, networks: Sequence[str] = ()) -> None:
        self.images = 12_000 if quick else 60_000
        self.rounds, self.threads, self.quick = rounds, threads, quick
        self.networks = networks
        self.results: list[Result] = []

    def alternate(self, workers: Sequence[Runner], rounds: int) -> list[Result]:
        """Run the repetitions of several workers in turn."""
        with contextlib.ExitStack() as stack:
            for worker in workers:
                stack.enter_context(killing(worker.process))
            for _ in range(rounds):
                for worker in workers:
                    time.sleep(PAUSE)
                    worker.repeat()
            results = [worker.close() for worker in workers]
        self.results += results
        return results

    def compare(
        self, title: str, task: str, names: Sequence[str], rounds: int, unit: str, scale: float
    ) -> list[Result]:
        """Run one task by several frameworks, ours first, and print a table."""
        workers = []
        for name in names:
            if frameworks.missing(name):
                continue
            try:
                workers.append(Runner(title, name, task, self.threads))
            except UsageError as error:
                if name == "ours":
                    raise
                print(f"{title}: left out, {error}")
        results = self.alternate(workers, rounds)
        print_table(results, unit, scale)
        return results

    def train(self) -> None:
        """An epoch of the baseline's training, beside PyTorch, Keras and JAX."""
        for batch_size in (32,) if self.quick else (32, 128):
            title = f"an epoch of the baseline CNN, {self.images:,} images, batch {batch_size}"
            task = f"train:baseline:{batch_size}:{self.images}"
            self.compare(title, task, frameworks.TRAINING, self.rounds, "s", 1)

    def predict(self) -> None:
        """Inference of the baseline, one image and batches, beside ONNX Runtime, OpenVINO, LiteRT and PyTorch."""
        print_speed_ups([group for network in self.networks or ("baseline",) for group in self.predict_all(network)])

    def predict_all(self, network: str) -> list[list[Result]]:
        """Inference of a network, one image and batches."""
        kinds = frameworks.PREDICTION_KINDS
        return [self.predict_with(network, kind, batch_size) for batch_size in (1, 1000) for kind in kinds]

    def predict_with(self, network: str, kind: str, batch_size: int) -> list[Result]:
        """One image's share of a prediction."""
        title = f"{network}: an image in batches of {batch_size:,}, {kind}"
        rounds = 2 * self.rounds
        task = f"{kind}:{network}:{batch_size}"
        return self.compare(title, task, frameworks.PREDICTION, rounds, "us", 1e6)

    def every(self) -> None:
        """Training and inference of every network, beside all frameworks; then the speed-ups, the worst first."""
        groups = []
        for network in self.networks or NETWORKS:
            for batch_size in (32, 128):
                count = 50 * batch_size
                title = f"{network}: {count:,} images of training, batch {batch_size}"
                task = f"train:{network}:{batch_size}:{count}"
                groups.append(self.compare(title, task, frameworks.TRAINING, self.rounds, "s", 1))
            groups += self.predict_all(network)
        print_speed_ups(groups)

    def limit(self) -> None:
        """The share of the machine's matrix-product rate that training reaches."""
        task = f"train:baseline:32:{self.images}"
        training = Runner("an epoch, beside the matrix product", "ours", task, self.threads)
        product = Runner("a product of two 2048 x 2048 matrices", "ours", "limit", self.threads)
        product.result.unit = "GFLOP/s"
        self.alternate([training, product], self.rounds)
        rate = self.images * TRAINING_FLOP / training.result.median / 1e9
        peak = product.result.median
        print(f"\na large matrix product (NumPy): {peak:.0f} GFLOP/s; our training, batch 32: {rate:.0f} GFLOP/s,")
        print(f"  {100 * rate / peak:.0f} % of it")

    def scaling(self) -> None:
        """The speed-up of training with all threads over one."""
        title, task = "an epoch on {} threads", f"train:baseline:32:{self.images}"
        workers = [Runner(title.format(count), "ours", task, count) for count in (1, self.threads)]
        one, many = self.alternate(workers, self.rounds)
        print(f"\nspeed-up of {self.threads} threads over one: {one.median / many.median:.2f}")

    def linear(self) -> None:
        """Training time per image as the number of images grows."""
        counts = (10_000, 20_000, 40_000, 60_000)
        workers = [Runner(f"an epoch of {n:,} images", "ours", f"growth:32:{n}", self.threads) for n in counts]
        results = self.alternate(workers, self.rounds)
        print("\nmicroseconds per image as the number of images grows:")
        for count, result in zip(counts, results, strict=True):
            print(f"  {count:>6,} images  {1e6 * result.median / count:6.2f} ±{100 * result.half_iqr:3.0f} %")

    def whole(self) -> None:
        """train.py from process start to saved weights, with and without cached kernels, beside Keras."""
        title = "train.py, 5 epochs, process start to saved weights"
        ours, cold = (Result(title, name, frameworks.version("ours")) for name in ("ours", "ours, empty cache"))
        keras = Result(title, "keras", "")
        memory = []
        for _ in range(max(1, self.rounds // 2)):
            seconds, mib = time_training({})
            ours.values.append(seconds)
            memory.append(mib)
            with tempfile.TemporaryDirectory() as empty:
                cold.values.append(time_training({"NUMBA_CACHE_DIR": empty})[0])
            if not frameworks.missing("keras"):
                keras.values.append(time_keras())
        if keras.values:
            keras.version = frameworks.version("keras")
            print(f"\nspeed-up over Keras with an empty cache: {keras.median / cold.median:.2f}")
        present = [result for result in (ours, cold, keras) if result.values]
        print_table(present, "s", 1)
        print(f"  peak memory of train.py: {max(memory):.0f} MiB")
        self.results += present

    def time_to_accuracy(self) -> None:
        """Process start until 99 % of MNIST's test images are right, at least 10 times, beside PyTorch."""
        names = [name for name in ("ours", "pytorch") if not frameworks.missing(name)]
        title = f"process start to {frameworks.ACCURACY:.0%} on MNIST"
        results = [Result(title, name, frameworks.version(name)) for name in names]
        failures = dict.fromkeys(names, 0)
        for seed in range(max(10, self.rounds)):
            for result in results:
                try:
                    result.values.append(time_program(result.name, f"accuracy:{seed}", self.threads))
                except subprocess.CalledProcessError:
                    failures[result.name] += 1
        reached = [result for result in results if result.values]
        if reached:
            print_table(reached, "s", 1)
        for result in reached:
            mean, deviation = statistics.mean(result.values), statistics.pstdev(result.values)
            print(f"  {result.name}: mean {mean:.2f} s, standard deviation {deviation:.2f} s")
        for name in names:
            print(f"  {name}: {failures[name]} of {max(10, self.rounds)} seeds did not reach it")
        self.results += reached


def time_training(environment: dict[str, str]) -> tuple[float, float]:
    """Seconds from the start of train.py until its weights are saved, and its peak memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        weights, metrics = Path(folder, "weights.npz"), Path(folder, "metrics.json")
        # The plain recipe is what Keras trains, too.
        options = ["--recipe", "plain", "--out", weights, "--runs", folder, "--metrics", metrics, "--quiet"]
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "scripts/train.py", *map(str, options)],
            env=os.environ | environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        with killing(process):
            while not weights.exists() and process.poll() is None:
                time.sleep(0.005)
            seconds = time.perf_counter() - start
            process.wait()
        if process.returncode != 0:
            raise UsageError("train.py failed")
        return seconds, json.loads(metrics.read_text())["peak_rss_mib"]


def time_keras() -> float:
    """Seconds of the same training in Keras."""
    with tempfile.TemporaryDirectory() as folder:
        return time_program("keras", f"whole:{Path(folder, 'weights.keras')}", os.cpu_count() or 1)


def time_program(name: str, task: str, threads: int) -> float:
    """Seconds from the start of a framework's program to its end; CalledProcessError if it fails."""
    command = [sys.executable, "-m", "scripts.frameworks", name, task, str(threads)]
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def print_table(results: Sequence[Result], unit: str, scale: float) -> None:
    """Medians, half interquartile ranges, and our speed-up over each other result."""
    ours = results[0]
    print(f"\n{ours.title} (n = {len(ours.values)})")
    for result in results:
        speed_up = "" if result is ours else f"  speed-up {result.median / ours.median:5.2f}"
        name = f"{result.name} ({result.version})"
        print(
            f"  {name:<42} {result.median * scale:8.3f} {unit:<2} ±{100 * result.half_iqr:3.0f} %{speed_up}", flush=True
        )


def print_speed_ups(groups: Sequence[Sequence[Result]]) -> None:
    """One line a task: how many times as fast as the best other framework ours is, the smallest first."""
    rows = []
    for ours, *others in groups:
        if others:
            best = min(others, key=lambda result: result.median)
            rows.append((best.median / ours.median, ours.title, best.name))
    if rows:
        print("\nspeed-up over the best other framework:")
    for speed_up, title, name in sorted(rows):
        print(f"  {speed_up:6.2f}  {title} ({name})")


def draw(figure: "Figure", results: Sequence[Result]) -> None:
    """A row of bars for each task of several frameworks: their time relative to ours."""
    titles = [title for title in dict.fromkeys(r.title for r in results) if sum(r.title == title for r in results) > 1]
    figure.set_size_inches(9, 1.2 + 1.5 * len(titles))
    for number, title in enumerate(titles):
        axes = figure.add_subplot(len(titles), 1, number + 1)
        group = [result for result in results if result.title == title][::-1]
        ours = group[-1].median
        colors = ["#0072B2" if result.name.startswith("ours") else "#999999" for result in group]
        bars = axes.barh([result.name for result in group], [result.median / ours for result in group], color=colors)
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.set_title(title, loc="left", fontsize=10)
        axes.margins(x=0.1)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("time relative to ours; shorter is faster", fontsize=10)


#: The sections, in the order in which they run.
SECTIONS: dict[str, Callable[[Bench], None]] = {
    section.__name__: section
    for section in (
        *(Bench.train, Bench.predict, Bench.every, Bench.limit, Bench.scaling, Bench.linear, Bench.whole),
        Bench.time_to_accuracy,
    )
}

QUICK = ("train", "predict", "limit", "scaling")


@command("bench.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    parser = Parser(__doc__)
    parser.epilog = "sections:\n" + "\n".join(f"  {name:<8} {body.__doc__}" for name, body in SECTIONS.items())
    add_arguments(parser, "runs", "metrics")
    parser.add_argument("--quick", action="store_true", help="about a minute: fewer images, repetitions and sections")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help="these sections; see below")
    parser.add_argument(
        "--time-to-accuracy",
        action="store_const",
        const=["time_to_accuracy"],
        dest="only",
        help="the same as --only time_to_accuracy",
    )
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=(), help="of the sections predict, every")
    parser.add_argument("--rounds", type=positive_int, help="repetitions of each framework (default: 5; quick: 2)")
    parser.add_argument("--threads", type=positive_int, default=os.cpu_count() or 1, help="default: all cores")
    arguments = parser.parse_args(argv)
    check_outputs(Output("--metrics", arguments.metrics, JSON))
    rounds = arguments.rounds or (2 if arguments.quick else 5)
    bench = Bench(quick=arguments.quick, rounds=rounds, threads=arguments.threads, networks=arguments.networks)
    print(f"{runs.machine()}; {arguments.threads} threads; {time.strftime('%Y-%m-%d %H:%M')}")
    for name in frameworks.PACKAGES:
        if packages := frameworks.missing(name):
            print(f"{name}: left out, {' and '.join(packages)} not installed")
    for name in arguments.only or (QUICK if arguments.quick else SECTIONS):
        SECTIONS[name](bench)
    results = [asdict(result) | {"median": result.median, "half_iqr": result.half_iqr} for result in bench.results]
    report = {"machine": runs.machine(), "threads": arguments.threads, "versions": runs.versions(), "results": results}
    folder = runs.new_run(arguments.runs, "bench")
    runs.write_json(report, folder / "bench.json", arguments.metrics)
    from apps.cli import plots

    plots.save(folder / "bench.png", draw, bench.results)
    print(f"\nMetrics and plot: {folder}")
    return SUCCESS


if __name__ == "__main__":
    sys.exit(main())

"""Compare architectures and recipes, each trained from several seeds, in processes here or on a Dask cluster.

Every finished run is kept in the folder of the comparison; given that again, only what is missing is trained. Choices
are made on images that are held out of the training set; --split test is for the last line of a report.
"""

import argparse
import concurrent.futures
import dataclasses
import itertools
import json
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli import comparison, executors, runs, trials
from apps.cli.arguments import Parser, UsageError, add_arguments, check_writable, positive_int
from apps.cli.command import PARTLY_FAILED, SUCCESS, command, one_line, print_error
from apps.cli.comparison import Figures, Pair
from apps.cli.trials import Outcome, Trial
from nn import metrics, recipes, zoo
from nn.atomic import atomic_write
from nn.data import mnist
from nn.digits.rasterize import SIDE
from nn.digits.stroke_files import read_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES
from nn.errors import DataError

#: The file that keeps what the command asked for, and which arguments that is.
ASKED = "comparison.json"
KEPT = ("arch", "recipe", "seeds", "epochs", "data", "strokes", "split", "validation")


@dataclasses.dataclass
class Comparison:
    """What there is to do, and what is done.

    Attributes:
        folder: keeps the runs.
        files: the runs, each with its file.
        images, labels: what is judged on.
        strokes: what is judged on as well, if anything.
        done: what came of the runs that have succeeded.
    """

    folder: Path
    files: dict[Trial, Path]
    images: np.ndarray
    labels: np.ndarray
    strokes: StrokeSet | None
    done: dict[Trial, Outcome] = dataclasses.field(default_factory=dict)

    @property
    def left(self) -> list[Trial]:
        """The runs that are still to be made."""
        return [trial for trial in self.files if trial not in self.done]

    def take_up(self) -> None:
        """Take what earlier commands have left in the folder."""
        self.done |= {trial: trials.load(path) for trial, path in self.files.items() if path.exists()}

    def keep(self, trial: Trial, outcome: Outcome) -> None:
        """A run has succeeded."""
        trials.save(self.files[trial], trial, outcome)
        self.done[trial] = outcome


@command("compare.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _arguments(argv)
    check_writable(arguments.metrics)
    task = _task(arguments)
    runs.write_json(task.folder / ASKED, _asked(arguments))
    task.take_up()
    if not arguments.quiet:
        print(f"{len(task.files)} runs, {len(task.done)} of them done before; kept in {task.folder}", flush=True)
    try:
        if task.left:
            _train(task, arguments)
    except KeyboardInterrupt:
        print(_how_to_go_on(task.folder))
        raise
    if task.done:
        _report(task, arguments)
    if task.left:
        print(_how_to_go_on(task.folder))
        return PARTLY_FAILED
    return SUCCESS


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.resume:
        # What the comparison was begun with holds, unless the command line says otherwise.
        parser.set_defaults(**_asked_before(arguments.resume))
        arguments = parser.parse_args(argv)
    for one, other in (("out", "resume"), ("jobs", "scheduler")):
        if getattr(arguments, one) and getattr(arguments, other):
            raise UsageError(f"--{one}, --{other}: expected one of the two, got both")
    return arguments


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
        parser,
        *("arch", "recipe", "epochs", "data", "out", "runs", "metrics", "quiet"),
        arch={"nargs": "+", "default": ["baseline"]},
        recipe={"nargs": "+", "default": ["default"]},
        epochs={"help": "passes over the training images (default: each recipe's)"},
        out={"metavar": "DIR", "help": "folder of the comparison (default: <runs>/<time>-compare)"},
    )
    parser.add_argument(
        "--seeds", metavar="N", type=positive_int, default=5, help="train each from seeds 0 to N - 1 (default: 5)"
    )
    parser.add_argument("--strokes", metavar="FILE.npz", type=Path, help="judge on this set of pen strokes as well")
    parser.add_argument(
        "--split",
        choices=("validation", "test"),
        default="validation",
        help="judge on held-out training images, or train on all of them and read the test set (default: validation)",
    )
    parser.add_argument(
        "--validation",
        metavar="N",
        type=positive_int,
        default=5000,
        help="how many training images to hold out, of each class its share and always the same (default: 5000)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=positive_int,
        help="train so many at a time, each with its share of the cores (default: 1)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on a Dask cluster (tcp://HOST:8786), whose workers have this package and the data: "
        "dask worker ADDRESS --nthreads 1",
    )
    parser.add_argument(
        "--resume", metavar="DIR", type=Path, help="go on with the comparison in this folder, as it was asked for there"
    )
    return parser


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    values = {name: getattr(arguments, name) for name in KEPT}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def _asked_before(folder: Path) -> dict[str, Any]:
    path = folder / ASKED
    if not path.is_file():
        raise UsageError(f"{folder}: no comparison to go on with: it has no {ASKED}")
    try:
        asked = json.loads(path.read_bytes())
        return {name: asked[name] for name in KEPT}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise DataError(f"{path}: expected what a comparison asked for, found something else") from None


def _task(arguments: argparse.Namespace) -> Comparison:
    data = mnist.load(arguments.data, progress=not arguments.quiet)
    held_out = arguments.validation if arguments.split == "validation" else 0
    if held_out >= len(data.train_images):
        raise UsageError(f"--validation: expected fewer than {len(data.train_images)} images, got {held_out}")
    strokes = _strokes(arguments, data)
    planned = _trials(arguments, data, held_out)
    folder = arguments.resume or arguments.out or runs.new_run(arguments.runs, "compare")
    _, _, images, labels = trials.parts(data, held_out)
    return Comparison(folder, {trial: trial.path(folder, strokes) for trial in planned}, images, labels, strokes)


def _strokes(arguments: argparse.Namespace, data: mnist.Dataset) -> StrokeSet | None:
    if not arguments.strokes:
        return None
    strokes = read_stroke_set(arguments.strokes)
    if not len(strokes):
        raise UsageError(f"{arguments.strokes}: expected at least one sample, found none")
    expected, found = (SIDE, SIDE, CLASSES), (*data.train_images.shape[1:], data.classes)
    if found != expected:
        raise UsageError(f"--strokes: expected images and classes {expected}, but {data.folder} holds {found}")
    return strokes


def _trials(arguments: argparse.Namespace, data: mnist.Dataset, held_out: int) -> list[Trial]:
    """All runs that are asked for, seed by seed, so that an interruption leaves something of each contender."""
    contenders = {}
    for arch, recipe in itertools.product(arguments.arch, arguments.recipe):
        names = Path(arch).stem, Path(recipe).stem
        if names in contenders:
            raise UsageError(f"--arch, --recipe: expected each name once, got {', '.join(names)} twice")
        contenders[names] = _network(arch, data), _settings(recipe, arch, arguments)
    fingerprints = trials.fingerprints_of(data)
    folder = arguments.data and str(arguments.data.resolve())
    return [
        Trial(*names, seed, network, settings, folder, fingerprints, held_out)
        for seed in range(arguments.seeds)
        for names, (network, settings) in contenders.items()
    ]


def _network(arch: str, data: mnist.Dataset) -> dict[str, Any]:
    try:
        return zoo.build(arch, (*data.train_images.shape[1:], 1), data.classes).config()
    except ValueError as error:
        raise UsageError(f"--arch {arch}: {error}") from None


def _settings(name: str, arch: str, arguments: argparse.Namespace) -> dict[str, Any]:
    try:
        recipe = recipes.get(name, arch)
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    if recipe.patience and arguments.split == "test":
        raise UsageError(f"--split test: recipe {name} has patience, which takes images to validate with")
    return dataclasses.replace(recipe, epochs=arguments.epochs or recipe.epochs).to_dict()


def _train(task: Comparison, arguments: argparse.Namespace) -> None:
    """Make the runs that are left, and keep each as it ends. One that fails is a line on stderr."""
    total, before = len(task.files), len(task.done)
    with (
        _executor(arguments, len(task.left)) as pool,
        tqdm(total=total, initial=before, unit=" runs", disable=arguments.quiet, leave=False) as bar,
    ):
        futures = {pool.submit(trials.run, trial, task.strokes): trial for trial in task.left}
        for future in concurrent.futures.as_completed(futures):
            trial = futures.pop(future)
            try:
                outcome = future.result()
            except Exception as error:  # whatever it is, the other runs go on
                with bar.external_write_mode(sys.stderr):
                    print_error("compare.py", f"{trial}: {one_line(error)}")
            else:
                task.keep(trial, outcome)
                if not arguments.quiet:
                    percent = 100 * metrics.accuracy(task.labels, outcome.answers)
                    bar.write(f"{trial}: {percent:.2f} % in {outcome.seconds:.1f} s", file=sys.stdout)
                    sys.stdout.flush()
            bar.update()


def _executor(arguments: argparse.Namespace, most: int) -> AbstractContextManager[concurrent.futures.Executor]:
    if arguments.scheduler:
        return executors.cluster(arguments.scheduler)
    return executors.processes(min(arguments.jobs or 1, most))


def _how_to_go_on(folder: Path) -> str:
    return f"Go on with: python scripts/compare.py --resume {shlex.quote(os.fspath(folder))}"


def _report(task: Comparison, arguments: argparse.Namespace) -> None:
    """Print the tables; write them, the picture and the figures."""
    outcomes = {trial: task.done[trial] for trial in task.files if trial in task.done}
    stroke_labels = None if task.strokes is None else task.strokes.label
    contenders = comparison.figures(outcomes, task.images, task.labels, stroke_labels)
    compared = comparison.pairs(outcomes, task.labels)
    judged_on = f"{len(task.labels):,} {arguments.split} images"
    text = _text(contenders, compared, judged_on, arguments)
    print(f"\n{text}" if not arguments.quiet else text, flush=True)
    with atomic_write(task.folder / "table.md") as file:
        file.write(f"{text}\n".encode())
    report = {
        "split": arguments.split,
        "n": len(task.labels),
        "contenders": [
            dataclasses.asdict(figures) | {"accuracy": figures.accuracy, "deviation": figures.deviation}
            for figures in contenders
        ],
        "pairs": [dataclasses.asdict(pair) for pair in compared],
        "missing": [str(trial) for trial in task.left],
        "machine": runs.machine(),
        "versions": runs.versions(),
    }
    if arguments.metrics:
        runs.write_json(arguments.metrics, report)
    _draw(contenders, judged_on, task.folder)
    runs.write_json(task.folder / runs.METRICS, report)
    if not arguments.quiet:
        print(f"\nWeights, figures and picture: {task.folder}", flush=True)


def _text(
    contenders: Sequence[Figures], compared: Sequence[Pair], judged_on: str, arguments: argparse.Namespace
) -> str:
    workers = f"on {arguments.scheduler}" if arguments.scheduler else f"{arguments.jobs or 1} at a time"
    parts = [
        f"Judged on {judged_on}; trained {workers}; timed on {runs.machine()}.",
        comparison.table_of_figures(contenders),
        "Training time is the median. The interval is Student's for the mean of all seeds, or of one run Wilson's.",
    ]
    if compared:
        parts += [
            "Two networks of one seed, by McNemar's exact test on the images that one of them alone reads right:",
            comparison.table_of_pairs(compared),
        ]
    return "\n\n".join(parts)


def _draw(contenders: Sequence[Figures], judged_on: str, folder: Path) -> None:
    from apps.cli import plots

    title = f"Accuracy on {judged_on}, with its 95 % interval"
    plots.save(folder / "comparison.png", comparison.draw, contenders, title=title)


if __name__ == "__main__":
    sys.exit(main())

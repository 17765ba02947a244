"""Compare architectures and recipes, each trained with several seeds, in local processes or on a Dask cluster.

Each finished run is kept in the folder of the comparison; with the same folder, only missing runs are trained.
Choose by the held-out training images; --part test is for the final result only.
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
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli import comparison_report, comparison_run, executors, runs
from apps.cli.arguments import Parser, UsageError, add_arguments, parse_resumed, positive_int, user_path
from apps.cli.command import PARTLY_FAILED, SUCCESS, command, print_error
from apps.cli.comparison_run import RunResult, RunSpec
from apps.cli.datasets import DATA_ARGUMENTS, add_data_arguments, load_data
from apps.cli.outputs import JSON, Output, check_outputs
from apps.cli.program import program_name
from apps.cli.shipped import CONFIGURATIONS
from apps.cli.training_run import build_network
from nn import metrics, recipes
from nn.data import mnist
from nn.digits.rasterize import SIDE
from nn.digits.stroke_files import read_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import CLASSES
from nn.errors import DataError, one_line

#: The file that keeps the arguments of a comparison, and which arguments a resumed one takes from it.
ARGUMENTS_FILE = "comparison.json"
RESUMED_ARGUMENTS = ("arch", "recipe", "shipped", "seeds", "epochs", *DATA_ARGUMENTS, "strokes", "part", "validation")


@dataclasses.dataclass
class Comparison:
    """The runs of a comparison.

    Attributes:
        folder: of the results.
        files: for each run, the file of its result.
        images, labels: to evaluate on.
        strokes: to evaluate on as well, or None.
        results: of the runs that have finished.
    """

    folder: Path
    files: dict[RunSpec, Path]
    images: np.ndarray
    labels: np.ndarray
    strokes: StrokeSet | None
    results: dict[RunSpec, RunResult]

    @property
    def missing(self) -> list[RunSpec]:
        """The runs that have not finished."""
        return [spec for spec in self.files if spec not in self.results]


@command("compare.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _arguments(argv)
    inputs = [arguments.data, arguments.strokes, *map(Path, arguments.arch + arguments.recipe)]
    check_outputs(Output("--metrics", arguments.metrics, JSON), inputs=inputs)
    comparison = _comparison(arguments)
    folder = comparison.folder
    runs.write_json(runs.arguments_as_json(arguments, RESUMED_ARGUMENTS), folder / ARGUMENTS_FILE)
    if not arguments.quiet:
        total, finished = len(comparison.files), len(comparison.results)
        print(f"{total} runs, {finished} of them finished before; in {folder}", flush=True)
    resume = f"Resume with: {program_name('python scripts/compare.py')} --resume {shlex.quote(os.fspath(folder))}"
    try:
        if comparison.missing:
            _train(comparison, arguments)
    except KeyboardInterrupt:
        print(resume)
        raise
    if comparison.results:
        _report(comparison, arguments)
    if comparison.missing:
        print(resume)
        return PARTLY_FAILED
    return SUCCESS


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.resume:
        arguments = _parse_resumed(parser, argv, arguments.resume / ARGUMENTS_FILE)
    for one, other in (("out", "resume"), ("jobs", "scheduler")):
        if getattr(arguments, one) and getattr(arguments, other):
            raise UsageError(f"--{one}, --{other}: expected one of the two, got both")
    return arguments


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
        parser,
        *("arch", "recipe", "epochs", "out", "runs", "metrics", "quiet"),
        arch={"nargs": "+", "default": ["baseline"]},
        recipe={"nargs": "+", "default": ["default"], "help": recipes.describe()},
        epochs={"help": "passes over the training images (default: each recipe's)"},
        out={"metavar": "DIR", "help": "folder of the comparison (default: <runs>/<time>-compare)"},
    )
    parser.add_argument(
        "--shipped",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="the architectures and recipes of the shipped weights, instead of --arch and --recipe",
    )
    parser.add_argument(
        "--seeds", metavar="N", type=positive_int, default=5, help="train each from seeds 0 to N - 1 (default: 5)"
    )
    parser.add_argument("--strokes", metavar="FILE.npz", type=user_path, help="evaluate on this stroke set as well")
    add_data_arguments(
        parser,
        parts=("validation", "test"),
        part_help="evaluate on held-out training images, or train on all of them and use the test set",
    )
    parser.add_argument(
        "--validation",
        metavar="N",
        type=positive_int,
        default=5000,
        help="number of training images to hold out, stratified and always the same (default: 5000)",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=positive_int, help="number of runs at a time, which share the cores (default: 1)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on a Dask cluster (tcp://HOST:8786), whose workers have this package and the data: "
        "dask worker ADDRESS --nthreads 1",
    )
    parser.add_argument(
        "--resume", metavar="DIR", type=user_path, help="resume the comparison in this folder, with its arguments"
    )
    return parser


def _parse_resumed(parser: Parser, argv: Sequence[str] | None, path: Path) -> argparse.Namespace:
    if not path.is_file():
        raise UsageError(f"{path.parent}: no comparison to resume: it has no {path.name}")
    try:
        saved = json.loads(path.read_bytes())
        if "part" not in saved:  # of version 0.1
            saved |= {"part": saved["split"], "split": None, "transpose": None}
        values = {name: saved[name] for name in RESUMED_ARGUMENTS if name in saved or name != "shipped"}
        return parse_resumed(parser, argv, {name: value for name, value in values.items() if value is not None})
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, UsageError):  # of this command line
            raise
        raise DataError(f"{path}: expected the arguments of a comparison, found something else") from None


def _comparison(arguments: argparse.Namespace) -> Comparison:
    """The runs that the arguments ask for, with the results that the folder has."""
    data = load_data(arguments)
    held_out = arguments.validation if arguments.part == "validation" else 0
    try:
        _, _, images, labels = data.split(held_out)
    except ValueError as error:
        raise UsageError(f"--validation: {error}; set it to a smaller number") from None
    strokes = _strokes(arguments, data)
    specs = _specs(arguments, data, held_out)
    folder = arguments.resume or arguments.out or runs.new_run(arguments.runs, "compare")
    files = {spec: spec.path(folder, strokes) for spec in specs}
    results = {spec: comparison_run.load(path) for spec, path in files.items() if path.exists()}
    return Comparison(folder, files, images, labels, strokes, results)


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


def _specs(arguments: argparse.Namespace, data: mnist.Dataset, held_out: int) -> list[RunSpec]:
    """All runs, seed by seed, so that an interrupted comparison has results of each configuration."""
    configurations = {}
    for arch, recipe in CONFIGURATIONS if arguments.shipped else itertools.product(arguments.arch, arguments.recipe):
        names = Path(arch).stem, Path(recipe).stem
        if names in configurations:
            raise UsageError(f"--arch, --recipe: expected each name once, got {', '.join(names)} twice")
        configurations[names] = _configuration(arch, recipe, arguments, data)
    checksums = comparison_run.checksums_of(data)
    folder = arguments.data and str(data.folder.resolve())
    return [
        RunSpec(*names, seed, network, settings, folder, checksums, held_out, arguments.split, arguments.transpose)
        for seed in range(arguments.seeds)
        for names, (network, settings) in configurations.items()
    ]


def _configuration(
    arch: str, name: str, arguments: argparse.Namespace, data: mnist.Dataset
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The description of the network of an architecture and a recipe, and the recipe's settings."""
    try:
        recipe = recipes.get(name, arch)
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    if recipe.patience and arguments.part == "test":
        raise UsageError(f"--part test: recipe {name} has patience, which needs validation images")
    recipe = dataclasses.replace(recipe, epochs=arguments.epochs or recipe.epochs)
    network = build_network(arch, recipe, data.image_shape, data.classes)
    return network.config(), recipe.to_dict()


def _train(comparison: Comparison, arguments: argparse.Namespace) -> None:
    """Execute the missing runs, and save each result at once. A run that fails is one line on stderr."""
    total, before = len(comparison.files), len(comparison.results)
    jobs = min(arguments.jobs or 1, len(comparison.missing))
    with (
        executors.cluster(arguments.scheduler) if arguments.scheduler else executors.processes(jobs) as pool,
        tqdm(total=total, initial=before, unit=" runs", disable=arguments.quiet, leave=False) as bar,
    ):
        futures = {pool.submit(comparison_run.execute, spec, comparison.strokes): spec for spec in comparison.missing}
        for future in concurrent.futures.as_completed(futures):
            spec = futures.pop(future)
            try:
                result = future.result()
            except Exception as error:  # of any kind: the other runs continue
                with bar.external_write_mode(sys.stderr):
                    print_error("compare.py", f"{spec}: {one_line(error)}")
            else:
                comparison_run.save(comparison.files[spec], spec, result)
                comparison.results[spec] = result
                if not arguments.quiet:
                    percent = 100 * metrics.accuracy(comparison.labels, result.answers)
                    bar.write(f"{spec}: {percent:.2f} % in {result.seconds:.1f} s", file=sys.stdout)
                    sys.stdout.flush()
            bar.update()


def _report(comparison: Comparison, arguments: argparse.Namespace) -> None:
    """Print the tables; write them, the figure and the metrics."""
    report = comparison_report.make_report(
        {spec: comparison.results[spec] for spec in comparison.files if spec in comparison.results},
        comparison.images,
        comparison.labels,
        None if comparison.strokes is None else comparison.strokes.label,
        data=f"{len(comparison.labels):,} {arguments.part} images",
    )
    workers = f"on {arguments.scheduler}" if arguments.scheduler else f"{arguments.jobs or 1} at a time"
    text = report.text(workers)
    print(text if arguments.quiet else f"\n{text}", flush=True)
    values = {
        "split": arguments.part,
        "n": len(comparison.labels),
        **report.to_dict(),
        "missing": [str(spec) for spec in comparison.missing],
        "machine": runs.machine(),
        "versions": runs.versions(),
    }
    report.write(comparison.folder, text)
    runs.write_json(values, arguments.metrics, comparison.folder / runs.METRICS)
    if not arguments.quiet:
        print(f"\nWeights, metrics and figure: {comparison.folder}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""The results of a training: the evaluation on the test set, the weights file, metrics and figures."""

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.cli import runs
from apps.cli.datasets import reading_options
from apps.cli.evaluation.report import EvaluationReport, evaluate_predictions
from apps.cli.training_arguments import IMMUTABLE_ARGUMENTS, RECIPE_ARGUMENTS, make_parser
from apps.cli.training_run import TrainingRun
from nn import checkpoint, platforms, recipes
from nn.data import mnist
from nn.fold import optimize_for_inference
from nn.ops import backend
from nn.quantize import round_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def finish(
    run: TrainingRun, arguments: argparse.Namespace, data: mnist.Dataset, folder: Path, other_set: str | None
) -> Callable[["Figure"], None]:
    """Evaluate the network; write its weights, metrics and figures. Returns what draws the samples."""
    model = run.trainer.model
    if arguments.precision == "int8":
        round_weights(model.parameters)  # evaluate what the file holds
    probabilities = optimize_for_inference(model).predict(data.test_images)[:, : data.classes]
    evaluation = evaluate_predictions(data.test_labels, probabilities.argmax(axis=1), data.classes, data.class_names)
    metrics = _metrics(run, arguments, evaluation)
    checkpoint.save(
        arguments.out, model, _provenance(run, arguments, evaluation, other_set), precision=arguments.precision
    )
    runs.write_json(metrics, arguments.metrics)
    low, high = evaluation.interval
    print(f"Test accuracy: {evaluation.accuracy:.4f}")
    print(f"95 % interval: {low:.4f} to {high:.4f}, from {evaluation.n:,} images", flush=True)
    runs.write_history(folder / "history.csv", run.history)
    draw_samples = _draw(run, data, probabilities, evaluation, folder)
    runs.write_json(metrics, folder / runs.METRICS)  # last: it marks the run as finished
    if not arguments.quiet:
        print(f"Weights: {arguments.out}\nMetrics and figures: {folder}", flush=True)
    return draw_samples


def _metrics(run: TrainingRun, arguments: argparse.Namespace, evaluation: EvaluationReport) -> dict[str, Any]:
    return {
        "arch": arguments.arch,
        "seed": arguments.seed,
        "batch_size": arguments.batch_size,
        "learning_rate": arguments.learning_rate,
        "recipe": run.trainer.recipe.to_dict(),
        "epochs": run.history,
        "test_accuracy": evaluation.accuracy,
        "test_interval": list(evaluation.interval),
        "train_seconds": sum(entry["seconds"] for entry in run.history),
        "threads": backend.thread_count(),
        "compile_seconds": backend.compile_seconds(),
        "peak_rss_mib": platforms.peak_rss_mib(),
        "versions": runs.versions(),
    }


def _provenance(
    run: TrainingRun, arguments: argparse.Namespace, evaluation: EvaluationReport, other_set: str | None
) -> dict[str, Any]:
    """The metadata of the weights file. It depends only on the weights, not on the time and place of the training."""
    values = {name: getattr(arguments, name) for name in (*IMMUTABLE_ARGUMENTS, "epochs", "precision")}
    defaults = vars(make_parser().parse_args([]))
    if arguments.recipe in recipes.RECIPES:
        recipe = recipes.get(arguments.recipe, arguments.arch)
        defaults |= {name: getattr(recipe, name) for name in RECIPE_ARGUMENTS}
    options = [f"--{name.replace('_', '-')} {value}" for name, value in values.items() if value != defaults[name]]
    initial = {} if arguments.initial_weights is None else {"initial_weights": arguments.initial_weights.name}
    options += [f"--initial-weights {shlex.quote(name)}" for name in initial.values()]
    if other_set is not None:
        options.append(f"--data {shlex.quote(other_set)}")
    options += map(shlex.quote, reading_options(arguments))
    calibration = run.trainer.calibrate(arguments.seed)
    return {
        "command": " ".join(["digits train", *options]),
        **values,
        **initial,
        "settings": run.trainer.recipe.to_dict(),
        "normalization": "uint8 / 255",
        "data_crc32": run.checksum,
        "test_images": evaluation.n,
        "test_accuracy": evaluation.accuracy,
        "versions": runs.versions(),
        **({} if evaluation.class_names is None else {"class_names": list(evaluation.class_names)}),
        **({} if calibration is None else {"calibration": calibration.to_dict()}),
    }


def _draw(
    run: TrainingRun, data: mnist.Dataset, probabilities: np.ndarray, evaluation: EvaluationReport, folder: Path
) -> Callable[["Figure"], None]:
    """Write the figures. Returns what draws the samples."""
    from apps.cli import plots

    arch, percent = run.arguments["arch"], 100 * evaluation.accuracy
    title = f"{arch}: {percent:.2f} % of {evaluation.n:,} test images are read correctly"
    confusion, names = evaluation.table()
    plots.save(folder / "curves.png", plots.draw_curves, run.history, title=title, test_accuracy=evaluation.accuracy)
    plots.save(folder / "confusion.png", plots.draw_confusion, confusion, title=title, names=names)

    def draw_samples(figure: "Figure") -> None:
        plots.draw_samples(
            figure, data.test_images, data.test_labels, probabilities, title=title, names=data.class_names
        )

    plots.save(folder / "samples.png", draw_samples)
    return draw_samples

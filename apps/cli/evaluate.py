"""Evaluate a network on the images of a data set, or on strokes drawn again at random sizes and places.

Prints the accuracy with its 95 % Wilson interval and the confusion matrix; plots the highest-confidence errors. Several
files of weights are evaluated as an ensemble, by the mean of their probabilities. On strokes, a rejected drawing counts
as wrong; --sweep, --lines and --fine-tune measure more.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli import runs
from apps.cli.arguments import Parser, UsageError, add_arguments, expand_patterns, positive_int, user_path
from apps.cli.command import SUCCESS, command
from apps.cli.datasets import add_data_arguments, load_data
from apps.cli.evaluation import fine_tuning, lines, perturbation_sweep, recognition
from apps.cli.evaluation.report import REJECTED, EvaluationReport, evaluate_predictions
from apps.cli.outputs import JSON, Output, check_outputs
from nn import metrics
from nn.digits.recognizer import DEFAULT_WEIGHTS, Prediction, Recognizer
from nn.digits.stroke_files import read_stroke_set
from nn.digits.strokes import replay
from nn.digits.synthesis import NON_DIGIT
from nn.ensemble import Ensemble, average
from nn.errors import DataError

BATCH = 500  # drawings between two updates of the progress bar
MAX_TITLE = 40  # characters of the networks' names


@dataclass(frozen=True)
class Evaluation:
    """Predictions for a set of samples, and their metrics.

    Attributes:
        title: the networks and the samples, in words.
        images: (N, H, W), what the network was shown.
        labels, predictions: (N,) integers; a prediction may be `REJECTED`.
        probabilities: (N, classes).
        report: accuracy and confusion matrix.
        metrics: all metrics, as JSON values.
        lines: the metrics as text.
    """

    title: str
    images: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray
    report: EvaluationReport
    metrics: dict[str, Any]
    lines: list[str]


@command("evaluate.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    if not arguments.strokes and (arguments.sweep or arguments.lines or arguments.fine_tune):
        raise UsageError("--sweep, --lines and --fine-tune: expected --strokes FILE.npz with them")
    arguments.weights = expand_patterns(arguments.weights or [DEFAULT_WEIGHTS])
    inputs = [arguments.data, arguments.strokes, *arguments.weights]
    check_outputs(Output("--metrics", arguments.metrics, JSON), inputs=inputs)
    evaluation = _evaluate_strokes(arguments) if arguments.strokes else _evaluate_images(arguments)
    _print(evaluation, quiet=arguments.quiet)
    folder = arguments.out or runs.new_run(arguments.runs, "evaluate")
    _plot(evaluation, folder)
    values = evaluation.metrics | _measure_more(arguments, folder)
    runs.write_json(values, folder / runs.METRICS, arguments.metrics)
    if not arguments.quiet:
        print(f"\nMetrics and plots: {folder}")
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
        parser,
        *("weights", "seed", "out", "runs", "metrics", "quiet"),
        weights={
            "nargs": "+",
            "action": "extend",
            "help": "weights files, several as an ensemble (default: the shipped weights)",
        },
        out={"metavar": "DIR", "help": "folder for the plots (default: <runs>/<time>-evaluate)"},
        seed={"help": "seed of the sizes and places of strokes"},
    )
    add_data_arguments(parser, parts=("test", "train"), part_help="part of the data set")
    parser.add_argument("--strokes", metavar="FILE.npz", type=user_path, help="evaluate on this set of pen strokes")
    for name, old_name, count, what in (
        ("sweep", None, 1000, "perturbation sweep: read N strokes at each size, place, brush, slant, rotation, ..."),
        ("lines", "rows", 500, "read N lines of four digits, apart and touching"),
        ("fine-tune", "teach", 10, "correct N errors of each writer who is read worse than 97 %%, and read the rest"),
    ):
        options: dict[str, Any] = {"metavar": "N", "nargs": "?", "const": count, "type": positive_int}
        parser.add_argument(f"--{name}", **options, help=f"{what} (default of N: {count})")
        if old_name:  # the name in version 0.1
            parser.add_argument(f"--{old_name}", dest=name.replace("-", "_"), **options, help=argparse.SUPPRESS)
    return parser


def _evaluate_images(arguments: argparse.Namespace) -> Evaluation:
    paths = arguments.weights
    model = Ensemble.load(paths)
    data = load_data(arguments)
    train = arguments.part == "train"
    images = data.train_images if train else data.test_images
    labels = data.train_labels if train else data.test_labels
    expected, found = data.image_shape, model.input_shape
    with_non_digits = model.output_shape == (NON_DIGIT + 1,) and data.classes == NON_DIGIT
    if expected != found or not (with_non_digits or model.output_shape == (data.classes,)):
        raise UsageError(
            f"{paths[0]}: reads {found} in {model.output_shape[-1]} classes, "
            f"but {data.folder} holds {expected} in {data.classes}"
        )
    names = model.metas[0].get("class_names")
    if names and data.class_names and names != list(data.class_names):
        raise UsageError(
            f"{paths[0]}: its classes are {', '.join(map(str, names))}, but {data.folder} holds "
            f"{', '.join(data.class_names)}"
        )
    each = [member.predict(images)[:, : data.classes] for member in model.members]
    probabilities = average(each)
    predictions = probabilities.argmax(axis=1)
    report = evaluate_predictions(labels, predictions, data.classes, data.class_names)
    values, text = report.to_dict(), [f"Accuracy: {report.accuracy:.4f}"]
    if len(paths) > 1:
        accuracies = [metrics.accuracy(labels, member.argmax(axis=1)) for member in each]
        members = list(zip(paths, accuracies, strict=True))
        values["members"] = [{"weights": str(path), "accuracy": accuracy} for path, accuracy in members]
        text[:0] = [f"Accuracy of {path}: {accuracy:.4f}" for path, accuracy in members]
    title = f"{_name(paths)} on {len(images):,} {'training' if train else 'test'} images"
    return Evaluation(title, images, labels, predictions, probabilities, report, values, text)


def _evaluate_strokes(arguments: argparse.Namespace) -> Evaluation:
    """Evaluate the whole recognizer, as the window uses it: from strokes on a canvas to the prediction."""
    recognizer = Recognizer.load(arguments.weights)
    samples = read_stroke_set(arguments.strokes)
    if not len(samples):
        raise UsageError(f"{arguments.strokes}: expected at least one sample, found none")
    rng = np.random.default_rng(arguments.seed)
    read: list[Prediction] = []
    with tqdm(total=len(samples), unit=" drawings", disable=arguments.quiet, leave=False) as bar:
        while len(read) < len(samples):
            part = range(len(read), min(len(read) + BATCH, len(samples)))
            read += recognizer.recognize_many([replay(samples.strokes(index), rng) for index in part])
            bar.update(len(part))
    labels = samples.label
    predictions = np.array([REJECTED if prediction.label is None else prediction.label for prediction in read])
    probabilities = np.stack([prediction.probabilities for prediction in read])
    report = evaluate_predictions(labels, predictions, probabilities.shape[1])
    writers_accuracy = metrics.writer_mean_accuracy(predictions == labels, samples.writer)
    calibration_error = metrics.expected_calibration_error(probabilities, labels)
    seconds = recognition.latency(recognizer, samples, arguments.seed)
    median, most = 1000 * float(np.median(seconds)), 1000 * float(np.percentile(seconds, 99))
    values = report.to_dict() | {
        "writer_mean_accuracy": writers_accuracy,
        "calibration_error": calibration_error,
        "milliseconds": {"median": median, "p99": most},
    }
    text = [
        f"Accuracy: {report.accuracy:.4f}",
        f"Mean of the writers' accuracies: {writers_accuracy:.4f}",
        f"Rejected: {report.rejected.sum() / report.n:.4f}",
        f"Expected calibration error: {calibration_error:.4f}",
    ]
    if not arguments.quiet:
        text.append(f"Latency: median {median:.2f} ms, 99th percentile {most:.2f} ms (n = {len(seconds):,})")
    if recognizer.calibration.reject_threshold < 1:
        kinds = recognition.non_digit_rejection(recognizer, arguments.seed)
        listed = ", ".join(f"{kind} {share:.3f}" for kind, share in kinds.items())
        share, stricter = recognition.held_out_rejection(recognizer, read, arguments.seed)
        values["non_digits_refused"] = kinds
        values["unlearned_refused"] = {"share": share, "at_1_percent": stricter}
        text.append(f"Synthetic non-digits rejected: {np.mean([*kinds.values()]):.4f} ({listed})")
        text.append(f"Held-out symbols rejected: {share:.4f}; if 1 % of the digits were rejected: {stricter:.4f}")
    title = f"{_name(arguments.weights)} on {len(labels):,} drawings by {len(np.unique(samples.writer))} people"
    images = np.stack([prediction.image for prediction in read])
    return Evaluation(title, images, labels, predictions, probabilities, report, values, text)


def _name(paths: Sequence[Path]) -> str:
    """The network in titles, or the ensemble: the names of its members if they are short and distinct."""
    names = [path.stem for path in paths]
    listed = " + ".join(names)
    if len(names) == 1 or (len(set(names)) == len(names) and len(listed) <= MAX_TITLE):
        return listed
    return f"ensemble of {len(names)} networks"


def _print(evaluation: Evaluation, *, quiet: bool) -> None:
    report = evaluation.report
    low, high = report.interval
    text = [*evaluation.lines, f"95 % interval: {low:.4f} to {high:.4f}, from {report.n:,} samples"]
    print("\n".join(text if quiet else [evaluation.title, *text, "", report.text()]), flush=True)


def _plot(evaluation: Evaluation, folder: Path) -> None:
    from apps.cli import plots

    table, names = evaluation.report.table()
    title = f"{evaluation.title}: accuracy {100 * evaluation.report.accuracy:.2f} %"
    plots.save(folder / "confusion.png", plots.draw_confusion, table, title=title, names=names)
    accepted = evaluation.predictions != REJECTED
    shown = (values[accepted] for values in (evaluation.images, evaluation.labels, evaluation.probabilities))
    title = f"{evaluation.title}: highest-confidence errors"
    plots.save(folder / "mistakes.png", plots.draw_errors, *shown, title=title, names=evaluation.report.class_names)


def _measure_more(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Sweep, lines and fine-tuning, if asked for: prints the metrics, and returns them as JSON values."""
    if not (arguments.sweep or arguments.lines or arguments.fine_tune):
        return {}
    recognizer, samples = Recognizer.load(arguments.weights), read_stroke_set(arguments.strokes)
    values: dict[str, Any] = {}
    if arguments.sweep:
        from apps.cli import plots

        count = sum(len(factor.values) for factor in perturbation_sweep.FACTORS)
        reading = perturbation_sweep.sweep(recognizer, samples, arguments.sweep, arguments.seed)
        steps = list(tqdm(reading, total=count, unit=" steps", disable=arguments.quiet, leave=False))
        values["sweep"] = [asdict(step) for step in steps]
        table = perturbation_sweep.table(steps)
        print(f"\nAccuracy in percent, of {steps[0].n:,} drawings at each step:\n{table}", flush=True)
        title = f"{_name(arguments.weights)}: perturbation sweep"
        plots.save(folder / "sweep.png", plots.draw_sweep, values["sweep"], title=title)
    if arguments.lines:
        found = lines.line_accuracy(recognizer, samples, arguments.lines, arguments.seed)
        values["rows"] = asdict(found)
        print(
            f"Accuracy on lines of four digits (n = {found.n:,} each): {found.apart:.4f} apart, "
            f"{found.touching:.4f} touching"
        )
    if arguments.fine_tune:
        values["teach"] = _fine_tune(arguments)
    return values


def _fine_tune(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    if len(arguments.weights) > 1:
        raise UsageError("--fine-tune: expected the weights of one network")
    try:
        data = load_data(arguments, download=False)
        test_set = data.test_images, data.test_labels
    except DataError:
        if arguments.data is not None:
            raise
        test_set = None
    samples = read_stroke_set(arguments.strokes)
    results = fine_tuning.fine_tune_writers(
        arguments.weights[0], samples, arguments.fine_tune, arguments.seed, test_set
    )
    for each in results:
        print(
            f"Writer {each.writer}: {each.corrected} corrected in at most {max(each.seconds):.1f} s; errors on "
            f"{each.n} other drawings: {each.before} before, {', '.join(map(str, each.after))} after"
        )
    before = sum(each.before for each in results)
    after = sum(statistics.mean(each.after) for each in results)
    limit = f"{fine_tuning.MAX_ACCURACY:.0%}"
    print(f"Writers below {limit}: {len(results)}; errors on other drawings: {before} before, {after:.1f} after")
    if changes := [100 * change for each in results for change in each.test_changes]:
        print(f"Test accuracy: {statistics.mean(changes):+.2f} points on average, {min(changes):+.2f} at worst")
    return [each.to_dict() for each in results]


if __name__ == "__main__":
    sys.exit(main())

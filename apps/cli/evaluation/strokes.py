"""Evaluation on pen strokes, drawn again at random sizes and places, and further measurements on them."""

import argparse
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli.arguments import UsageError
from apps.cli.datasets import load_data
from apps.cli.evaluation import fine_tuning, lines, perturbation_sweep, recognition
from apps.cli.evaluation.report import REJECTED, evaluate_predictions
from apps.cli.evaluation.result import Evaluation, networks_name
from nn import metrics
from nn.data.dataset import IncompleteError
from nn.digits.recognizer import Prediction, Recognizer
from nn.digits.stroke_files import read_stroke_set
from nn.digits.strokes import replay

BATCH = 500  # drawings between two updates of the progress bar


def evaluate(arguments: argparse.Namespace) -> Evaluation:
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
    writers_interval = metrics.writer_bootstrap_interval(predictions == labels, samples.writer)
    calibration_error = metrics.expected_calibration_error(probabilities, labels)
    seconds = recognition.latency(recognizer, samples, arguments.seed)
    median, most = 1000 * float(np.median(seconds)), 1000 * float(np.percentile(seconds, 99))
    values = report.to_dict() | {
        "writer_mean_accuracy": writers_accuracy,
        "writer_interval": list(writers_interval),
        "calibration_error": calibration_error,
        "milliseconds": {"median": median, "p99": most},
    }
    text = [
        f"Accuracy: {report.accuracy:.4f}",
        f"Mean of the writers' accuracies: {writers_accuracy:.4f}",
        f"95 % interval of the accuracy, by writers: {writers_interval[0]:.4f} to {writers_interval[1]:.4f}",
        f"Rejected: {report.rejected.sum() / report.n:.4f}",
        f"Expected calibration error: {calibration_error:.4f}",
    ]
    if not arguments.quiet:
        text.append(f"Latency: median {median:.2f} ms, 99th percentile {most:.2f} ms (n = {len(seconds):,})")
    unusual = recognition.held_out_digit_accuracy(recognizer, arguments.seed)
    values["held_out_digits"] = {str(digit): share for digit, share in unusual.items()}
    listed = ", ".join(f"{digit or 'slashed 0'}: {share:.3f}" for digit, share in unusual.items())
    text.append(f"Accuracy on held-out ways to write digits: {np.mean([*unusual.values()]):.4f} ({listed})")
    if recognizer.calibration.reject_threshold < 1:
        kinds, kinds_stricter = recognition.non_digit_rejection(recognizer, read, arguments.seed)
        listed = ", ".join(f"{kind} {share:.3f}" for kind, share in kinds.items())
        share, stricter = recognition.held_out_rejection(recognizer, read, arguments.seed)
        values["non_digits_refused"] = kinds
        values["non_digits_refused_at_1_percent"] = kinds_stricter
        values["unlearned_refused"] = {"share": share, "at_1_percent": stricter}
        text.append(
            f"Synthetic non-digits rejected: {np.mean([*kinds.values()]):.4f}; if 1 % of the digits were rejected: "
            f"{kinds_stricter:.4f} ({listed})"
        )
        text.append(f"Held-out symbols rejected: {share:.4f}; if 1 % of the digits were rejected: {stricter:.4f}")
    title = f"{networks_name(arguments.weights)} on {len(labels):,} drawings by {len(np.unique(samples.writer))} people"
    images = np.stack([prediction.image for prediction in read])
    return Evaluation(title, images, labels, predictions, probabilities, report, values, text)


def measure_more(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
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
        title = f"{networks_name(arguments.weights)}: perturbation sweep"
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
    except IncompleteError:
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

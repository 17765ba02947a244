"""Evaluation on pictures of digits, lines and pages: what people photograph, scan and paint."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli.command import print_error
from apps.cli.evaluation import picture_kinds, tables
from apps.cli.evaluation.perturbation_sweep import table
from apps.cli.evaluation.picture_kinds import LineReading
from apps.cli.evaluation.picture_perturbations import perturb_pictures
from apps.cli.evaluation.report import REJECTED, evaluate_predictions
from apps.cli.evaluation.result import Evaluation, networks_name
from apps.cli.reading.batch import recognize_batch
from nn.digits.picture_set import DIGIT, LINE_END, PAGE, LabelledPicture, read_picture_set
from nn.digits.prediction import Prediction
from nn.digits.recognizer import Recognizer
from nn.digits.strokes import CLASSES
from nn.errors import DataError

BATCH = 64  # pictures that go through the network at once


def evaluate(arguments: argparse.Namespace) -> Evaluation:
    """Evaluate the recognizer on the set of pictures that the arguments name."""
    recognizer = Recognizer.load(arguments.weights)
    samples = read_picture_set(arguments.pictures)
    digits = [sample for sample in samples if sample.content == DIGIT]
    others = [sample for sample in samples if sample.content != DIGIT]
    with tqdm(total=len(samples), unit=" pictures", disable=arguments.quiet, leave=False) as bar:
        predictions = recognize_digits(recognizer, digits, bar.update)
        lines = [_read_line(recognizer, sample, bar.update) for sample in others]
    counts = [f"{len(digits):,} of digits"] * bool(digits) + [f"{len(others):,} of lines and pages"] * bool(others)
    title = f"{networks_name(arguments.weights)} on pictures, {' and '.join(counts)}, in {arguments.pictures}"
    kinds, line_kinds = picture_kinds.digits(digits, predictions), picture_kinds.lines(lines)
    shown = tuple(tables.table(*each) for each in (("digits", kinds), ("lines", line_kinds)) if each[1])
    unreadable = predictions.count(None) + sum(line.unreadable for line in lines)
    values = {"unreadable": unreadable, "kinds": kinds, "lines": line_kinds}
    text = []
    if unreadable:
        text.append(f"Files that can't be read, which count as wrong: {unreadable}")
    read = [(int(each.label), found) for each, found in zip(digits, predictions, strict=True) if found is not None]
    labels = np.array([label for label, _ in read], np.int64)
    images = np.array([found.image for _, found in read], np.float32)
    probabilities = np.array([found.probabilities for _, found in read], np.float32)
    answers = np.array([REJECTED if found.label is None else found.label for _, found in read], np.int64)
    report = None
    if digits:
        every = np.array([int(sample.label) for sample in digits], np.int64)
        answered = np.full(len(digits), REJECTED)
        answered[[index for index, found in enumerate(predictions) if found is not None]] = answers
        report = evaluate_predictions(every, answered, CLASSES)
        values |= report.to_dict()
        text += [f"Accuracy: {report.accuracy:.4f}", f"Rejected: {np.mean(answers == REJECTED):.4f}"]
    return Evaluation(title, images, labels, answers, probabilities, report, values, text, unreadable, shown)


def measure_more(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Perturbations, if asked for: prints the metrics, and returns them as JSON values."""
    if not arguments.perturb:
        return {}
    from apps.cli import plots

    recognizer = Recognizer.load(arguments.weights)
    digits = [sample for sample in read_picture_set(arguments.pictures) if sample.content == DIGIT]
    count = min(arguments.perturb, len(digits))
    with tqdm(total=count, unit=" pictures", disable=arguments.quiet, leave=False) as bar:
        steps = perturb_pictures(recognizer, digits, count, arguments.seed, bar.update)
    values = [asdict(step) for step in steps]
    if not steps:
        print("\nPerturbations: no picture of a digit is read right")
        return {"perturbations": values}
    print(f"\nAccuracy in percent, of {steps[0].n:,} pictures that are read right:\n{table(steps)}", flush=True)
    title = f"{networks_name(arguments.weights)}: perturbations of pictures that are read right"
    plots.save(folder / "perturbations.png", plots.draw_sweep, values, title=title)
    return {"perturbations": values}


def recognize_digits(
    recognizer: Recognizer, samples: Sequence[LabelledPicture], on_read: Callable[[int], object]
) -> list[Prediction | None]:
    """The predictions for pictures of digits; None for a file that can't be read, whose error is printed."""
    predictions: list[Prediction | None] = []
    for first in range(0, len(samples), BATCH):
        batch = samples[first : first + BATCH]
        for result in recognize_batch(recognizer, [sample.read for sample in batch]):
            if not isinstance(result, Prediction):
                _print_error(result)
            predictions.append(result if isinstance(result, Prediction) else None)
        on_read(len(batch))
    return predictions


def _read_line(recognizer: Recognizer, sample: LabelledPicture, on_read: Callable[[int], object]) -> LineReading:
    """Read a picture of a line or a page."""
    on_read(1)
    try:
        gray = sample.read()
    except DataError as error:
        _print_error(error)
        return LineReading(sample.kind, sample.label, unreadable=True)
    read = recognizer.recognize_page_image if sample.content == PAGE else recognizer.recognize_line_image
    text = read(gray).text
    one_digit = recognizer.recognize_image(gray).label is not None
    return LineReading(sample.kind, sample.label, text.replace(" ", "").replace("\n", LINE_END), one_digit)


def _print_error(error: Exception) -> None:
    with tqdm.external_write_mode(sys.stderr):
        print_error("evaluate.py", error)

"""Evaluation on the images of a data set."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli.arguments import UsageError
from apps.cli.datasets import load_data
from apps.cli.evaluation.corruptions import by_corruption, corrupted
from apps.cli.evaluation.mnist_groups import by_group
from apps.cli.evaluation.report import evaluate_predictions
from apps.cli.evaluation.result import Evaluation, networks_name
from apps.cli.evaluation.tables import table
from nn import metrics
from nn.data.corruptions import CORRUPTIONS, SIDE
from nn.digits.synthesis import NON_DIGIT
from nn.ensemble import Ensemble, average
from nn.shifts import Predictor, predict_with_shifts

#: Images of each corruption in the figure.
EXAMPLES = 10


def evaluate(arguments: argparse.Namespace) -> Evaluation:
    """Evaluate the networks on the part of the data set that the arguments name."""
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
    if arguments.corruptions and expected != (SIDE, SIDE, 1):
        raise UsageError(f"--corruptions: expected images of {(SIDE, SIDE, 1)}, but {data.folder} holds {expected}")
    names = model.metas[0].get("class_names")
    if names and data.class_names and names != list(data.class_names):
        raise UsageError(
            f"{paths[0]}: its classes are {', '.join(map(str, names))}, but {data.folder} holds "
            f"{', '.join(data.class_names)}"
        )
    each = [_predict(arguments, member, images)[:, : data.classes] for member in model.members]
    probabilities = average(each)
    predictions = probabilities.argmax(axis=1)
    report = evaluate_predictions(labels, predictions, data.classes, data.class_names)
    values, text = report.to_dict(), [f"Accuracy: {report.accuracy:.4f}"]
    if len(paths) > 1:
        accuracies = [metrics.accuracy(labels, member.argmax(axis=1)) for member in each]
        members = list(zip(paths, accuracies, strict=True))
        values["members"] = [{"weights": str(path), "accuracy": accuracy} for path, accuracy in members]
        text[:0] = [f"Accuracy of {path}: {accuracy:.4f}" for path, accuracy in members]
    title = f"{networks_name(paths)} on {len(images):,} {'training' if train else 'test'} images"
    if arguments.shifts:
        title += ", also shifted"
        values["shifts"] = True
    groups = {} if train else by_group(labels, predictions)
    values |= {"groups": groups} if groups else {}
    shown = (table("group", groups),) if groups else ()
    return Evaluation(title, images, labels, predictions, probabilities, report, values, text, tables=shown)


def _predict(arguments: argparse.Namespace, model: Predictor, images: np.ndarray) -> np.ndarray:
    return predict_with_shifts(model, images) if arguments.shifts else model.predict(images)


def measure_more(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Corruptions, if asked for: prints the accuracies, and returns them as JSON values."""
    if not arguments.corruptions:
        return {}
    from apps.cli import plots

    model, data = Ensemble.load(arguments.weights), load_data(arguments)
    train = arguments.part == "train"
    images = (data.train_images if train else data.test_images)[: arguments.corruptions]
    labels = (data.train_labels if train else data.test_labels)[: arguments.corruptions]
    with tqdm(total=len(CORRUPTIONS), unit=" corruptions", disable=arguments.quiet, leave=False) as bar:
        kinds = by_corruption(
            lambda corrupted: _predict(arguments, model, corrupted)[:, : data.classes].argmax(axis=1),
            *(images, labels, arguments.seed, bar.update),
        )
    print("\n" + "\n".join(table("corruption", kinds)), flush=True)
    rows = {
        f"{name}, {100 * kinds[name]['accuracy']:.2f} %": corrupted(images[:EXAMPLES], name, arguments.seed)
        for name in CORRUPTIONS
    }
    title = f"{networks_name(arguments.weights)}: accuracy on {len(images):,} corrupted images"
    plots.save(folder / "corruptions.png", plots.draw_rows, rows, title=title)
    return {"corruptions": kinds}

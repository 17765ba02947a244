"""Evaluation on the images of a data set."""

import argparse
from pathlib import Path
from typing import Any

from apps.cli.arguments import UsageError
from apps.cli.datasets import load_data
from apps.cli.evaluation.report import evaluate_predictions
from apps.cli.evaluation.result import Evaluation, networks_name
from nn import metrics
from nn.digits.synthesis import NON_DIGIT
from nn.ensemble import Ensemble, average


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
    title = f"{networks_name(paths)} on {len(images):,} {'training' if train else 'test'} images"
    return Evaluation(title, images, labels, predictions, probabilities, report, values, text)


def measure_more(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """There are no further measurements on images."""
    return {}

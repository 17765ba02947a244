"""Judge a network: on the images of an IDX set, or on strokes drawn again at random sizes and places.

Prints the accuracy with its 95 % Wilson interval and the confusion matrix; draws the surest mistakes. Several
files of weights are judged as one network, by the mean of their probabilities.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from nn import metrics
from nn.data import mnist
from nn.digits.recognizer import DEFAULT_WEIGHTS, Prediction, Recognizer
from nn.digits.strokes import read_stroke_set, replay
from nn.ensemble import Ensemble, average
from scripts import cli, runs
from scripts.judgement import Judgement, judge

NO_ANSWER = -1
AT_ONCE = 500  # drawings, from one update of the bar to the next
NAMES_AT_MOST = 40  # characters of a title


@dataclass(frozen=True)
class Evaluation:
    """What the network said of each sample.

    Attributes:
        what: was judged, in words.
        images: (N, H, W), what the network was shown.
        labels: (N,) the truth.
        answers: (N,), `NO_ANSWER` where there was none.
        probabilities: (N, classes).
        judgement: the figures.
        writer_mean_accuracy: the mean of the writers' accuracies, for strokes.
        members: for images, if several networks answered: the accuracy of each by itself, by its file.
    """

    what: str
    images: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    probabilities: np.ndarray
    judgement: Judgement
    writer_mean_accuracy: float | None = None
    members: Sequence[tuple[Path, float]] = ()


@cli.script
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    cli.check_writable(arguments.metrics)
    arguments.weights = arguments.weights or [DEFAULT_WEIGHTS]
    evaluation = _on_strokes(arguments) if arguments.strokes else _on_images(arguments)
    report = _report(evaluation)
    if arguments.metrics:
        runs.write_json(arguments.metrics, report)
    _print(evaluation, quiet=arguments.quiet)
    folder = arguments.out or runs.new_run(arguments.runs, "evaluate")
    _draw(evaluation, folder)
    runs.write_json(folder / runs.METRICS, report)
    if not arguments.quiet:
        print(f"\nFigures and pictures: {folder}")
    return cli.SUCCESS


def _parser() -> cli.Parser:
    parser = cli.Parser(__doc__)
    cli.add_arguments(
        parser,
        *("weights", "data", "seed", "out", "runs", "metrics", "quiet"),
        weights={
            "nargs": "+",
            "action": "extend",
            "help": "weights to use, several as one (default: the shipped ones)",
        },
        out={"metavar": "DIR", "help": "folder for the pictures (default: <runs>/<time>-evaluate)"},
        seed={"help": "of the sizes and places of strokes"},
    )
    parser.add_argument("--split", choices=("test", "train"), default="test", help="part of the IDX set")
    parser.add_argument("--strokes", metavar="FILE.npz", type=Path, help="judge on this set of pen strokes")
    return parser


def _on_images(arguments: argparse.Namespace) -> Evaluation:
    paths = arguments.weights
    model = Ensemble.load(paths)
    data = mnist.load(arguments.data, progress=not arguments.quiet)
    train = arguments.split == "train"
    images = data.train_images if train else data.test_images
    labels = data.train_labels if train else data.test_labels
    expected, found = (*images.shape[1:], 1), model.input_shape
    if expected != found or model.output_shape != (data.classes,):
        raise cli.UsageError(
            f"{paths[0]}: reads {found} in {model.output_shape[-1]} classes, "
            f"but {data.folder} holds {expected} in {data.classes}"
        )
    each = [member.predict(images) for member in model.members]
    probabilities = average(each)
    answers = probabilities.argmax(axis=1)
    judgement = judge(labels, answers, data.classes)
    what = f"{_name(paths)} on {len(images):,} {'training' if train else 'test'} images"
    accuracies = [metrics.accuracy(labels, said.argmax(axis=1)) for said in each]
    members = list(zip(paths, accuracies, strict=True)) if len(paths) > 1 else []
    return Evaluation(what, images, labels, answers, probabilities, judgement, members=members)


def _on_strokes(arguments: argparse.Namespace) -> Evaluation:
    """Every sample goes the way that ink in a window goes: strokes on a canvas, through the recognizer."""
    recognizer = Recognizer.load(arguments.weights)
    samples = read_stroke_set(arguments.strokes)
    if not len(samples):
        raise cli.UsageError(f"{arguments.strokes}: expected at least one sample, found none")
    rng = np.random.default_rng(arguments.seed)
    predictions: list[Prediction] = []
    with tqdm(total=len(samples), unit=" drawings", disable=arguments.quiet, leave=False) as bar:
        while len(predictions) < len(samples):
            part = range(len(predictions), min(len(predictions) + AT_ONCE, len(samples)))
            drawings = [replay(samples.strokes(index), rng) for index in part]
            predictions += recognizer.recognize_many(drawings)
            bar.update(len(part))
    labels = samples.label
    answers = np.array([NO_ANSWER if said.label is None else said.label for said in predictions])
    probabilities = np.stack([said.probabilities for said in predictions])
    return Evaluation(
        what=f"{_name(arguments.weights)} on {len(labels):,} drawings by {len(np.unique(samples.writer))} people",
        images=np.stack([said.image for said in predictions]),
        labels=labels,
        answers=answers,
        probabilities=probabilities,
        judgement=judge(labels, answers, probabilities.shape[1]),
        writer_mean_accuracy=metrics.writer_mean_accuracy(answers == labels, samples.writer),
    )


def _name(paths: Sequence[Path]) -> str:
    """What titles call the network of these weights, or the ensemble: its members' names if they are short."""
    names = [path.stem for path in paths]
    listed = " + ".join(names)
    if len(names) == 1 or (len(set(names)) == len(names) and len(listed) <= NAMES_AT_MOST):
        return listed
    return f"ensemble of {len(names)} networks"


def _report(evaluation: Evaluation) -> dict[str, Any]:
    """The figures, as JSON takes them."""
    report = evaluation.judgement.document()
    if evaluation.writer_mean_accuracy is not None:
        report["writer_mean_accuracy"] = evaluation.writer_mean_accuracy
    if evaluation.members:
        report["members"] = [{"weights": str(path), "accuracy": share} for path, share in evaluation.members]
    return report


def _print(evaluation: Evaluation, *, quiet: bool) -> None:
    judgement = evaluation.judgement
    if not quiet:
        print(evaluation.what)
    for path, accuracy in evaluation.members:
        print(f"Accuracy of {path}: {accuracy:.4f}")
    print(f"Accuracy: {judgement.accuracy:.4f}")
    if evaluation.writer_mean_accuracy is not None:
        print(f"Mean of the writers' accuracies: {evaluation.writer_mean_accuracy:.4f}")
    low, high = judgement.interval
    print(f"95 % interval: {low:.4f} to {high:.4f}, from {judgement.n:,} samples")
    if not quiet:
        print(f"\n{judgement.text()}", flush=True)


def _draw(evaluation: Evaluation, folder: Path) -> None:
    from scripts import plots  # late: matplotlib takes half a second that the figures need not wait for

    judgement = evaluation.judgement
    percent = 100 * judgement.accuracy
    confusion = plots.figure()
    table, names = judgement.table()
    title = f"{evaluation.what}: {percent:.2f} % read right"
    plots.draw_confusion(confusion, table, title=title, names=names)
    plots.save(confusion, folder / "confusion.png")
    mistakes = plots.figure()
    title = f"{evaluation.what}: the surest mistakes"
    answered = evaluation.answers != NO_ANSWER
    shown = (values[answered] for values in (evaluation.images, evaluation.labels, evaluation.probabilities))
    plots.draw_mistakes(mistakes, *shown, title=title)
    plots.save(mistakes, folder / "mistakes.png")


if __name__ == "__main__":
    sys.exit(main())

"""Judge a network: on the images of an IDX set, or on strokes drawn again at random sizes and places.

Prints the accuracy with its 95 % Wilson interval and the confusion matrix; draws the surest mistakes. Several
files of weights are judged as one network, by the mean of their probabilities. On strokes, no answer is a wrong one;
--sweep, --rows and --teach try more with them.
"""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from apps.cli import handwriting, runs
from apps.cli.arguments import Parser, UsageError, add_arguments, check_writable, positive_int
from apps.cli.command import SUCCESS, command
from apps.cli.judgement import Judgement, judge
from apps.cli.sweep import FACTORS, sweep, table
from nn import metrics
from nn.data import mnist
from nn.digits.recognizer import DEFAULT_WEIGHTS, Prediction, Recognizer
from nn.digits.stroke_files import read_stroke_set
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import replay
from nn.digits.synthesis import NON_DIGIT
from nn.ensemble import Ensemble, average
from nn.errors import DataError

NO_ANSWER = -1
AT_ONCE = 500  # drawings, from one update of the bar to the next
NAMES_AT_MOST = 40  # characters of a title
WELL_READ = 0.97  # who is read better is not taught


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
        seconds: for strokes, how long answers took, one at a time.
        refused: for strokes, the shares of made-up drawings of no digit, by kind, that got no answer.
        unlearned_refused: for strokes, the same of symbols that no network learns from, and what it would be if 1 % of
            the strokes got no answer.
    """

    what: str
    images: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    probabilities: np.ndarray
    judgement: Judgement
    writer_mean_accuracy: float | None = None
    members: Sequence[tuple[Path, float]] = ()
    seconds: np.ndarray | None = None
    refused: Mapping[str, float] = field(default_factory=dict)
    unlearned_refused: tuple[float, float] | None = None

    @property
    def calibration_error(self) -> float:
        """The expected calibration error, in 15 bins."""
        return metrics.expected_calibration_error(self.probabilities, self.labels)


@command("evaluate.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments = _parser().parse_args(argv)
    if not arguments.strokes and (arguments.sweep or arguments.rows or arguments.teach):
        raise UsageError("--sweep, --rows and --teach: expected --strokes FILE.npz with them")
    check_writable(arguments.metrics)
    arguments.weights = arguments.weights or [DEFAULT_WEIGHTS]
    evaluation = _on_strokes(arguments) if arguments.strokes else _on_images(arguments)
    report = _report(evaluation)
    _print(evaluation, quiet=arguments.quiet)
    folder = arguments.out or runs.new_run(arguments.runs, "evaluate")
    _draw(evaluation, folder)
    report |= _try_more(arguments, folder)
    runs.write_json(folder / runs.METRICS, report)
    if arguments.metrics:
        runs.write_json(arguments.metrics, report)
    if not arguments.quiet:
        print(f"\nFigures and pictures: {folder}")
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
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
    for name, count, what in (
        (
            "sweep",
            1000,
            "read N strokes at each size, place, brush, slant, rotation, speed and tremble, as a picture too",
        ),
        ("rows", 500, "read N rows of four digits, apart and touching"),
        ("teach", 10, "correct N mistakes of each writer who is read worse than 97 %%, and read the others again"),
    ):
        help_text = f"{what} (N: {count} if not said)"
        parser.add_argument(f"--{name}", metavar="N", nargs="?", const=count, type=positive_int, help=help_text)
    return parser


def _try_more(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Sweep, rows and teaching, as far as they are asked for; printed, and as JSON takes them."""
    if not (arguments.sweep or arguments.rows or arguments.teach):
        return {}
    recognizer, samples = Recognizer.load(arguments.weights), read_stroke_set(arguments.strokes)
    report: dict[str, Any] = {}
    if arguments.sweep:
        from apps.cli import plots

        count = sum(len(factor.values) for factor in FACTORS)
        reading = sweep(recognizer, samples, arguments.sweep, arguments.seed)
        steps = list(tqdm(reading, total=count, unit=" steps", disable=arguments.quiet, leave=False))
        report["sweep"] = [asdict(step) for step in steps]
        print(f"\nAccuracy in percent, of {steps[0].n:,} drawings at each step:\n{table(steps)}", flush=True)
        picture = plots.figure()
        plots.draw_sweep(picture, report["sweep"], title=f"{_name(arguments.weights)}: what does not matter")
        plots.save(picture, folder / "sweep.png")
    if arguments.rows:
        rows = handwriting.read_rows(recognizer, samples, arguments.rows, arguments.seed)
        report["rows"] = asdict(rows)
        print(
            f"Rows of four digits read right, of {rows.n:,} each: {rows.apart:.4f} apart, {rows.touching:.4f} touching"
        )
    if arguments.teach:
        report["teach"] = _teach(arguments, samples)
    return report


def _teach(arguments: argparse.Namespace, samples: StrokeSet) -> list[dict[str, Any]]:
    if len(arguments.weights) > 1:
        raise UsageError("--teach: expected the weights of one network")
    try:
        data = mnist.load(arguments.data, download=False)
        test_set = data.test_images, data.test_labels
    except DataError:
        test_set = None
    taught = handwriting.teach(
        arguments.weights[0], samples, arguments.teach, WELL_READ, arguments.seed, test_set=test_set
    )
    for each in taught:
        print(
            f"Writer {each.writer}: {each.taught} corrected in {max(each.seconds):.1f} s at most; of {each.n} others, "
            f"{each.before} wrong before and {', '.join(map(str, each.after))} after"
        )
    before = sum(each.before for each in taught)
    after = sum(statistics.mean(each.after) for each in taught)
    print(f"Writers below {WELL_READ:.0%}: {len(taught)}; mistakes not corrected: {before} before, {after:.1f} after")
    if changes := [100 * change for each in taught for change in each.test_changes]:
        print(f"Test set: {statistics.mean(changes):+.2f} points in the mean, {min(changes):+.2f} at worst")
    return [asdict(each) for each in taught]


def _on_images(arguments: argparse.Namespace) -> Evaluation:
    paths = arguments.weights
    model = Ensemble.load(paths)
    data = mnist.load(arguments.data, progress=not arguments.quiet)
    train = arguments.split == "train"
    images = data.train_images if train else data.test_images
    labels = data.train_labels if train else data.test_labels
    expected, found = (*images.shape[1:], 1), model.input_shape
    reads_drawings = model.output_shape == (NON_DIGIT + 1,) and data.classes == NON_DIGIT
    if expected != found or not (reads_drawings or model.output_shape == (data.classes,)):
        raise UsageError(
            f"{paths[0]}: reads {found} in {model.output_shape[-1]} classes, "
            f"but {data.folder} holds {expected} in {data.classes}"
        )
    each = [member.predict(images)[:, : data.classes] for member in model.members]
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
        raise UsageError(f"{arguments.strokes}: expected at least one sample, found none")
    rng = np.random.default_rng(arguments.seed)
    predictions: list[Prediction] = []
    with tqdm(total=len(samples), unit=" drawings", disable=arguments.quiet, leave=False) as bar:
        while len(predictions) < len(samples):
            part = range(len(predictions), min(len(predictions) + AT_ONCE, len(samples)))
            drawings = [replay(samples.strokes(index), rng) for index in part]
            predictions += recognizer.recognize_many(drawings)
            bar.update(len(part))
    labels, knows_none = samples.label, recognizer.calibration.reject_threshold < 1
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
        seconds=handwriting.seconds_to_answer(recognizer, samples, arguments.seed),
        refused=handwriting.refused(recognizer, arguments.seed) if knows_none else {},
        unlearned_refused=handwriting.unlearned_refused(recognizer, predictions, arguments.seed)
        if knows_none
        else None,
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
    report = evaluation.judgement.to_dict()
    if evaluation.writer_mean_accuracy is not None:
        report["writer_mean_accuracy"] = evaluation.writer_mean_accuracy
        report["calibration_error"] = evaluation.calibration_error
    if evaluation.seconds is not None:
        report["milliseconds"] = dict(zip(("median", "p99"), _milliseconds(evaluation.seconds), strict=True))
    if evaluation.refused:
        report["non_digits_refused"] = dict(evaluation.refused)
    if evaluation.unlearned_refused is not None:
        report["unlearned_refused"] = dict(zip(("share", "at_1_percent"), evaluation.unlearned_refused, strict=True))
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
        print(f"Without an answer: {judgement.unanswered.sum() / judgement.n:.4f}")
        print(f"Expected calibration error: {evaluation.calibration_error:.4f}")
    if evaluation.seconds is not None and not quiet:
        median, most = _milliseconds(evaluation.seconds)
        print(f"From strokes to answer: {median:.2f} ms, 99th percentile {most:.2f} ms, of {len(evaluation.seconds):,}")
    if evaluation.refused:
        kinds = ", ".join(f"{kind} {share:.3f}" for kind, share in evaluation.refused.items())
        print(f"Made-up non-digits without an answer: {np.mean([*evaluation.refused.values()]):.4f} ({kinds})")
    if evaluation.unlearned_refused is not None:
        share, spared = evaluation.unlearned_refused
        print(f"Symbols that nothing learned from: {share:.4f}; if 1 % of the strokes got no answer: {spared:.4f}")
    low, high = judgement.interval
    print(f"95 % interval: {low:.4f} to {high:.4f}, from {judgement.n:,} samples")
    if not quiet:
        print(f"\n{judgement.text()}", flush=True)


def _milliseconds(seconds: np.ndarray) -> tuple[float, float]:
    """The median and the 99th percentile."""
    return 1000 * float(np.median(seconds)), 1000 * float(np.percentile(seconds, 99))


def _draw(evaluation: Evaluation, folder: Path) -> None:
    from apps.cli import plots

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

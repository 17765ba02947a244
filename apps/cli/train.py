"""Train a network on MNIST, or on any other images in IDX files, and show what it learned.

Ctrl-C stops it after the step at hand; --resume goes on from there, to the same weights bit for bit. What was killed
goes on from its last checkpoint, of which there is one after each epoch, or more with --checkpoint-every.
"""

import argparse
import dataclasses
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.cli import runs, signals
from apps.cli.arguments import Parser, UsageError, add_arguments, check_writable, non_negative_int
from apps.cli.command import BAD_INPUT, SUCCESS, command, print_error
from apps.cli.evaluation.report import EvaluationReport, evaluate_predictions
from apps.cli.progress import Progress
from apps.cli.training import Training, fingerprint, take_up
from nn import checkpoint, recipes, synthetic_drawings, zoo
from nn.data import mnist
from nn.errors import CheckpointError
from nn.fold import optimize_for_inference
from nn.ops import backend
from nn.quantize import round_weights
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import NonFiniteLoss, StepEnd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What the weights depend on besides the epochs. A resumed training keeps it.
FIXED = ("arch", "recipe", "batch_size", "learning_rate", "seed", "validation")

#: Settings of the recipe that have an option of their own.
SETTINGS = ("epochs", "batch_size", "learning_rate")

#: What a run's checkpoint keeps of the command that began it.
KEPT = (*FIXED, "epochs", "precision", "checkpoint_every", "data", "out", "metrics")

#: Where the repository keeps its weights, and the fingerprint of the training set that they are made from.
WEIGHTS = Path(__file__).resolve().parents[2] / "weights"
MNIST = 0x60637407


@command("train.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments, recipe, training, folder = _begin(argv)
    check_writable(arguments.out, arguments.metrics)
    data = mnist.load(arguments.data, progress=not arguments.quiet)
    try:
        classes = synthetic_drawings.output_classes(recipe, data.train_images.shape[1:], data.classes)
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    images, labels, validation = _split(data, arguments)
    if arguments.show_augmentation:
        return _show_augmentation(images, recipe, arguments)
    training = _on_these_data(training, arguments, recipe, images, labels, classes)
    folder = folder or runs.new_run(arguments.runs, Path(arguments.arch).stem)
    other_set = _name_unless_mnist(data)
    arguments.out = arguments.out or _default_out(arguments, recipe, folder, other_set)
    check_writable(arguments.out)
    if not arguments.quiet:
        print(training.model.summary(), flush=True)
        if other_set is not None and arguments.out.parent == folder:
            print(f"{data.folder} is not MNIST: its weights go to {arguments.out}", flush=True)
    (folder / runs.METRICS).unlink(missing_ok=True)  # a finished run that goes on is unfinished again
    try:
        stopped_by = _train(training, arguments, images, labels, validation, folder)
        if stopped_by is not None:
            last = training.last
            assert last is not None
            print(f"Stopped after epoch {last.epoch}, step {last.step} of {last.steps}. {_how_to_go_on(folder)}")
            return signals.exit_status(stopped_by)
        draw_samples = _finish(training, arguments, data, folder, other_set)
    except NonFiniteLoss as error:
        print_error("train.py", error)
        return BAD_INPUT
    except KeyboardInterrupt:
        if (folder / runs.CHECKPOINT).is_file():
            print(_how_to_go_on(folder))
        raise
    if arguments.show:
        _show(draw_samples)
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
        parser,
        *("arch", "recipe", "epochs", "batch-size", "learning-rate", "seed", "data", "out", "runs", "metrics", "quiet"),
        out={
            "help": "where the weights go (default: the repository's weights/<arch>.npz, or <arch>-drawing.npz if they "
            "learned from drawings; weights.npz in the run's folder where the images are not MNIST's)"
        },
    )
    parser.add_argument(
        "--validation",
        metavar="N",
        type=non_negative_int,
        default=0,
        help="hold out N training images, of each class its share and always the same, and score them after each epoch",
    )
    parser.add_argument(
        "--precision",
        choices=("int8", "float32"),
        default="int8",
        help="of the weights in the file: bytes with a scale for each output, a quarter of the size, or all bits "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--checkpoint-every",
        metavar="N",
        type=non_negative_int,
        default=0,
        help="make a checkpoint after each N steps as well as each epoch: if it is killed, no more is lost",
    )
    parser.add_argument(
        "--resume",
        metavar="RUN",
        nargs="?",
        const="",
        help="go on with a run that was stopped, given its folder (default: the newest one of this arch)",
    )
    parser.add_argument("--live", action="store_true", help="draw the curves in a window during training")
    parser.add_argument("--show", action="store_true", help="open the picture of samples at the end")
    parser.add_argument(
        "--show-augmentation",
        action="store_true",
        help="only make a picture of how the recipe varies the images",
    )
    return parser


def _begin(argv: Sequence[str] | None) -> tuple[argparse.Namespace, Recipe, Training | None, Path | None]:
    """The arguments and the recipe and, when resuming, the training to take up and its folder."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.resume is None:
        return arguments, _recipe(arguments), None, None
    name = Path(arguments.arch).stem
    path = Path(arguments.resume) if arguments.resume else runs.newest_unfinished(arguments.runs, name)
    path = path / runs.CHECKPOINT if path.is_dir() else path
    training, folder = take_up(path), path.parent
    if lacking := [name for name in KEPT if name not in training.arguments]:
        raise CheckpointError(f"{path}: not a training to go on with: it lacks {', '.join(lacking)}")
    # What the run was begun with holds, unless the command line says otherwise.
    parser.set_defaults(**training.arguments)
    arguments = parser.parse_args(argv)
    _check_same_run(training, arguments, folder)
    recipe = dataclasses.replace(training.trainer.recipe, epochs=arguments.epochs)
    training.trainer.recipe = recipe
    return arguments, recipe, training, folder


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """The recipe that is asked for; its settings also go to the arguments that ask for none."""
    if arguments.arch not in zoo.ARCHITECTURES and not Path(arguments.arch).is_file():
        raise UsageError(f"--arch: expected one of {', '.join(zoo.ARCHITECTURES)}, got {arguments.arch!r}")
    try:
        recipe = recipes.get(arguments.recipe, arguments.arch)
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    changes = {name: getattr(arguments, name) for name in SETTINGS if getattr(arguments, name) is not None}
    recipe = dataclasses.replace(recipe, **changes)
    for name in SETTINGS:
        setattr(arguments, name, getattr(recipe, name))
    if recipe.patience and not arguments.validation:
        raise UsageError("--recipe: its patience needs images to validate with; give --validation N")
    return recipe


def _check_same_run(training: Training, arguments: argparse.Namespace, folder: Path) -> None:
    for name in FIXED:
        begun, asked = training.arguments[name], getattr(arguments, name)
        if asked != begun:
            option = "--" + name.replace("_", "-")
            raise UsageError(f"{folder}: begun with {option} {begun}, can't go on with {option} {asked}")
    begun = training.trainer.recipe
    if begun.schedule != "constant" and arguments.epochs != begun.epochs:
        raise UsageError(f"{folder}: its learning rate falls over {begun.epochs} epochs, no more and no fewer")
    assert training.last is not None
    epoch = training.last.epoch
    if epoch > arguments.epochs:
        raise UsageError(f"{folder}: has begun epoch {epoch}; to go on, give at least --epochs {epoch}")
    if len(training.history) == arguments.epochs and (folder / runs.METRICS).exists():
        raise UsageError(f"{folder}: has its {epoch} epochs; to go on, give more with --epochs N")


def _name_unless_mnist(data: mnist.Dataset) -> str | None:
    """None for MNIST's training set, from whatever folder; of any other set, its folder's name."""
    is_mnist = fingerprint(data.train_images, data.train_labels) == MNIST
    return None if is_mnist else data.folder.resolve().name


def _default_out(arguments: argparse.Namespace, recipe: Recipe, folder: Path, other_set: str | None) -> Path:
    """Where the weights go unless --out says it: only those of MNIST may replace the repository's."""
    name = Path(arguments.arch).stem + ("-drawing" if recipe.synthetic_drawings else "")
    return WEIGHTS / f"{name}.npz" if other_set is None else folder / "weights.npz"


def _split(
    data: mnist.Dataset, arguments: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    """Training images and labels, and those held out for validation, if any."""
    images, labels = data.train_images, data.train_labels
    if not arguments.validation:
        return images, labels, None
    if arguments.validation >= len(images):
        raise UsageError(f"--validation: expected fewer than {len(images)} images, got {arguments.validation}")
    kept, held_out = mnist.validation_split(labels, arguments.validation)
    return images[kept], labels[kept], (images[held_out], labels[held_out])


def _on_these_data(
    training: Training | None,
    arguments: argparse.Namespace,
    recipe: Recipe,
    images: np.ndarray,
    labels: np.ndarray,
    classes: int,
) -> Training:
    """The training taken up, if these are the data that it was begun on; or else a new one."""
    found = fingerprint(images, labels)
    if training is None:
        try:
            rng = np.random.default_rng(arguments.seed)
            model = zoo.build(arguments.arch, (*images.shape[1:], 1), classes, rng)
        except ValueError as error:  # images too small for it, or a file that describes none
            raise UsageError(f"--arch {arguments.arch}: {error}") from None
        training = Training(Trainer(model, recipe), {}, found)
    elif training.fingerprint != found:
        raise UsageError("--resume: these training images are not those that the run was begun on")
    training.arguments = _arguments_to_keep(arguments)
    return training


def _arguments_to_keep(arguments: argparse.Namespace) -> dict[str, Any]:
    """What a resumed training needs of the arguments, as JSON takes it."""
    values = {name: getattr(arguments, name) for name in KEPT}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def _train(
    training: Training,
    arguments: argparse.Namespace,
    images: np.ndarray,
    labels: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray] | None,
    folder: Path,
) -> int | None:
    """Train until the end, or until a signal; returns its number. The folder then holds the checkpoint."""
    received: list[int] = []
    recipe = training.trainer.recipe

    def stop_after_this_step(signum: int, frame: FrameType | None) -> None:
        if received:  # the second one: stop at once, back to the last checkpoint
            raise KeyboardInterrupt
        received.append(signum)

    def on_drawings(done: int, total: int) -> None:
        progress.on_drawings(done, total)
        if received:  # the last checkpoint is the one at the end of the epoch before
            raise signals.Interrupted(received[0])

    handlers = dict.fromkeys((signal.SIGINT, signal.SIGTERM), stop_after_this_step)
    last = training.last
    epoch_images = len(images) + recipe.synthetic_drawings
    done = 0 if last is None else (last.epoch - 1) * epoch_images + last.images
    with (
        signals.handling(handlers),
        np.errstate(over="ignore", invalid="ignore"),  # NonFiniteLoss says more than NumPy's warnings do
        Progress(arguments.epochs, epoch_images, done=done, quiet=arguments.quiet, live=arguments.live) as progress,
    ):
        for event in training.trainer.fit(images, labels, arguments.seed, validation, last, on_drawings):
            training.note(event)
            progress.on_event(event)
            # After an epoch's last step its end is still to come, and belongs to the history.
            if isinstance(event, StepEnd) and (
                event.step == event.steps or not (received or _is_due(event, arguments.checkpoint_every))
            ):
                continue
            training.save(folder)
            if received:
                return received[0]
    training.trainer.finish()
    return None


def _is_due(event: StepEnd, every: int) -> bool:
    """Whether a checkpoint after each ``every`` steps falls on this one; 0 is never."""
    return every > 0 and ((event.epoch - 1) * event.steps + event.step) % every == 0


def _how_to_go_on(folder: Path) -> str:
    return f"Go on with: python scripts/train.py --resume {shlex.quote(str(folder))}"


def _finish(
    training: Training, arguments: argparse.Namespace, data: mnist.Dataset, folder: Path, other_set: str | None
) -> Callable[["Figure"], None]:
    """Evaluate the network; write its weights, and all there is to tell. Returns what draws the samples."""
    if arguments.precision == "int8":
        round_weights(training.model.parameters)  # before the evaluation: what counts is what the file holds
    network = optimize_for_inference(training.model)
    probabilities = network.predict(data.test_images)[:, : data.classes]
    evaluation = evaluate_predictions(data.test_labels, probabilities.argmax(axis=1), data.classes)
    report = _report(training, arguments, evaluation)
    made = _how_it_was_made(training, arguments, evaluation, other_set)
    if (calibration := training.trainer.calibrate(arguments.seed)) is not None:
        made["calibration"] = calibration.to_dict()
    checkpoint.save(arguments.out, training.model, made, precision=arguments.precision)
    if arguments.metrics:
        runs.write_json(arguments.metrics, report)
    low, high = evaluation.interval
    print(f"Test accuracy: {evaluation.accuracy:.4f}")
    print(f"95 % interval: {low:.4f} to {high:.4f}, from {evaluation.n:,} images", flush=True)
    runs.write_history(folder / "history.csv", training.history)
    draw_samples = _draw(training, data, probabilities, evaluation, folder)
    runs.write_json(folder / runs.METRICS, report)  # the last of all: it marks the run as finished
    if not arguments.quiet:
        print(f"Weights: {arguments.out}\nFigures and pictures: {folder}", flush=True)
    return draw_samples


def _report(training: Training, arguments: argparse.Namespace, evaluation: EvaluationReport) -> dict[str, Any]:
    return {
        "arch": arguments.arch,
        "seed": arguments.seed,
        "batch_size": arguments.batch_size,
        "learning_rate": arguments.learning_rate,
        "recipe": training.trainer.recipe.to_dict(),
        "epochs": training.history,
        "test_accuracy": evaluation.accuracy,
        "test_interval": list(evaluation.interval),
        "train_seconds": sum(entry["seconds"] for entry in training.history),
        "compile_seconds": backend.compile_seconds(),
        "peak_rss_mib": runs.peak_rss_mib(),
        "versions": runs.versions(),
    }


def _how_it_was_made(
    training: Training, arguments: argparse.Namespace, evaluation: EvaluationReport, other_set: str | None
) -> dict[str, Any]:
    """What the weights file says about itself: the same for the same weights, wherever and whenever made."""
    settings = {name: getattr(arguments, name) for name in (*FIXED, "epochs", "precision")}
    usual = vars(_parser().parse_args([]))
    if arguments.recipe in recipes.RECIPES:
        recipe = recipes.get(arguments.recipe, arguments.arch)
        usual |= {name: getattr(recipe, name) for name in SETTINGS}
    changed = [f"--{name.replace('_', '-')} {value}" for name, value in settings.items() if value != usual[name]]
    if other_set is not None:
        changed.append(f"--data {shlex.quote(other_set)}")
    return {
        "command": " ".join(["python scripts/train.py", *changed]),
        **settings,
        "settings": training.trainer.recipe.to_dict(),
        "normalization": "uint8 / 255",
        "data_crc32": training.fingerprint,
        "test_images": evaluation.n,
        "test_accuracy": evaluation.accuracy,
        "versions": runs.versions(),
    }


def _draw(
    training: Training, data: mnist.Dataset, probabilities: np.ndarray, evaluation: EvaluationReport, folder: Path
) -> Callable[["Figure"], None]:
    """Write the pictures. Returns what draws the samples."""
    from apps.cli import plots

    arch, percent = training.arguments["arch"], 100 * evaluation.accuracy
    title = f"{arch}: {percent:.2f} % of {evaluation.n:,} test images are read correctly"

    def draw_samples(picture: "Figure") -> None:
        plots.draw_samples(picture, data.test_images, data.test_labels, probabilities, title=title)

    def draw_curves(picture: "Figure") -> None:
        plots.draw_curves(picture, training.history, title=title, test_accuracy=evaluation.accuracy)

    def draw_confusion(picture: "Figure") -> None:
        confusion, names = evaluation.table()
        plots.draw_confusion(picture, confusion, title=title, names=names)

    for name, draw in (("samples", draw_samples), ("curves", draw_curves), ("confusion", draw_confusion)):
        plots.save(folder / f"{name}.png", draw)
    return draw_samples


def _show_augmentation(images: np.ndarray, recipe: Recipe, arguments: argparse.Namespace) -> int:
    """Make the picture of the recipe's augmentation, and open it where there is a display."""
    from apps.cli import plots

    def draw(picture: "Figure") -> None:
        plots.draw_augmentation(picture, images, recipe.augmentation, arguments.seed)

    path = runs.new_run(arguments.runs, "augmentation") / "augmentation.png"
    plots.save(path, draw)
    print(f"Picture: {path}")
    if arguments.show:
        _show(draw)
    return SUCCESS


def _show(draw: Callable[["Figure"], None]) -> None:
    from apps.cli import plots

    picture = plots.window("samples")
    if picture is None:
        print_error("train.py", "--show: there is no display to show the picture on")
        return
    draw(picture)
    plots.show()


if __name__ == "__main__":
    sys.exit(main())

"""Train a network on MNIST, or on other images, and evaluate it on the test set.

Ctrl-C stops after the current step; --resume continues from there, with bit-identical results. A killed run resumes
from its last checkpoint: there is one after each epoch, and more with --checkpoint-every.
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
from apps.cli.arguments import (
    Parser,
    UsageError,
    add_arguments,
    name_or_user_path,
    non_negative_int,
    parse_resumed,
    user_path,
)
from apps.cli.command import BAD_INPUT, SUCCESS, command, print_error
from apps.cli.datasets import add_data_arguments, load_data, reading_options
from apps.cli.evaluation.report import EvaluationReport, evaluate_predictions
from apps.cli.outputs import JSON, NPZ, Output, check_outputs
from apps.cli.program import program_name
from apps.cli.progress import Progress
from apps.cli.training_run import TrainingRun, build_network, data_checksum, load_weights
from nn import checkpoint, paths, platforms, recipes, zoo
from nn.data import mnist
from nn.errors import CheckpointError
from nn.files import is_file
from nn.fold import optimize_for_inference
from nn.ops import backend
from nn.quantize import round_weights
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import NonFiniteLoss, StepEnd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The arguments that the weights depend on, besides the epochs: a resumed run can't change them.
IMMUTABLE_ARGUMENTS = ("arch", "recipe", "batch_size", "learning_rate", "seed", "validation")

#: The arguments that override a setting of the recipe.
RECIPE_ARGUMENTS = ("epochs", "batch_size", "learning_rate")

#: The arguments that a resumed run takes from its checkpoint.
RESUMED_ARGUMENTS = (*IMMUTABLE_ARGUMENTS, "epochs", "precision", "checkpoint_every")

#: The arguments that have to be given again: a checkpoint, perhaps someone else's, does not say what to write or read.
PATH_ARGUMENTS = ("data", "out", "metrics")

#: The checksum of the training set that the shipped weights were trained on.
MNIST_CHECKSUM = 0x60637407


@command("train.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments, recipe, run, folder = _begin(argv)
    _check_outputs(arguments)
    data = load_data(arguments)
    _check_outputs(arguments, data.files)
    try:
        images, labels, *held_out = data.split(arguments.validation)
    except ValueError as error:
        raise UsageError(f"--validation: {error}") from None
    validation = (held_out[0], held_out[1]) if arguments.validation else None
    if arguments.show_augmentation:
        return _show_augmentation(images, recipe, arguments)
    checksum = data_checksum(images, labels)
    if run is None:
        model = build_network(arguments.arch, recipe, data.image_shape, data.classes, arguments.seed)
        if arguments.initial_weights is not None:
            load_weights(model, arguments.initial_weights)
        run = TrainingRun(Trainer(model, recipe), {}, checksum)
    elif run.checksum != checksum:
        raise UsageError("--resume: these training images are not those that the run started with")
    elif run.last is not None and run.last.steps != run.trainer.steps_per_epoch(len(images)):
        raise CheckpointError(f"{folder}: not a training to resume: its epochs have another number of steps")
    run.arguments = runs.arguments_as_json(arguments, (*RESUMED_ARGUMENTS, *PATH_ARGUMENTS, "initial_weights"))
    folder = folder or runs.new_run(arguments.runs, Path(arguments.arch).stem)
    is_mnist = data_checksum(data.train_images, data.train_labels) == MNIST_CHECKSUM
    other_set = None if is_mnist else data.folder.resolve().name
    if arguments.out is None:  # only weights trained on MNIST may replace those of others
        name = Path(arguments.arch).stem + ("-drawing" if recipe.synthetic_drawings else "")
        arguments.out = paths.TRAINED_WEIGHTS / f"{name}.npz" if is_mnist else folder / "weights.npz"
        _check_outputs(arguments, data.files)
    if not arguments.quiet:
        print(run.trainer.model.summary(), flush=True)
        if not is_mnist and arguments.out.parent == folder:
            print(f"{data.folder} is not MNIST: its weights go to {arguments.out}", flush=True)
    (folder / runs.METRICS).unlink(missing_ok=True)  # a finished run that is resumed is unfinished again
    given = [f"--{name} {shlex.quote(run.arguments[name])}" for name in PATH_ARGUMENTS if run.arguments[name]]
    given += map(shlex.quote, reading_options(arguments))
    command_line = [program_name("python scripts/train.py"), "--resume", shlex.quote(str(folder)), *given]
    resume = f"Resume with: {' '.join(command_line)}"
    try:
        signum = _train(run, arguments, images, labels, validation, folder)
        if signum is not None:
            last = run.last
            assert last is not None
            print(f"Stopped after epoch {last.epoch}, step {last.step} of {last.steps}. {resume}")
            return signals.exit_status(signum)
        draw_samples = _finish(run, arguments, data, folder, other_set)
    except NonFiniteLoss as error:
        print_error("train.py", error)
        return BAD_INPUT
    except KeyboardInterrupt:
        if (folder / runs.CHECKPOINT).is_file():
            print(resume)
        raise
    if arguments.show:
        _show(draw_samples)
    return SUCCESS


def _parser() -> Parser:
    parser = Parser(__doc__)
    add_arguments(
        parser,
        *("arch", "recipe", "epochs", "batch-size", "learning-rate", "seed", "out", "runs", "metrics", "quiet"),
        recipe={"help": recipes.describe()},
        out={
            "help": "weights file (default: weights/<arch>.npz, or weights/<arch>-drawing.npz with synthetic "
            "drawings; weights.npz in the run's folder if the images are not MNIST's)"
        },
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--initial-weights",
        metavar="FILE",
        type=user_path,
        help="start from the weights in this file, of the same architecture and classes (default: random weights)",
    )
    parser.add_argument(
        "--validation",
        metavar="N",
        type=non_negative_int,
        default=0,
        help="hold out N training images, stratified and always the same, and evaluate on them after each epoch",
    )
    parser.add_argument(
        "--precision",
        choices=("int8", "float32"),
        default="int8",
        help="of the weights in the file; int8 has a scale for each output channel and a quarter of the size "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--checkpoint-every",
        metavar="N",
        type=non_negative_int,
        default=0,
        help="write a checkpoint after each N steps, besides the one after each epoch",
    )
    parser.add_argument(
        "--resume",
        metavar="RUN",
        type=name_or_user_path,
        nargs="?",
        const="",
        help="resume an interrupted run, given its folder (default: the newest one of this arch)",
    )
    parser.add_argument("--live", action="store_true", help="draw the curves in a window during training")
    parser.add_argument("--show", action="store_true", help="show the figure of samples at the end")
    parser.add_argument(
        "--show-augmentation", action="store_true", help="only draw a figure of the recipe's augmentation"
    )
    return parser


def _begin(argv: Sequence[str] | None) -> tuple[argparse.Namespace, Recipe, TrainingRun | None, Path | None]:
    """The arguments and the recipe and, when resuming, the run and its folder."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.resume is None:
        return arguments, _recipe(arguments), None, None
    name = Path(arguments.arch).stem
    path = Path(arguments.resume) if arguments.resume else runs.newest_unfinished(arguments.runs, name)
    if not path.exists():
        raise UsageError(f"--resume: {path}: expected the folder of a run, found nothing")
    path = path / runs.CHECKPOINT if path.is_dir() else path
    if arguments.initial_weights is not None:
        raise UsageError("--initial-weights: can't be given with --resume, which goes on with the run's own weights")
    run, folder = TrainingRun.load(path), path.parent
    if missing := [name for name in RESUMED_ARGUMENTS if name not in run.arguments]:
        raise CheckpointError(f"{path}: not a training to resume: it lacks {', '.join(missing)}")
    try:
        for name in RECIPE_ARGUMENTS:
            if run.arguments[name] != getattr(run.trainer.recipe, name):
                raise ValueError(f"expected the {name} of its recipe, found {run.arguments[name]!r}")
        arguments = parse_resumed(parser, argv, {name: run.arguments[name] for name in RESUMED_ARGUMENTS})
    except ValueError as error:
        raise CheckpointError(f"{path}: not a training to resume: {error}") from None
    initial = run.arguments.get("initial_weights")  # earlier releases did not write it
    if initial is not None and type(initial) is not str:
        raise CheckpointError(
            f"{path}: not a training to resume: expected a name of initial weights, found {initial!r}"
        )
    arguments.initial_weights = None if initial is None else Path(initial)  # for the metadata: it is not read again
    _check_same_run(run, arguments, folder)
    for name in PATH_ARGUMENTS:
        given = run.arguments.get(name)
        if given is not None and getattr(arguments, name) is None:
            raise UsageError(f"{folder}: was started with --{name} {given}; give --{name} again")
    run.trainer.recipe = dataclasses.replace(run.trainer.recipe, epochs=arguments.epochs)
    return arguments, run.trainer.recipe, run, folder


def _check_outputs(arguments: argparse.Namespace, files: Sequence[Path] = ()) -> None:
    inputs = arguments.data, Path(arguments.arch), Path(arguments.recipe), arguments.initial_weights
    outputs = Output("--out", arguments.out, NPZ), Output("--metrics", arguments.metrics, JSON)
    check_outputs(*outputs, inputs=[*files, *inputs])


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """The recipe with the settings that the arguments override; the arguments get the recipe's other settings."""
    if arguments.arch not in zoo.ARCHITECTURES and not is_file(arguments.arch):
        raise UsageError(f"--arch: expected one of {', '.join(zoo.ARCHITECTURES)}, got {arguments.arch!r}")
    try:
        recipe = recipes.get(arguments.recipe, arguments.arch)
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    for name in RECIPE_ARGUMENTS:
        if getattr(arguments, name) is None:
            setattr(arguments, name, getattr(recipe, name))
    if recipe.patience and not arguments.validation:
        raise UsageError("--recipe: its patience needs validation images; give --validation N")
    return dataclasses.replace(recipe, **{name: getattr(arguments, name) for name in RECIPE_ARGUMENTS})


def _check_same_run(run: TrainingRun, arguments: argparse.Namespace, folder: Path) -> None:
    for name in IMMUTABLE_ARGUMENTS:
        old, new = run.arguments[name], getattr(arguments, name)
        if new != old:
            option = "--" + name.replace("_", "-")
            raise UsageError(f"{folder}: started with {option} {old}, can't resume with {option} {new}")
    recipe, epochs = run.trainer.recipe, arguments.epochs
    if recipe.schedule != "constant" and epochs != recipe.epochs:
        raise UsageError(f"{folder}: its learning rate schedule has {recipe.epochs} epochs, can't resume with {epochs}")
    assert run.last is not None
    if run.last.epoch > epochs:
        raise UsageError(f"{folder}: is in epoch {run.last.epoch}; to resume, give at least --epochs {run.last.epoch}")
    if len(run.history) == epochs and (folder / runs.METRICS).exists():
        raise UsageError(f"{folder}: has finished its {epochs} epochs; to resume, give more with --epochs N")


def _train(
    run: TrainingRun,
    arguments: argparse.Namespace,
    images: np.ndarray,
    labels: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray] | None,
    folder: Path,
) -> int | None:
    """Train to the end, or to a signal, and return its number; the folder then has the checkpoint."""
    received: list[int] = []

    def stop_after_this_step(signum: int, frame: FrameType | None) -> None:
        if received:  # the second one: stop at once, back to the last checkpoint
            raise KeyboardInterrupt
        received.append(signum)

    def on_drawings(done: int, total: int) -> None:
        progress.on_drawings(done, total)
        if received:  # the last checkpoint is the one at the end of the epoch before
            raise signals.Interrupted(received[0])

    handlers = dict.fromkeys((signal.SIGINT, signal.SIGTERM), stop_after_this_step)
    last, every = run.last, arguments.checkpoint_every
    epoch_images = len(images) + run.trainer.recipe.synthetic_drawings
    done = 0 if last is None else (last.epoch - 1) * epoch_images + last.images
    with (
        signals.handling(handlers),
        np.errstate(over="ignore", invalid="ignore"),  # NonFiniteLoss says more than NumPy's warnings do
        Progress(arguments.epochs, epoch_images, done=done, quiet=arguments.quiet, live=arguments.live) as progress,
    ):
        for event in run.trainer.fit(images, labels, arguments.seed, validation, last, on_drawings):
            run.on_event(event)
            progress.on_event(event)
            if isinstance(event, StepEnd):
                steps = (event.epoch - 1) * event.steps + event.step
                is_due = received or (every and steps % every == 0)
                if event.step == event.steps or not is_due:  # the event of the epoch's end follows its last step
                    continue
            run.save(folder)
            if received:
                return received[0]
    run.trainer.finish()
    return None


def _finish(
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
        "compile_seconds": backend.compile_seconds(),
        "peak_rss_mib": platforms.peak_rss_mib(),
        "versions": runs.versions(),
    }


def _provenance(
    run: TrainingRun, arguments: argparse.Namespace, evaluation: EvaluationReport, other_set: str | None
) -> dict[str, Any]:
    """The metadata of the weights file. It depends only on the weights, not on the time and place of the training."""
    values = {name: getattr(arguments, name) for name in (*IMMUTABLE_ARGUMENTS, "epochs", "precision")}
    defaults = vars(_parser().parse_args([]))
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


def _show_augmentation(images: np.ndarray, recipe: Recipe, arguments: argparse.Namespace) -> int:
    """Draw a figure of the recipe's augmentation, and show it if there is a display."""
    from apps.cli import plots

    def draw(figure: "Figure") -> None:
        plots.draw_augmentation(figure, images, recipe.augmentation, arguments.seed)

    path = runs.new_run(arguments.runs, "augmentation") / "augmentation.png"
    plots.save(path, draw)
    print(f"Figure: {path}")
    if arguments.show:
        _show(draw)
    return SUCCESS


def _show(draw: Callable[["Figure"], None]) -> None:
    from apps.cli import plots

    if not plots.show("samples", draw):
        print_error("train.py", "--show: there is no display to show the figure on")


if __name__ == "__main__":
    sys.exit(main())

"""Train a network on MNIST, or on other images, and evaluate it on the test set.

Ctrl-C stops after the current step; --resume continues from there, with bit-identical results. A killed run resumes
from its last checkpoint: there is one after each epoch, and more with --checkpoint-every.
"""

import argparse
import importlib.util
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import numpy as np

from apps.cli import runs, signals
from apps.cli.arguments import (
    UsageError,
)
from apps.cli.command import BAD_INPUT, SUCCESS, command, print_error
from apps.cli.datasets import load_data, reading_options
from apps.cli.outputs import JSON, NPZ, Output, check_outputs
from apps.cli.program import program_name
from apps.cli.progress import Progress
from apps.cli.training_arguments import PATH_ARGUMENTS, RESUMED_ARGUMENTS, begin
from apps.cli.training_results import finish
from apps.cli.training_run import TrainingRun, build_network, data_checksum, load_weights
from apps.cli.watch.watcher import View, Watcher, opened
from nn import paths
from nn.errors import CheckpointError
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import NonFiniteLoss, StepEnd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The checksum of the training set that the shipped weights were trained on.
MNIST_CHECKSUM = 0x60637407


@command("train.py")
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name. Returns the exit status."""
    arguments, recipe, run, folder = begin(argv, __doc__)
    if arguments.dashboard and importlib.util.find_spec("rich") is None:
        raise UsageError("--dashboard: rich is not installed: pip install 'digits-from-scratch[dashboard]'")
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
        draw_samples = finish(run, arguments, data, folder, other_set)
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


def _check_outputs(arguments: argparse.Namespace, files: Sequence[Path] = ()) -> None:
    inputs = arguments.data, Path(arguments.arch), Path(arguments.recipe), arguments.initial_weights
    outputs = Output("--out", arguments.out, NPZ), Output("--metrics", arguments.metrics, JSON)
    check_outputs(*outputs, inputs=[*files, *inputs])


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
    quiet = arguments.quiet or arguments.dashboard
    epoch_images = len(images) + run.trainer.recipe.synthetic_drawings
    done = 0 if last is None else (last.epoch - 1) * epoch_images + last.images
    with (
        signals.handling(handlers),
        np.errstate(over="ignore", invalid="ignore"),  # NonFiniteLoss says more than NumPy's warnings do
        Progress(arguments.epochs, epoch_images, done=done, quiet=quiet) as progress,
        opened(_view_makers(arguments, validation)) as views,
    ):
        watcher = Watcher(run.trainer.model, *(validation or (images, labels)), arguments.epochs, views)
        for event in run.trainer.fit(images, labels, arguments.seed, validation, last, on_drawings):
            run.on_event(event)
            progress.on_event(event)
            watcher.on_event(event)
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


def _view_makers(
    arguments: argparse.Namespace, validation: tuple[np.ndarray, np.ndarray] | None
) -> list[Callable[[], View | None]]:
    """What makes the views of the training that the arguments ask for."""
    what = "training" if validation is None else "validation"

    def window() -> View | None:
        import pygame

        from apps.cli.watch.window import LiveWindow

        try:
            return LiveWindow(f"Training {Path(arguments.arch).stem}", what)
        except pygame.error as error:
            print_error("train.py", f"--live: no display to open a window on: {error}; the training continues without")
            return None

    def dashboard() -> View:
        from apps.cli.watch.dashboard import Dashboard

        return Dashboard(what)

    return [*([window] if arguments.live else []), *([dashboard] if arguments.dashboard else [])]


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

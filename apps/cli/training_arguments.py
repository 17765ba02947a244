"""The arguments of the command that trains, and the settings that a resumed run takes from its checkpoint."""

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from apps.cli import runs
from apps.cli.arguments import (
    Parser,
    UsageError,
    add_arguments,
    name_or_user_path,
    non_negative_int,
    parse_resumed,
    user_path,
)
from apps.cli.datasets import add_data_arguments
from apps.cli.training_run import TrainingRun
from nn import recipes, zoo
from nn.errors import CheckpointError, one_line
from nn.files import is_file
from nn.recipes import Recipe

#: The arguments that the weights depend on, besides the epochs: a resumed run can't change them.
IMMUTABLE_ARGUMENTS = ("arch", "recipe", "batch_size", "learning_rate", "seed", "validation")

#: The arguments that override a setting of the recipe.
RECIPE_ARGUMENTS = ("epochs", "batch_size", "learning_rate")

#: The arguments that a resumed run takes from its checkpoint.
RESUMED_ARGUMENTS = (*IMMUTABLE_ARGUMENTS, "epochs", "precision", "checkpoint_every")

#: The arguments that have to be given again: a checkpoint, perhaps someone else's, does not say what to write or read.
PATH_ARGUMENTS = ("data", "out", "metrics")


def make_parser(description: str | None = None) -> Parser:
    """The parser of the command."""
    parser = Parser(description)
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
    parser.add_argument("--live", action="store_true", help="show the training in a window while it runs")
    parser.add_argument("--dashboard", action="store_true", help="show it in the terminal (needs rich)")
    parser.add_argument("--show", action="store_true", help="show the figure of samples at the end")
    parser.add_argument(
        "--show-augmentation", action="store_true", help="only draw a figure of the recipe's augmentation"
    )
    return parser


def begin(
    argv: Sequence[str] | None, description: str | None = None
) -> tuple[argparse.Namespace, Recipe, TrainingRun | None, Path | None]:
    """The arguments and the recipe and, when resuming, the run and its folder."""
    parser = make_parser(description)
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
        raise CheckpointError(f"{path}: not a training to resume: {one_line(error)}") from None
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

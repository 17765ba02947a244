"""A training run that can be interrupted after any step and resumed: its state, and the checkpoint of it."""

import dataclasses
import zlib
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from apps.cli.arguments import UsageError
from apps.cli.runs import CHECKPOINT
from nn import checkpoint, synthetic_drawings, zoo
from nn.errors import CheckpointError, one_line
from nn.model import Sequential
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd, Event, StepEnd


@dataclasses.dataclass
class TrainingRun:
    """All that the rest of a training depends on.

    Attributes:
        trainer: trains the network.
        arguments: of the command that started it, by name, as JSON takes them.
        checksum: of the training data; see `data_checksum`.
        last: the last step.
        history: for each finished epoch, the fields of its `EpochEnd` that are not None.
    """

    trainer: Trainer
    arguments: dict[str, Any]
    checksum: int
    last: StepEnd | None = None
    history: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def on_event(self, event: Event) -> None:
        """Record an event."""
        if isinstance(event, StepEnd):
            self.last = event
        else:
            self.history.append({name: v for name, v in dataclasses.asdict(event).items() if v is not None})

    def save(self, folder: Path) -> None:
        """Write the checkpoint into the run's folder.

        Raises:
            CheckpointError: it can't be written, or there are non-finite weights; the one before is intact.
        """
        meta = {
            "recipe": self.trainer.recipe.to_dict(),
            "arguments": self.arguments,
            "fingerprint": self.checksum,
            "last": None if self.last is None else dataclasses.asdict(self.last),
            "history": self.history,
        }
        path = folder / CHECKPOINT
        try:
            checkpoint.save(path, self.trainer.model, {"training": meta}, self.trainer.state_dict())
        except CheckpointError:
            raise
        except ValueError as error:
            raise CheckpointError(f"{path}: not written: {error}") from None

    @classmethod
    def load(cls, path: Path) -> "TrainingRun":
        """The run of a checkpoint, to resume it.

        Raises:
            CheckpointError: the file is missing, broken, or holds something else.
        """
        saved = checkpoint.load(path)
        if "training" not in saved.meta:
            raise CheckpointError(f"{path}: holds weights, but no training to resume")
        try:
            meta = saved.meta["training"]
            trainer = Trainer(saved.model, Recipe.from_dict(meta["recipe"]))
            trainer.load_state_dict(saved.arrays)
            last = _checked(StepEnd, meta["last"])
            history = [_checked(EpochEnd, {"validation_accuracy": None} | entry) for entry in meta["history"]]
            finished = last.epoch - (last.step < last.steps)
            is_whole = len(history) == finished and all(entry.epoch == n for n, entry in enumerate(history, 1))
            if not (1 <= last.step <= last.steps and is_whole):
                raise ValueError(f"expected the history of {finished} epochs and a step of the next")
            arguments, checksum = dict(meta["arguments"]), meta["fingerprint"]
            run = cls(trainer, arguments, checksum, last)
            for entry in history:
                run.on_event(entry)
            return run
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise CheckpointError(f"{path}: not a training to resume: {one_line(error)}") from None


E = TypeVar("E", StepEnd, EpochEnd)


def _checked(kind: type[E], values: Any) -> E:
    """An event of these values, which come from a file; ValueError where one is not a finite number of its type."""
    event = kind(**values)
    for field in dataclasses.fields(kind):
        value, is_integer = getattr(event, field.name), field.type is int
        optional = value is None and field.name == "validation_accuracy"
        if not optional and not (type(value) in ((int,) if is_integer else (int, float)) and 0 <= value < 2**53):
            raise ValueError(f"expected {field.name} to be a number, found {value!r}")
    return event


def build_network(arch: str, recipe: Recipe, image_shape: tuple[int, ...], classes: int, seed: int = 0) -> Sequential:
    """The network of an architecture, with the outputs that a recipe needs for images of this shape and these classes.

    Raises:
        UsageError: the architecture or the recipe does not go with the images.
    """
    try:
        outputs = synthetic_drawings.output_classes(recipe, image_shape, classes)
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    try:
        return zoo.build(arch, (*image_shape, 1)[:3], outputs, np.random.default_rng(seed))
    except ValueError as error:  # the images are too small, or the file does not describe a network
        raise UsageError(f"--arch {arch}: {error}") from None


def load_weights(model: Sequential, path: Path) -> None:
    """Set a network's weights to those of a file.

    Raises:
        CheckpointError: the file is missing, broken, or holds another network's weights.
    """
    try:
        model.load_state_dict(checkpoint.load(path).model.state_dict())
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(f"{path}: {one_line(error)}") from None


def data_checksum(images: np.ndarray, labels: np.ndarray) -> int:
    """CRC-32 of training data: a training must resume with the data that it started with."""
    return zlib.crc32(np.ascontiguousarray(labels).data, zlib.crc32(np.ascontiguousarray(images).data))

"""A training that can be put down after any step, and taken up again."""

import dataclasses
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli.runs import CHECKPOINT
from nn import checkpoint
from nn.errors import CheckpointError
from nn.model import Sequential
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import Event, StepEnd


@dataclasses.dataclass
class Training:
    """All that the rest of a training depends on.

    Attributes:
        trainer: the recipe at work on the network.
        arguments: of the command that began it, by name, as JSON takes them.
        fingerprint: of the training data; see `fingerprint`.
        last: the last step that was made.
        history: an entry for each finished epoch, the fields of its `EpochEnd` that have a value.
    """

    trainer: Trainer
    arguments: dict[str, Any]
    fingerprint: int
    last: StepEnd | None = None
    history: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    @property
    def model(self) -> Sequential:
        """The network."""
        return self.trainer.model

    def note(self, event: Event) -> None:
        """Keep what the event says."""
        if isinstance(event, StepEnd):
            self.last = event
        else:
            entry = dataclasses.asdict(event)
            self.history.append({name: value for name, value in entry.items() if value is not None})

    def save(self, folder: Path) -> None:
        """Put it down in a run's folder.

        Raises:
            CheckpointError: the file can't be written, or a step has spoilt the weights; the one before is intact.
        """
        meta = {
            "recipe": self.trainer.recipe.to_dict(),
            "arguments": self.arguments,
            "fingerprint": self.fingerprint,
            "last": None if self.last is None else dataclasses.asdict(self.last),
            "history": self.history,
        }
        try:
            checkpoint.save(folder / CHECKPOINT, self.model, {"training": meta}, self.trainer.state_dict())
        except CheckpointError:
            raise
        except ValueError as error:
            raise CheckpointError(f"{folder / CHECKPOINT}: not written: {error}") from None


def take_up(path: Path) -> Training:
    """Take up the training that was put down in the file ``path``.

    Raises:
        CheckpointError: the file is missing, broken, or holds something else.
    """
    saved = checkpoint.load(path)
    if "training" not in saved.meta:
        raise CheckpointError(f"{path}: holds weights, but no training to go on with")
    try:
        meta = saved.meta["training"]
        arguments = dict(meta["arguments"])
        trainer = Trainer(saved.model, Recipe.from_dict(meta["recipe"]))
        trainer.load_state_dict(saved.arrays)
        history = [dict(entry) for entry in meta["history"]]
        return Training(trainer, arguments, meta["fingerprint"], StepEnd(**meta["last"]), history)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: not a training to go on with: {error}") from None


def fingerprint(images: np.ndarray, labels: np.ndarray) -> int:
    """A checksum of training data, to notice when a training goes on with others than it began with."""
    return zlib.crc32(np.ascontiguousarray(labels).data, zlib.crc32(np.ascontiguousarray(images).data))

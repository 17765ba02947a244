"""One training of a comparison: what it depends on, the work itself, and the file that keeps what came of it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli import runs
from apps.cli.training import fingerprint
from nn import checkpoint
from nn.data import mnist
from nn.data.mnist import Dataset
from nn.digits import Recognizer
from nn.digits.stroke_set import StrokeSet
from nn.digits.strokes import replay
from nn.errors import CheckpointError, DataError
from nn.fold import optimize_for_inference
from nn.model import Sequential
from nn.ops import backend
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd

NO_ANSWER = -1


@dataclass(frozen=True, eq=False)
class Trial:
    """A network, a recipe and a seed: all that a worker must be told, which has the package and the data.

    Attributes:
        arch, recipe: their names, for people.
        seed: fixes everything that is random.
        network: its description; see ``Sequential.config``.
        settings: the recipe's; see ``Recipe.document``.
        data: the folder of the set, or None for the worker's own; see ``mnist.load``.
        fingerprints: of the set; see ``fingerprints_of``.
        held_out: how many training images to judge on, or 0 for the test set.
    """

    arch: str
    recipe: str
    seed: int
    network: dict[str, Any]
    settings: dict[str, Any]
    data: str | None
    fingerprints: list[int]
    held_out: int

    @property
    def contender(self) -> str:
        """What the trials of all seeds have in common, in words."""
        return f"{self.arch}, {self.recipe}"

    def __str__(self) -> str:
        return f"{self.contender}, seed {self.seed}"

    def path(self, folder: Path, strokes: StrokeSet | None) -> Path:
        """The file in ``folder`` that keeps what came of it.

        Its name holds a hash of everything that the result depends on, but for the program itself: whatever is
        changed has a file of its own.
        """
        depends_on = {
            "network": self.network,
            "settings": self.settings,
            "seed": self.seed,
            "data": self.fingerprints,
            "held_out": self.held_out,
            "strokes": None if strokes is None else _fingerprints_of_strokes(strokes),
            "backend": backend.current(),
            "versions": runs.versions(),
        }
        digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()
        return folder / f"{self.arch}-{self.recipe}-{self.seed}-{digest[:12]}.npz"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a trial.

    Attributes:
        answers: (N,) uint8, what the network said of each image to judge on.
        stroke_answers: (M,) int64, the same of each drawing, `NO_ANSWER` where it said nothing; None without strokes.
        seconds: of training.
        weights: the arrays of the trained network, by name.
    """

    answers: np.ndarray
    stroke_answers: np.ndarray | None
    seconds: float
    weights: dict[str, np.ndarray]


def run(trial: Trial, strokes: StrokeSet | None = None) -> Outcome:
    """Train and judge, in whatever process or on whatever machine this is called.

    A recipe that has patience takes the images to judge on for its validation; with the test set it has none.

    Args:
        trial: what to train.
        strokes: drawings to judge on as well, each once, at the sizes and places of ``evaluate.py --seed 0``.

    Raises:
        DataError: the data are missing here, or are not those of the comparison.
        NonFiniteLoss: the training failed.
    """
    data = mnist.load(trial.data, progress=False)
    if fingerprints_of(data) != trial.fingerprints:
        raise DataError(f"{data.folder}: expected the images of the comparison, found others")
    images, labels, *judged = parts(data, trial.held_out)
    model = Sequential.from_config(trial.network, rng=np.random.default_rng(trial.seed))
    trainer = Trainer(model, Recipe.from_dict(trial.settings))
    validation = (judged[0], judged[1]) if trial.held_out and trainer.recipe.patience else None
    with np.errstate(over="ignore", invalid="ignore"):  # NonFiniteLoss says more than NumPy's warnings do
        events = trainer.fit(images, labels, trial.seed, validation)
        seconds = sum(event.seconds for event in events if isinstance(event, EpochEnd))
    trainer.finish()
    network = optimize_for_inference(model)
    return Outcome(
        answers=network.predict(judged[0]).argmax(axis=1).astype(np.uint8),
        stroke_answers=None if strokes is None else _read(Recognizer(network), strokes),
        seconds=seconds,
        weights=model.state_dict(),
    )


def parts(data: Dataset, held_out: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images and labels to train on, and images and labels to judge on; see `Trial.held_out`."""
    images, labels = data.train_images, data.train_labels
    if not held_out:
        return images, labels, data.test_images, data.test_labels
    kept, chosen = mnist.validation_split(labels, held_out)
    return images[kept], labels[kept], images[chosen], labels[chosen]


def fingerprints_of(data: Dataset) -> list[int]:
    """Checksums of the training set and of the test set."""
    return [fingerprint(data.train_images, data.train_labels), fingerprint(data.test_images, data.test_labels)]


def _fingerprints_of_strokes(strokes: StrokeSet) -> list[int]:
    return [fingerprint(strokes.points, strokes.label), fingerprint(strokes.stroke_offsets, strokes.sample_offsets)]


def _read(recognizer: Recognizer, strokes: StrokeSet) -> np.ndarray:
    rng = np.random.default_rng(0)
    drawings = [replay(strokes.strokes(index), rng) for index in range(len(strokes))]
    labels = [prediction.label for prediction in recognizer.recognize_many(drawings)]
    return np.array([NO_ANSWER if label is None else label for label in labels])


def save(path: Path, trial: Trial, outcome: Outcome) -> None:
    """Keep what came of a trial as a file of weights like any other, with the answers beside them.

    Raises:
        CheckpointError: the file can't be written.
    """
    model = Sequential.from_config(trial.network)
    model.load_state_dict(outcome.weights)
    arrays = {"answers": outcome.answers}
    if outcome.stroke_answers is not None:
        arrays["stroke_answers"] = outcome.stroke_answers
    meta = {"arch": trial.arch, "recipe": trial.recipe, "seed": trial.seed, "settings": trial.settings}
    checkpoint.save(path, model, meta | {"held_out": trial.held_out, "seconds": outcome.seconds}, arrays)


def load(path: Path) -> Outcome:
    """What ``save`` kept.

    Raises:
        CheckpointError: the file is missing, broken, or holds something else.
    """
    saved = checkpoint.load(path)
    try:
        answers, seconds = saved.arrays["answers"], float(saved.meta["seconds"])
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(f"{path}: expected a run of a comparison, found weights alone") from None
    return Outcome(answers, saved.arrays.get("stroke_answers"), seconds, saved.model.state_dict())

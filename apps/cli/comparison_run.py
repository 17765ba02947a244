"""One training run of a comparison: what it depends on, its execution, and the file of its result."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps.cli import runs
from apps.cli.evaluation.report import REJECTED
from apps.cli.training_run import data_checksum
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


@dataclass(frozen=True, eq=False)
class RunSpec:
    """A network, a recipe, a seed and the data: everything that a worker needs.

    Attributes:
        arch, recipe: their names, for people.
        seed: of everything random.
        network: its description; see ``Sequential.config``.
        settings: of the recipe; see ``Recipe.to_dict``.
        data: folder of the data set, or None for the worker's default; see ``mnist.load``.
        checksums: of the data set; see ``checksums_of``.
        held_out: number of training images to evaluate on, or 0 for the test set.
        split, transpose: how to read the data set; see ``mnist.load``.
    """

    arch: str
    recipe: str
    seed: int
    network: dict[str, Any]
    settings: dict[str, Any]
    data: str | None
    checksums: list[int]
    held_out: int
    split: str | None = None
    transpose: bool | None = None

    @property
    def configuration(self) -> str:
        """The names of the architecture and the recipe, which the runs of all seeds share."""
        return f"{self.arch}, {self.recipe}"

    def __str__(self) -> str:
        return f"{self.configuration}, seed {self.seed}"

    def path(self, folder: Path, strokes: StrokeSet | None) -> Path:
        """The file of the result. Its name has a hash of all that the result depends on, except for the program."""
        depends_on = [self.network, self.settings, self.seed, self.checksums, self.held_out]
        if strokes is not None:
            depends_on.append(data_checksum(strokes.points, strokes.label))
            depends_on.append(data_checksum(strokes.stroke_offsets, strokes.sample_offsets))
        depends_on += [backend.current(), runs.versions()]
        digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()
        return folder / f"{self.arch}-{self.recipe}-{self.seed}-{digest[:12]}.npz"


@dataclass(frozen=True, eq=False)
class RunResult:
    """The result of a run.

    Attributes:
        answers: (N,) uint8, the predicted class of each image of the evaluation.
        stroke_answers: (M,) int64, the same for each sample of strokes, or `REJECTED`; None without strokes.
        seconds: of training.
        weights: the arrays of the trained network, by name.
        calibration: of the network, as JSON takes it; None without one.
    """

    answers: np.ndarray
    stroke_answers: np.ndarray | None
    seconds: float
    weights: dict[str, np.ndarray]
    calibration: dict[str, float] | None = None


def execute(spec: RunSpec, strokes: StrokeSet | None = None) -> RunResult:
    """Train and evaluate, in any process on any machine that has this package and the data.

    Early stopping uses the evaluation images as its validation images; with the test set there are none.

    Args:
        spec: what to train.
        strokes: samples to evaluate on as well, replayed as ``evaluate.py --seed 0`` does.

    Raises:
        DataError: the data are missing here, or are not those of the comparison.
        NonFiniteLoss: the training failed.
    """
    data = mnist.load(spec.data, split=spec.split, transpose=spec.transpose, progress=False)
    if checksums_of(data) != spec.checksums:
        raise DataError(f"{data.folder}: expected the images of the comparison, found others")
    images, labels, *evaluation = data.split(spec.held_out)
    model = Sequential.from_config(spec.network, rng=np.random.default_rng(spec.seed))
    trainer = Trainer(model, Recipe.from_dict(spec.settings))
    validation = (evaluation[0], evaluation[1]) if spec.held_out and trainer.recipe.patience else None
    with np.errstate(over="ignore", invalid="ignore"):  # NonFiniteLoss says more than NumPy's warnings do
        events = trainer.fit(images, labels, spec.seed, validation)
        seconds = sum(event.seconds for event in events if isinstance(event, EpochEnd))
    trainer.finish()
    network, calibration = optimize_for_inference(model), trainer.calibrate(spec.seed)
    stroke_answers = None
    if strokes is not None:
        rng = np.random.default_rng(0)
        samples = [replay(strokes.strokes(index), rng) for index in range(len(strokes))]
        predictions = Recognizer(network, calibration).recognize_many(samples)
        stroke_answers = np.array([REJECTED if each.label is None else each.label for each in predictions])
    return RunResult(
        answers=network.predict(evaluation[0])[:, : data.classes].argmax(axis=1).astype(np.uint8),
        stroke_answers=stroke_answers,
        seconds=seconds,
        weights=model.state_dict(),
        calibration=None if calibration is None else calibration.to_dict(),
    )


def checksums_of(data: Dataset) -> list[int]:
    """Checksums of the training set and of the test set."""
    return [data_checksum(data.train_images, data.train_labels), data_checksum(data.test_images, data.test_labels)]


def save(path: Path, spec: RunSpec, result: RunResult) -> None:
    """Write a result as a weights file like any other, with the answers in it.

    Raises:
        CheckpointError: the file can't be written.
    """
    model = Sequential.from_config(spec.network)
    model.load_state_dict(result.weights)
    arrays = {"answers": result.answers}
    if result.stroke_answers is not None:
        arrays["stroke_answers"] = result.stroke_answers
    meta = {"arch": spec.arch, "recipe": spec.recipe, "seed": spec.seed, "settings": spec.settings}
    meta |= {"held_out": spec.held_out, "seconds": result.seconds}
    if result.calibration is not None:
        meta["calibration"] = result.calibration
    checkpoint.save(path, model, meta, arrays)


def load(path: Path) -> RunResult:
    """The result that ``save`` wrote.

    Raises:
        CheckpointError: the file is missing, broken, or holds something else.
    """
    saved = checkpoint.load(path)
    try:
        answers, seconds = saved.arrays["answers"], float(saved.meta["seconds"])
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(f"{path}: expected a run of a comparison, found weights alone") from None
    weights = saved.model.state_dict()
    return RunResult(answers, saved.arrays.get("stroke_answers"), seconds, weights, saved.meta.get("calibration"))

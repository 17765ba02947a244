"""Training by a recipe: its optimizer, weight averaging, early stopping and synthetic drawings in one object."""

import contextlib
import math
from collections.abc import Generator, Mapping

import numpy as np

from nn import checks, synthetic_drawings
from nn.averaging import Average, EarlyStopping, ExponentialMovingAverage, StochasticWeightAveraging
from nn.digits.calibration import Calibration
from nn.digits.strokes import CLASSES
from nn.fold import optimize_for_inference
from nn.model import Sequential
from nn.optimizers import Optimizer
from nn.parameter import check_state
from nn.recipes import Recipe
from nn.synthetic_drawings import OnProgress
from nn.training import EpochEnd, Event, EventStream, StepEnd, as_pair, check_data, fit


class Trainer:
    """Trains a network by a recipe, and resumes an interrupted training.

    Args:
        model: the network to train. See ``nn.synthetic_drawings.output_classes`` for the number of outputs that the
            recipe needs.
        recipe: the settings.

    >>> from nn import zoo
    >>> images, labels = np.zeros((40, 28, 28), np.uint8), np.arange(40) % 10
    >>> trainer = Trainer(zoo.build("mlp"), Recipe(epochs=2, batch_size=20))
    >>> for event in trainer.fit(images, labels, seed=0):
    ...     if isinstance(event, EpochEnd):
    ...         print("epoch", event.epoch)
    epoch 1
    epoch 2
    >>> trainer.finish()
    """

    def __init__(self, model: Sequential, recipe: Recipe) -> None:
        self.model = checks.instance("Trainer: model", model, Sequential)
        self.recipe = checks.instance("Trainer: recipe", recipe, Recipe)
        self.optimizer = recipe.make_optimizer(model.parameters)
        arrays = model.parameters + model.buffers
        self.average: Average | None = None
        if recipe.swa_fraction:
            self.average = StochasticWeightAveraging(arrays)
        elif recipe.ema_decay:
            self.average = ExponentialMovingAverage(arrays, recipe.ema_decay)
        self.early_stopping = EarlyStopping(arrays, recipe.patience) if recipe.patience else None

    def fit(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        seed: int,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
        start: StepEnd | None = None,
        on_drawings: OnProgress | None = None,
        *,
        shuffle: bool = True,
    ) -> EventStream:
        """Train, one event for each step and each epoch, until the last epoch or early stopping; then call ``finish``.

        Args:
            images, labels, seed, validation, start, shuffle: see ``nn.training.fit``.
            on_drawings: called while synthetic drawings are made, with their number so far and in all.

        Raises:
            ValueError: early stopping has no validation images, or the network or the images do not go with the
                recipe's synthetic drawings; and what ``nn.training.fit`` raises.
        """
        if self.early_stopping is not None and validation is None:
            raise ValueError(f"recipe: expected validation images, because it has a patience of {self.recipe.patience}")
        images, labels = check_data("fit", self.model, images, labels)
        if validation is not None:
            check_data("fit: validation", self.model, *as_pair("fit: validation", validation))
        checks.boolean("fit: shuffle", shuffle)
        seed = checks.integer("fit: seed", seed, 0)
        events = self._events(images, labels, seed, validation, start, on_drawings, shuffle)
        return EventStream("Trainer.fit", events)

    def _events(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        seed: int,
        validation: tuple[np.ndarray, np.ndarray] | None,
        start: StepEnd | None,
        on_drawings: OnProgress | None,
        shuffle: bool,
    ) -> Generator[Event, None, None]:
        recipe, stopping = self.recipe, self.early_stopping
        if stopping is not None and stopping.is_over:
            return
        expected = synthetic_drawings.output_classes(recipe, images.shape[1:], CLASSES)  # checks the images, too
        if recipe.synthetic_drawings:
            if self.model.output_shape != (expected,):
                raise ValueError(f"recipe: expected a network of {expected} outputs, got {self.model.output_shape}")
            epoch = 1 if start is None else start.epoch + (start.step == start.steps)
            images, labels = synthetic_drawings.extend(images, labels, recipe, seed, epoch, on_drawings)
        steps = recipe.epochs * math.ceil(len(images) / recipe.batch_size)
        if isinstance(self.average, StochasticWeightAveraging):
            self.average.start = round((1 - recipe.swa_fraction) * steps)
        for event in fit(
            self.model,
            self.optimizer,
            images,
            labels,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            seed=seed,
            schedule=recipe.make_schedule(steps),
            label_smoothing=recipe.label_smoothing,
            clip_norm=recipe.clip_norm or None,
            average=self.average,
            augmentation=recipe.augmentation,
            corrupted_fraction=recipe.corrupted_fraction,
            validation=validation,
            start=start,
            shuffle=shuffle,
        ):
            if stopping is not None and isinstance(event, EpochEnd):
                assert event.validation_accuracy is not None
                with contextlib.nullcontext() if self.average is None else self.average.applied():
                    stopping.on_epoch_end(event.epoch, event.validation_accuracy)
            yield event
            if stopping is not None and stopping.is_over:
                return
            if recipe.synthetic_drawings and isinstance(event, EpochEnd) and event.epoch < recipe.epochs:
                synthetic_drawings.replace(images, labels, recipe, seed, event.epoch + 1, on_drawings)

    def steps_per_epoch(self, images: int) -> int:
        """The number of steps of an epoch, with this many images besides the recipe's synthetic drawings."""
        return math.ceil((images + self.recipe.synthetic_drawings) / self.recipe.batch_size)

    def finish(self) -> None:
        """Set the model's weights to those of the best epoch, or else to the averages; without both, change nothing."""
        if self.early_stopping is not None:
            self.early_stopping.apply()
        elif self.average is not None:
            self.average.apply()

    def calibrate(self, seed: int) -> Calibration | None:
        """The calibration of the trained network; None if the recipe has no synthetic drawings to find it with.

        Args:
            seed: of the training.
        """
        if not self.recipe.synthetic_drawings:
            return None
        return synthetic_drawings.calibrate(optimize_for_inference(self.model), seed)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all state of the training apart from the model's own."""
        return {name: array for part in self._parts() for name, array in part.state_dict().items()}

    def load_state_dict(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Restore what ``state_dict`` returned.

        Raises:
            ValueError: a name, shape or dtype is not what it should be.
        """
        check_state("training", self.state_dict(), arrays)
        for part in self._parts():
            part.load_state_dict({name: arrays[name] for name in part.state_dict()})

    def _parts(self) -> "list[Optimizer | Average | EarlyStopping]":
        return [part for part in (self.optimizer, self.average, self.early_stopping) if part is not None]

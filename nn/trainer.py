"""A training by a recipe: the optimizer, the averages and early stopping that it asks for, as one object."""

import contextlib
import math
from collections.abc import Iterator, Mapping

import numpy as np

from nn.averaging import Average, EarlyStopping, ExponentialMovingAverage, StochasticWeightAveraging
from nn.model import Sequential
from nn.optimizers import Optimizer
from nn.parameter import check_state
from nn.recipes import Recipe
from nn.training import EpochEnd, Event, StepEnd, fit


class Trainer:
    """A recipe at work on a network: what it takes to train, and to go on after an interruption.

    Args:
        model: the network to train.
        recipe: how.
    """

    def __init__(self, model: Sequential, recipe: Recipe) -> None:
        self.model = model
        self.recipe = recipe
        self.optimizer = recipe.make_optimizer(model.parameters)
        arrays = model.parameters + model.buffers
        self.average: Average | None = None
        if recipe.swa_fraction:
            self.average = StochasticWeightAveraging(arrays)
        elif recipe.ema_decay:
            self.average = ExponentialMovingAverage(arrays, recipe.ema_decay)
        self.best = EarlyStopping(arrays, recipe.patience) if recipe.patience else None

    def fit(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        seed: int,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
        start: StepEnd | None = None,
    ) -> Iterator[Event]:
        """Train, an event for each step and each epoch, to the end or as long as it has patience.

        ``finish`` belongs behind it. See ``nn.training.fit``.

        Raises:
            ValueError: the recipe has a patience, and there is nothing to validate with; and what ``fit`` raises.
        """
        recipe = self.recipe
        if self.best is not None and validation is None:
            raise ValueError(f"recipe: expected images to validate with, as it has a patience of {recipe.patience}")
        if self.best is not None and self.best.is_over:
            return
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
            schedule=recipe.rate(steps),
            label_smoothing=recipe.label_smoothing,
            clip_norm=recipe.clip_norm or None,
            average=self.average,
            augmentation=recipe.augmentation,
            validation=validation,
            start=start,
        ):
            if self.best is not None and isinstance(event, EpochEnd):
                assert event.validation_accuracy is not None
                with contextlib.nullcontext() if self.average is None else self.average.applied():
                    self.best.on_epoch_end(event.epoch, event.validation_accuracy)
            yield event
            if self.best is not None and self.best.is_over:
                return

    def finish(self) -> None:
        """Leave in the network what counts: the best epoch's weights, or the averages, or just the last."""
        if self.best is not None:
            self.best.apply()
        elif self.average is not None:
            self.average.apply()

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all that is remembered from step to step, besides the network."""
        arrays: dict[str, np.ndarray] = {}
        for keeper in self._keepers():
            arrays |= keeper.state_dict()
        return arrays

    def load_state_dict(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state_dict`` gave.

        Raises:
            ValueError: a name, shape or dtype is not what it should be.
        """
        check_state("training", self.state_dict(), arrays)
        for keeper in self._keepers():
            keeper.load_state_dict({name: arrays[name] for name in keeper.state_dict()})

    def _keepers(self) -> "list[Optimizer | Average | EarlyStopping]":
        return [keeper for keeper in (self.optimizer, self.average, self.best) if keeper is not None]

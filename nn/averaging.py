"""Weights that are better than the last step's: averages over the steps, and those of the best epoch."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nn.deprecation import deprecated_names
from nn.ops import optimizer_steps as updates
from nn.parameter import Parameter, check_state


class Average:
    """The average of some arrays over the steps of a training; which steps count how much, its kinds say.

    Args:
        arrays: parameters and statistics, each name once.
        every: steps from one update to the next.

    Attributes:
        steps: how many steps it has heard of.
    """

    def __init__(self, arrays: Sequence[Parameter], every: int = 8) -> None:
        if every < 1:
            raise ValueError(f"{type(self).__name__}: expected every >= 1, got {every}")
        self.every, self.steps = every, 0
        self._arrays = list(arrays)
        self._averages = [array.value.copy() for array in arrays]

    def update(self) -> None:
        """A step was made."""
        self.steps += 1
        if self.steps % self.every:
            return
        share = self._share()
        for array, average in zip(self._arrays, self._averages, strict=True):
            updates.average(array.value, average, share)

    def _share(self) -> float:
        """How far the average goes to the values of this step."""
        raise NotImplementedError

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The arrays hold their averages within the block, and what they held before after it."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def apply(self) -> None:
        """Give the arrays their averages for good."""
        for array, average in zip(self._arrays, self._averages, strict=True):
            array.value[...] = average

    def _swap(self) -> None:
        for array, average in zip(self._arrays, self._averages, strict=True):
            last = array.value.copy()
            array.value[...] = average
            average[...] = last

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of what is remembered: ``"average/<name>"`` and ``"average_steps"``."""
        arrays = {f"average/{array.name}": a.copy() for array, a in zip(self._arrays, self._averages, strict=True)}
        return {"average_steps": np.array(self.steps, np.int64), **arrays}

    def load_state_dict(self, arrays: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave.

        Raises:
            ValueError: a name, shape or dtype is not what it should be; nothing has changed then.
        """
        check_state(type(self).__name__, self.state_dict(), arrays)
        self.steps = int(arrays["average_steps"])
        for array, average in zip(self._arrays, self._averages, strict=True):
            average[...] = arrays[f"average/{array.name}"]


class ExponentialMovingAverage(Average):
    """The older, the less.

    average <- average + (1 - d) (value - average), with d = min(decay, (1 + t) / (10 + t)) at the t-th step, so that
    the first steps are soon forgotten (Polyak and Juditsky, 1992; the warm-up is TensorFlow's). It is taken every
    ``every`` steps, with the decay of as many.

    Args:
        arrays, every: see ``Average``.
        decay: how much of the average a step leaves as it was, in [0, 1).
    """

    def __init__(self, arrays: Sequence[Parameter], decay: float, every: int = 8) -> None:
        super().__init__(arrays, every)
        if not 0 <= decay < 1:
            raise ValueError(f"ExponentialMovingAverage: expected 0 <= decay < 1, got {decay}")
        self.decay = decay

    def _share(self) -> float:
        return 1 - min(self.decay**self.every, (1 + self.steps) / (10 + self.steps))


class StochasticWeightAveraging(Average):
    """All steps after the first ``start`` alike; up to there, the values as they are.

    Izmailov and others, "Averaging weights leads to wider optima and better generalization", 2018: stochastic weight
    averaging. It wants steps that stay large to the end.

    Args:
        arrays, every: see ``Average``.
        start: how many steps do not count; may be set later, as long as no more have been made.
    """

    def __init__(self, arrays: Sequence[Parameter], start: int = 0, every: int = 8) -> None:
        super().__init__(arrays, every)
        self.start = start

    def _share(self) -> float:
        return 1 / max(1, self.steps // self.every - self.start // self.every)


class EarlyStopping:
    """Keeps the arrays of the epoch with the best validation accuracy, and says when to stop: early stopping.

    Prechelt, "Early stopping - but when?", 1998. Of equals, the first epoch counts.

    Args:
        arrays: parameters and statistics, each name once.
        patience: epochs without a better one after which it is over.

    Attributes:
        accuracy: the best so far; -1 before the first epoch.
        epoch: which one it was.
        last_epoch: the last one that was heard of.
    """

    def __init__(self, arrays: Sequence[Parameter], patience: int) -> None:
        if patience < 1:
            raise ValueError(f"EarlyStopping: expected patience >= 1, got {patience}")
        self.patience, self.accuracy, self.epoch, self.last_epoch = patience, -1.0, 0, 0
        self._arrays = list(arrays)
        self._best = [array.value.copy() for array in arrays]

    @property
    def is_over(self) -> bool:
        """Whether patience is at its end."""
        return self.last_epoch - self.epoch >= self.patience

    def on_epoch_end(self, epoch: int, accuracy: float) -> None:
        """An epoch is over, and the arrays are what was validated."""
        self.last_epoch = epoch
        if accuracy > self.accuracy:
            self.accuracy, self.epoch = accuracy, epoch
            for array, best in zip(self._arrays, self._best, strict=True):
                best[...] = array.value

    def apply(self) -> None:
        """Give the arrays what they were in the best epoch."""
        for array, best in zip(self._arrays, self._best, strict=True):
            array.value[...] = best

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of what is remembered: ``"best/<name>"``, ``"best_accuracy"`` and ``"best_epochs"``."""
        arrays = {f"best/{array.name}": best.copy() for array, best in zip(self._arrays, self._best, strict=True)}
        epochs = np.array([self.epoch, self.last_epoch], np.int64)
        return {"best_accuracy": np.array(self.accuracy, np.float64), "best_epochs": epochs, **arrays}

    def load_state_dict(self, arrays: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave.

        Raises:
            ValueError: a name, shape or dtype is not what it should be; nothing has changed then.
        """
        check_state("EarlyStopping", self.state_dict(), arrays)
        self.accuracy = float(arrays["best_accuracy"])
        self.epoch, self.last_epoch = map(int, arrays["best_epochs"])
        for array, best in zip(self._arrays, self._best, strict=True):
            best[...] = arrays[f"best/{array.name}"]


__getattr__ = deprecated_names(
    __name__,
    {
        "BestEpoch": "nn.averaging:EarlyStopping",
        "MovingAverage": "nn.averaging:ExponentialMovingAverage",
        "TailAverage": "nn.averaging:StochasticWeightAveraging",
    },
)

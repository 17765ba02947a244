"""Weights other than the last step's: averages over the steps, and those of the best epoch."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nn import checks
from nn.deprecation import deprecated_alias, deprecated_names
from nn.ops.moving_average import moving_average
from nn.parameter import Parameter, check_state


class WeightCopy:
    """Another set of values for some arrays, which can replace the current ones.

    Args:
        arrays: parameters and buffers of a model, each name once.
        prefix: the prefix of the arrays' names in the state.
        counters: the rest of the state, by name.
    """

    def __init__(self, arrays: Sequence[Parameter], prefix: str, counters: dict[str, np.ndarray]) -> None:
        self.arrays = checks.sequence(f"{type(self).__name__}: arrays", arrays, Parameter, empty=True)
        self._copies = {f"{prefix}/{array.name}": array.value.copy() for array in self.arrays}
        self._counters = counters

    @property
    def is_empty(self) -> bool:
        """Whether there are no values yet; ``apply`` then changes nothing."""
        raise NotImplementedError

    def copy(self) -> None:
        """Copy the current values of the arrays."""
        for array, copy in self._pairs():
            copy[...] = array.value

    def apply(self) -> None:
        """Set the arrays to these values, except frozen ones; see ``Layer.trainable``."""
        for array, copy in self._pairs():
            if array.trainable and not self.is_empty:
                array.value[...] = copy

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the counters, and of the values as ``"<prefix>/<name>"``."""
        return {name: array.copy() for name, array in (self._counters | self._copies).items()}

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Restore what ``state_dict`` returned.

        Raises:
            ValueError: a name, shape or dtype is not what it should be; nothing has changed then.
        """
        check_state(type(self).__name__, self.state_dict(), state)
        for name, array in (self._counters | self._copies).items():
            array[...] = state[name]

    def _pairs(self) -> Iterator[tuple[Parameter, np.ndarray]]:
        return zip(self.arrays, self._copies.values(), strict=True)


class Average(WeightCopy):
    """An average of arrays over the steps of a training; the subclasses define the weight of each step.

    Args:
        arrays: parameters and buffers of a model, each name once.
        every: steps from one update of the average to the next.
    """

    def __init__(self, arrays: Sequence[Parameter], every: int = 8) -> None:
        every = checks.integer(f"{type(self).__name__}: every", every, 1)
        super().__init__(arrays, "average", {"average_steps": np.array(0, np.int64)})
        self.every = every

    @property
    def steps(self) -> int:
        """The number of steps so far."""
        return int(self._counters["average_steps"])

    @property
    def is_empty(self) -> bool:
        """Whether no step was averaged yet; the arrays then keep their own values."""
        return self.steps < self.every

    def update(self) -> None:
        """Count a step, and average its weights if it is time."""
        self._counters["average_steps"] += 1
        if self.steps % self.every == 0:
            weight = self._weight()
            for array, average in self._pairs():
                moving_average(array.value, average, weight)

    def _weight(self) -> float:
        """The weight of this step's values in the average, in (0, 1]."""
        raise NotImplementedError

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The arrays hold their averages within the block, and their own values after it."""
        before = [array.value.copy() for array in self.arrays]
        self.apply()
        try:
            yield
        finally:
            for array, value in zip(self.arrays, before, strict=True):
                array.value[...] = value


class ExponentialMovingAverage(Average):
    """average <- average + (1 - d) (value - average), with d = min(decay, (1 + t) / (10 + t)) at step t.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; the warm-up of the decay is
    TensorFlow's. It is updated every ``every`` steps, with the decay of that many steps.

    Args:
        arrays, every: see ``Average``.
        decay: weight of the previous average in each step, in [0, 1).

    >>> weights = Parameter("weights", np.zeros(1))
    >>> average = ExponentialMovingAverage([weights], decay=0.5, every=1)
    >>> weights.value[...] = 1.0
    >>> average.update()
    >>> with average.applied():
    ...     print(weights.value)
    [0.81818182]
    """

    def __init__(self, arrays: Sequence[Parameter], decay: float, every: int = 8) -> None:
        super().__init__(arrays, every)
        self.decay = checks.number("ExponentialMovingAverage: decay", decay, 0, 1, "[)")

    def _weight(self) -> float:
        return 1 - min(self.decay**self.every, (1 + self.steps) / (10 + self.steps))


class StochasticWeightAveraging(Average):
    """The mean over all steps after the first ``start``; before that, the current values.

    Izmailov and others, "Averaging weights leads to wider optima and better generalization", 2018. It needs a learning
    rate that stays large to the end, such as ``nn.schedules.anneal_to_constant``.

    Args:
        arrays, every: see ``Average``.
        start: number of steps before the average begins; may be set later, before that many steps.
    """

    def __init__(self, arrays: Sequence[Parameter], start: int = 0, every: int = 8) -> None:
        super().__init__(arrays, every)
        self.start = checks.integer("StochasticWeightAveraging: start", start, 0)

    def _weight(self) -> float:
        return 1 / max(1, self.steps // self.every - self.start // self.every)


class EarlyStopping(WeightCopy):
    """Keeps the weights of the epoch with the highest validation accuracy, and tells when to stop.

    Prechelt, "Early stopping - but when?", 1998. Of equal epochs, the first is the best.

    Args:
        arrays: parameters and buffers of a model, each name once.
        patience: number of epochs without a higher accuracy after which training stops.

    >>> stopping = EarlyStopping([], patience=2)
    >>> for epoch, accuracy in enumerate([0.8, 0.9, 0.9, 0.7], start=1):
    ...     stopping.on_epoch_end(epoch, accuracy)
    >>> stopping.epoch, stopping.is_over
    (2, True)
    """

    def __init__(self, arrays: Sequence[Parameter], patience: int) -> None:
        patience = checks.integer("EarlyStopping: patience", patience, 1)
        counters = {"best_accuracy": np.array(-1.0), "best_epochs": np.zeros(2, np.int64)}
        super().__init__(arrays, "best", counters)
        self.patience = patience

    @property
    def accuracy(self) -> float:
        """The highest accuracy so far; -1 before the first epoch."""
        return float(self._counters["best_accuracy"])

    @property
    def epoch(self) -> int:
        """The best epoch; 0 before the first."""
        return int(self._counters["best_epochs"][0])

    @property
    def is_empty(self) -> bool:
        """Whether no epoch has ended yet."""
        return self.epoch == 0

    @property
    def is_over(self) -> bool:
        """Whether training should stop."""
        return int(np.diff(self._counters["best_epochs"])[0]) >= self.patience

    def on_epoch_end(self, epoch: int, accuracy: float) -> None:
        """Note the validation accuracy of the arrays' current values at the end of an epoch."""
        checks.integer("EarlyStopping: epoch", epoch, 1)
        checks.number("EarlyStopping: accuracy", accuracy)
        self._counters["best_epochs"][1] = epoch
        if accuracy > self.accuracy:
            self._counters["best_accuracy"][...] = accuracy
            self._counters["best_epochs"][0] = epoch
            self.copy()

    hear = deprecated_alias("on_epoch_end")


_RENAMED = {"BestEpoch": "EarlyStopping", "MovingAverage": "ExponentialMovingAverage"}
__getattr__ = deprecated_names(__name__, _RENAMED | {"TailAverage": "StochasticWeightAveraging"})

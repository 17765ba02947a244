"""Weights other than the last step's: averages over the steps, and those of the best epoch."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from nn.deprecation import deprecated_alias, deprecated_names
from nn.ops.moving_average import moving_average
from nn.parameter import Parameter, check_state


class WeightCopy:
    """Another set of values for some arrays, which can replace the present ones.

    Args:
        arrays: parameters and buffers of a model, each name once.
    """

    #: Prefix of the arrays' names in the state.
    prefix = ""

    def __init__(self, arrays: Sequence[Parameter]) -> None:
        self._arrays = list(arrays)
        self._copies = [array.value.copy() for array in arrays]

    @property
    def arrays(self) -> list[Parameter]:
        """The arrays."""
        return list(self._arrays)

    @property
    def is_empty(self) -> bool:
        """Whether there are no values yet; ``apply`` then changes nothing."""
        raise NotImplementedError

    def copy(self) -> None:
        """Take the present values of the arrays."""
        for array, copy in zip(self._arrays, self._copies, strict=True):
            copy[...] = array.value

    def apply(self) -> None:
        """Set the arrays to these values, but for frozen ones; see ``Layer.trainable``."""
        if not self.is_empty:
            for array, copy in zip(self._arrays, self._copies, strict=True):
                if array.trainable:
                    array.value[...] = copy

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the counters, and of the values as ``"<prefix>/<name>"``."""
        values = {f"{self.prefix}/{a.name}": copy.copy() for a, copy in zip(self._arrays, self._copies, strict=True)}
        return self._counters() | values

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Restore what ``state_dict`` returned.

        Raises:
            ValueError: a name, shape or dtype is not what it should be; nothing has changed then.
        """
        check_state(type(self).__name__, self.state_dict(), state)
        self._load_counters(state)
        for array, copy in zip(self._arrays, self._copies, strict=True):
            copy[...] = state[f"{self.prefix}/{array.name}"]

    def _counters(self) -> dict[str, np.ndarray]:
        raise NotImplementedError

    def _load_counters(self, state: Mapping[str, np.ndarray]) -> None:
        raise NotImplementedError


class Average(WeightCopy):
    """An average of arrays over the steps of a training; the subclasses choose the weight of each step.

    Args:
        arrays: parameters and buffers of a model, each name once.
        every: steps from one update of the average to the next.

    Attributes:
        steps: number of steps so far.
    """

    prefix = "average"

    def __init__(self, arrays: Sequence[Parameter], every: int = 8) -> None:
        if every < 1:
            raise ValueError(f"{type(self).__name__}: expected every >= 1, got {every}")
        super().__init__(arrays)
        self.every, self.steps = every, 0

    @property
    def is_empty(self) -> bool:
        """Whether no step was averaged yet; the arrays then keep their own values."""
        return self.steps < self.every

    def update(self) -> None:
        """Count a step, and average its weights if it is time."""
        self.steps += 1
        if self.steps % self.every:
            return
        weight = self._weight()
        for array, average in zip(self._arrays, self._copies, strict=True):
            moving_average(array.value, average, weight)

    def _weight(self) -> float:
        """The weight of this step's values in the average, in (0, 1]."""
        raise NotImplementedError

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """The arrays hold their averages within the block, and their own values after it."""
        before = [array.value.copy() for array in self._arrays]
        self.apply()
        try:
            yield
        finally:
            for array, value in zip(self._arrays, before, strict=True):
                array.value[...] = value

    def _counters(self) -> dict[str, np.ndarray]:
        return {"average_steps": np.array(self.steps, np.int64)}

    def _load_counters(self, state: Mapping[str, np.ndarray]) -> None:
        self.steps = int(state["average_steps"])


class ExponentialMovingAverage(Average):
    """average <- average + (1 - d) (value - average), with d = min(decay, (1 + t) / (10 + t)) at step t.

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; the warm-up of the decay is
    TensorFlow's. It is updated every ``every`` steps, with the decay of as many.

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
        if not 0 <= decay < 1:
            raise ValueError(f"ExponentialMovingAverage: expected 0 <= decay < 1, got {decay}")
        self.decay = decay

    def _weight(self) -> float:
        return 1 - min(self.decay**self.every, (1 + self.steps) / (10 + self.steps))


class StochasticWeightAveraging(Average):
    """The mean over all steps after the first ``start``; before that, the present values.

    Izmailov and others, "Averaging weights leads to wider optima and better generalization", 2018. It needs a learning
    rate that stays large to the end, such as ``nn.schedules.anneal_to_constant``.

    Args:
        arrays, every: see ``Average``.
        start: number of steps before the average begins; may be set later, before that many steps.
    """

    def __init__(self, arrays: Sequence[Parameter], start: int = 0, every: int = 8) -> None:
        super().__init__(arrays, every)
        self.start = start

    def _weight(self) -> float:
        return 1 / max(1, self.steps // self.every - self.start // self.every)


class EarlyStopping(WeightCopy):
    """Keeps the weights of the epoch with the highest validation accuracy, and tells when to stop.

    Prechelt, "Early stopping - but when?", 1998. Of equal epochs, the first is the best.

    Args:
        arrays: parameters and buffers of a model, each name once.
        patience: number of epochs without a higher accuracy after which training stops.

    Attributes:
        accuracy: the highest so far; -1 before the first epoch.
        epoch: the best epoch.
        last_epoch: the last epoch.

    >>> stopping = EarlyStopping([], patience=2)
    >>> for epoch, accuracy in enumerate([0.8, 0.9, 0.9, 0.7], start=1):
    ...     stopping.on_epoch_end(epoch, accuracy)
    >>> stopping.epoch, stopping.is_over
    (2, True)
    """

    prefix = "best"

    def __init__(self, arrays: Sequence[Parameter], patience: int) -> None:
        if patience < 1:
            raise ValueError(f"EarlyStopping: expected patience >= 1, got {patience}")
        super().__init__(arrays)
        self.patience, self.accuracy, self.epoch, self.last_epoch = patience, -1.0, 0, 0

    @property
    def is_empty(self) -> bool:
        """Whether no epoch has ended yet."""
        return self.epoch == 0

    @property
    def is_over(self) -> bool:
        """Whether training should stop."""
        return self.last_epoch - self.epoch >= self.patience

    def on_epoch_end(self, epoch: int, accuracy: float) -> None:
        """An epoch has ended with this validation accuracy of the arrays' present values."""
        self.last_epoch = epoch
        if accuracy > self.accuracy:
            self.accuracy, self.epoch = accuracy, epoch
            self.copy()

    hear = deprecated_alias("hear", on_epoch_end)

    def _counters(self) -> dict[str, np.ndarray]:
        epochs = np.array([self.epoch, self.last_epoch], np.int64)
        return {"best_accuracy": np.array(self.accuracy, np.float64), "best_epochs": epochs}

    def _load_counters(self, state: Mapping[str, np.ndarray]) -> None:
        self.accuracy = float(state["best_accuracy"])
        self.epoch, self.last_epoch = map(int, state["best_epochs"])


__getattr__ = deprecated_names(
    __name__,
    {
        "BestEpoch": "nn.averaging:EarlyStopping",
        "MovingAverage": "nn.averaging:ExponentialMovingAverage",
        "TailAverage": "nn.averaging:StochasticWeightAveraging",
    },
)

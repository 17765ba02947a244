"""How gradients become steps."""

import contextlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from nn.deprecation import deprecated_alias
from nn.ops import optimizer_steps as updates
from nn.ops.memory import zeros
from nn.parameter import Parameter, check_state, flatten


class Optimizer:
    """Changes parameters by their gradients; what it remembers is kept under the parameters' names.

    Making one moves the parameters into one contiguous vector (``nn.parameter.flatten``), so that a step is one
    pass over memory.

    Args:
        parameters: what to train, each name once, one dtype.
        learning_rate: the step's size; may be changed between steps, as schedules do.

    Attributes:
        steps: how many steps were made.
    """

    #: What is remembered of each parameter, an array of its shape each.
    slots: tuple[str, ...] = ()

    def __init__(self, parameters: Sequence[Parameter], learning_rate: float) -> None:
        if not learning_rate >= 0:
            raise ValueError(f"{type(self).__name__}: expected learning_rate >= 0, got {learning_rate}")
        self.parameters = list(parameters)
        self.learning_rate = float(learning_rate)
        self.steps = 0
        self._values, self._grads = flatten(self.parameters)
        self._memory = {slot: zeros(self._values.shape, self._values.dtype) for slot in self.slots}
        ends = np.cumsum([parameter.value.size for parameter in self.parameters], dtype=np.int64)
        self._ranges = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)

    def step(self) -> None:
        """Change every parameter by its present gradient."""
        self.steps += 1
        self._update()

    @contextlib.contextmanager
    def in_backward(self) -> Iterator[None]:
        """Within the block, ``backward`` makes the coming step of the parameters that it can; ``step`` makes the rest.

        A gradient that is used where it is made need not go through memory: its ``grad`` is not written. What is done
        with all gradients together, such as clipping, has no place between ``backward`` and ``step`` then.
        """
        yield

    def clip_gradients(self, norm: float) -> float:
        """Shorten the gradients, all together, to at most ``norm``; returns how long they were.

        Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
        """
        length = updates.norm(self._grads)
        if length > norm:
            self._grads *= self._grads.dtype.type(norm / length)
        return length

    def _update(self) -> None:
        raise NotImplementedError

    def _decay(self, weight_decay: float) -> None:
        """Shrink the kernels by learning_rate * weight_decay of themselves, apart from their gradients.

        Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. Only parameters of two or more axes decay:
        kernels do, biases and what normalization scales and shifts do not.
        """
        if weight_decay:
            for parameter in self.parameters:
                if parameter.value.ndim > 1:
                    parameter.value *= parameter.value.dtype.type(1 - self.learning_rate * weight_decay)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of what is remembered: ``"<slot>/<parameter>"`` and ``"steps"``."""
        arrays = {"steps": np.array(self.steps, np.int64)}
        for slot, memory in self._memory.items():
            for parameter, view in zip(self.parameters, self._views(memory), strict=True):
                arrays[f"{slot}/{parameter.name}"] = view.copy()
        return arrays

    def load_state_dict(self, arrays: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave.

        Raises:
            ValueError: a name, shape or dtype is not what it should be; nothing has changed then.
        """
        check_state(type(self).__name__, self.state_dict(), arrays)
        self.steps = int(arrays["steps"])
        for slot, memory in self._memory.items():
            for parameter, view in zip(self.parameters, self._views(memory), strict=True):
                view[...] = arrays[f"{slot}/{parameter.name}"]

    state = deprecated_alias("state", state_dict)
    load_state = deprecated_alias("load_state", load_state_dict)

    def _views(self, memory: np.ndarray) -> list[np.ndarray]:
        """The part of a vector that belongs to each parameter, in its shape."""
        ends = np.cumsum([parameter.value.size for parameter in self.parameters])
        parts = np.split(memory, ends[:-1]) if self.parameters else []
        return [part.reshape(p.value.shape) for part, p in zip(parts, self.parameters, strict=True)]


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay if wanted.

    Args:
        parameters, learning_rate: see ``Optimizer``.
        momentum: μ, in [0, 1).
        nesterov: look ahead.
        weight_decay: not negative; decoupled from the gradients, and so from the momentum, as ``AdamW``'s is. What adds
            λ w to the gradients takes 1 / (1 - μ) times as much with the same λ.
    """

    slots = ("momentum",)

    def __init__(
        self,
        parameters: Sequence[Parameter],
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, learning_rate)
        if not 0 <= momentum < 1:
            raise ValueError(f"SGD: expected 0 <= momentum < 1, got {momentum}")
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = _not_negative("SGD", weight_decay)

    def _update(self) -> None:
        self._decay(self.weight_decay)
        memory = self._memory["momentum"]
        updates.sgd(self._values, self._grads, memory, self.learning_rate, self.momentum, self.nesterov)


class Adam(Optimizer):
    """Adaptive moment estimation; the defaults are the paper's.

    Args:
        parameters, learning_rate: see ``Optimizer``.
        beta1, beta2: how slowly the moments forget, in [0, 1).
        epsilon: keeps the division finite.
    """

    slots = ("first_moment", "second_moment")

    def __init__(
        self,
        parameters: Sequence[Parameter],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(parameters, learning_rate)
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            if not 0 <= beta < 1:
                raise ValueError(f"Adam: expected 0 <= {name} < 1, got {beta}")
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        views = (self._views(memory) for memory in self._memory.values())
        moments = zip(self.parameters, *views, strict=True)
        self._moments = {parameter: (m, v) for parameter, m, v in moments if parameter.value.ndim == 2}
        self._other_ranges = self._ranges_but_for(self._moments)
        # What ``in_backward`` leaves to ``step``: its numbers, and where the parameters are that still wait for theirs.
        self._coming: tuple[np.ndarray, np.ndarray] | None = None

    @contextlib.contextmanager
    def in_backward(self) -> Iterator[None]:
        """See ``Optimizer.in_backward``: layers can make the steps of matrices."""
        numbers = self._numbers(self.steps + 1)
        for parameter, moments in self._moments.items():
            parameter.step = updates.AdamStep(*moments, numbers)
        try:
            yield
        finally:
            made = [parameter for parameter in self._moments if parameter.take_step() is None]
        all_made = len(made) == len(self._moments)
        self._coming = numbers, self._other_ranges if all_made else self._ranges_but_for(made)

    def _ranges_but_for(self, made: Collection[Parameter]) -> np.ndarray:
        """Where in the vectors the other parameters are."""
        return self._ranges[[parameter not in made for parameter in self.parameters]]

    def _update(self) -> None:
        numbers, ranges = self._coming or (self._numbers(self.steps), self._ranges)
        self._coming = None
        first, second = self._memory.values()
        updates.adam(self._values, self._grads, first, second, ranges, numbers)

    def _numbers(self, step: int) -> np.ndarray:
        dtype = self._values.dtype
        return updates.adam_numbers(self.learning_rate, self.beta1, self.beta2, self.epsilon, step, dtype)


class AdamW(Adam):
    """Adam with decoupled weight decay: each step also shrinks the kernels by learning_rate * weight_decay of theirs.

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. Biases and what normalization scales and
    shifts do not decay.

    Args:
        parameters, learning_rate, beta1, beta2, epsilon: see ``Adam``.
        weight_decay: not negative.
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, learning_rate, beta1, beta2, epsilon)
        self.weight_decay = _not_negative("AdamW", weight_decay)

    @contextlib.contextmanager
    def in_backward(self) -> Iterator[None]:
        """See ``Optimizer.in_backward``: without decay only, which comes before the step and after the gradient."""
        with contextlib.nullcontext() if self.weight_decay else super().in_backward():
            yield

    def _update(self) -> None:
        self._decay(self.weight_decay)
        super()._update()


def _not_negative(name: str, weight_decay: float) -> float:
    if not weight_decay >= 0:
        raise ValueError(f"{name}: expected weight_decay >= 0, got {weight_decay}")
    return weight_decay

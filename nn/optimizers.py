"""Optimizers: they change parameters by their gradients."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn import checks
from nn.deprecation import deprecated_alias
from nn.ops import adam, sgd
from nn.ops.adam import AdamStep
from nn.ops.memory import zeros
from nn.ops.norm import norm as vector_norm
from nn.parameter import Parameter, check_state, flatten


class Optimizer:
    """Changes parameters by their gradients; its state has the parameters' names.

    It moves the parameters into one contiguous vector (``nn.parameter.flatten``), so that a step is one pass over
    memory. Several optimizers may alternately train the same parameters: an optimizer whose parameters were moved by
    another one moves them back before its step. A step does not change parameters that are not trainable at that
    time; see ``Layer.trainable``.

    Args:
        parameters: what to train, each name once, one dtype: those of a model, or some of them.
        learning_rate: the step's size; may be changed between steps, as schedules do.
        weight_decay: not negative. Each step shrinks the kernels by learning_rate * weight_decay of themselves, apart
            from their gradients (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019). Only parameters
            of two or more axes decay: biases and the scales and shifts of normalization do not.

    Attributes:
        steps: how many steps were made.

    >>> from nn import Dense, Sequential, SGD, softmax_cross_entropy
    >>> model = Sequential([Dense(2)], (3,))
    >>> optimizer = SGD(model.parameters, learning_rate=0.5)
    >>> x, labels = np.eye(3, dtype=np.float32), np.array([0, 1, 0])
    >>> for step in range(100):
    ...     loss = softmax_cross_entropy(model.forward(x, training=True), labels)
    ...     _ = model.backward(loss.gradient)
    ...     optimizer.step()
    >>> model.predict(x).argmax(axis=1)
    array([0, 1, 0])
    """

    #: The names of the arrays that the optimizer keeps for each parameter, of its shape.
    slots: tuple[str, ...] = ()

    def __init__(self, parameters: Sequence[Parameter], learning_rate: float, weight_decay: float = 0.0) -> None:
        name = type(self).__name__
        self.parameters = checks.sequence(f"{name}: parameters", parameters, Parameter)
        self.learning_rate = learning_rate
        self.weight_decay = checks.number(f"{name}: weight_decay", weight_decay, 0)
        self.steps = 0
        ends = np.cumsum([parameter.value.size for parameter in self.parameters], dtype=np.int64)
        self._ranges = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
        self._flatten()
        self._memory = {slot: zeros(self._values.shape, self._values.dtype) for slot in self.slots}

    @property
    def learning_rate(self) -> float:
        """The step's size, a finite number of at least 0."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = checks.number(f"{type(self).__name__}: learning_rate", value, 0)

    def step(self) -> None:
        """Change every trainable parameter by its present gradient."""
        self._follow_parameters()
        self.steps += 1
        if self.weight_decay:
            for parameter in self.parameters:
                if parameter.value.ndim > 1 and parameter.trainable:
                    parameter.value *= parameter.value.dtype.type(1 - self.learning_rate * self.weight_decay)
        self._update()

    def step_for(self, parameter: Parameter) -> AdamStep | None:
        """The next step of one parameter, for ``backward`` to make instead of writing the gradient, or None.

        ``backward`` has to make it: ``step`` then leaves this parameter out.
        """
        return None

    def clip_gradients(self, norm: float) -> float:
        """Scale the gradients down, all together, to a norm of at most ``norm``; returns the norm before.

        Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
        """
        checks.number("clip_gradients: norm", norm, 0, ends="(]")
        self._follow_parameters()
        parts = [self._grads[part] for part in self._trained]
        length = math.hypot(*map(vector_norm, parts))
        if length > norm:
            for part in parts:
                part *= part.dtype.type(norm / length)
        return length

    def _flatten(self) -> None:
        """Move the parameters into the optimizer's own vectors, and note which of them are trainable."""
        self._values, self._grads = flatten(self.parameters)
        self._seen = [(each, each.value, each.grad, each.trainable) for each in self.parameters]
        self._trainable = np.array([each.trainable for each in self.parameters])
        self._trained: list[slice] = []
        for (start, end), parameter in zip(self._ranges.tolist(), self.parameters, strict=True):
            if parameter.trainable and self._trained and self._trained[-1].stop == start:
                self._trained[-1] = slice(self._trained[-1].start, end)
            elif parameter.trainable:
                self._trained.append(slice(start, end))

    def _follow_parameters(self) -> None:
        """Flatten again if a parameter has other arrays than this optimizer gave it, or was frozen or unfrozen."""
        for parameter, value, grad, trainable in self._seen:
            if parameter.value is not value or parameter.grad is not grad or parameter.trainable is not trainable:
                self._flatten()
                return

    def _update(self) -> None:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        """The attributes of a copy, without those that follow from the parameters."""
        derived = ("_values", "_grads", "_seen", "_trainable", "_trained")
        return {name: value for name, value in self.__dict__.items() if name not in derived}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy: its parameters move into vectors of its own."""
        self.__dict__.update(state)
        self._flatten()

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the optimizer's arrays, ``"<slot>/<parameter>"``, and ``"steps"``."""
        arrays = {"steps": np.array(self.steps, np.int64)}
        for slot, memory in self._memory.items():
            for parameter, view in zip(self.parameters, self._views(memory), strict=True):
                arrays[f"{slot}/{parameter.name}"] = view.copy()
        return arrays

    def load_state_dict(self, arrays: dict[str, Any]) -> None:
        """Continue from what ``state_dict`` gave.

        Raises:
            ValueError: a name, shape or dtype is not as expected; nothing has changed then.
        """
        check_state(type(self).__name__, self.state_dict(), arrays)
        self.steps = int(arrays["steps"])
        for slot, memory in self._memory.items():
            for parameter, view in zip(self.parameters, self._views(memory), strict=True):
                view[...] = arrays[f"{slot}/{parameter.name}"]

    state = deprecated_alias("state_dict")
    load_state = deprecated_alias("load_state_dict")

    def _views(self, vector: np.ndarray) -> list[np.ndarray]:
        """The part of a vector that belongs to each parameter, in its shape."""
        ranges = zip(self._ranges.tolist(), self.parameters, strict=True)
        return [vector[start:end].reshape(parameter.value.shape) for (start, end), parameter in ranges]


class SGD(Optimizer):
    """Stochastic gradient descent, with optional momentum and weight decay.

    Args:
        parameters, learning_rate: see ``Optimizer``.
        momentum: μ, in [0, 1).
        nesterov: whether to use Nesterov's momentum.
        weight_decay: see ``Optimizer``. An optimizer that adds λ w to the gradients shrinks the kernels 1 / (1 - μ)
            times as much with the same λ.
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
        super().__init__(parameters, learning_rate, weight_decay)
        self.momentum = checks.number("SGD: momentum", momentum, 0, 1, "[)")
        self.nesterov = checks.boolean("SGD: nesterov", nesterov)

    def _update(self) -> None:
        (velocity,) = self._memory.values()
        for part in self._trained:
            w, g, b = self._values[part], self._grads[part], velocity[part]
            sgd.step(w, g, b, self.learning_rate, self.momentum, self.nesterov)


class Adam(Optimizer):
    """Adaptive moment estimation; the defaults are the paper's.

    Args:
        parameters, learning_rate, weight_decay: see ``Optimizer``.
        beta1, beta2: decay rates of the moments, in [0, 1).
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
        *,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, learning_rate, weight_decay)
        self.beta1 = checks.number("Adam: beta1", beta1, 0, 1, "[)")
        self.beta2 = checks.number("Adam: beta2", beta2, 0, 1, "[)")
        self.epsilon = checks.number("Adam: epsilon", epsilon, 0)
        # For the next step: the coefficients, if ``step_for`` was called, and the numbers of the parameters that have
        # made the step already.
        self._coefficients: np.ndarray | None = None
        self._made: list[int] = []
        self._index_kernels()

    def _index_kernels(self) -> None:
        views = [self._views(moments) for moments in self._memory.values()]
        #: By parameter, for kernels that can be updated in ``backward``: its number and its moments.
        self._kernels = {
            parameter: (number, first, second)
            for number, (parameter, first, second) in enumerate(zip(self.parameters, *views, strict=True))
            if parameter.value.ndim == 2
        }

    def step_for(self, parameter: Parameter) -> AdamStep | None:
        """See ``Optimizer.step_for``; matrices only, and not with weight decay, which comes before the step."""
        if self.weight_decay or parameter not in self._kernels or not parameter.trainable:
            return None
        number, first, second = self._kernels[parameter]
        if self._coefficients is None:
            self._coefficients = self._coefficients_of(self.steps + 1)
        if number in self._made:
            raise RuntimeError(f"{parameter.name}: backward was called twice with an optimizer, with no step between")
        self._made.append(number)
        return AdamStep(first, second, self._coefficients)

    def __getstate__(self) -> dict[str, Any]:
        """The attributes of a copy; its kernels' moments are views of the copied ones."""
        return {name: value for name, value in super().__getstate__().items() if name != "_kernels"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy."""
        super().__setstate__(state)
        self._index_kernels()

    def _update(self) -> None:
        coefficients = self._coefficients_of(self.steps) if self._coefficients is None else self._coefficients
        waiting = self._trainable.copy()
        waiting[self._made] = False
        first, second = self._memory.values()
        adam.step(self._values, self._grads, first, second, self._ranges[waiting], coefficients)
        self._coefficients, self._made = None, []

    def _coefficients_of(self, step: int) -> np.ndarray:
        dtype = self._values.dtype
        return adam.adam_coefficients(self.learning_rate, self.beta1, self.beta2, self.epsilon, step, dtype)


class AdamW(Adam):
    """Adam with decoupled weight decay, 0.01 unless given. Loshchilov and Hutter, 2019.

    Args:
        parameters, learning_rate, beta1, beta2, epsilon, weight_decay: see ``Adam``.
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
        super().__init__(parameters, learning_rate, beta1, beta2, epsilon, weight_decay=weight_decay)

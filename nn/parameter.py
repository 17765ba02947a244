"""A trainable array with its gradient."""

from collections.abc import Mapping, Sequence

import numpy as np

from nn.ops.memory import empty
from nn.ops.optimizer_steps import AdamStep


class Parameter:
    """A trainable array, its gradient, and the name that checkpoints and optimizers know it by.

    Attributes:
        name: ``"<layer>/<role>"``, for example ``"conv2d_1/kernel"``; unique in a model.
        value: the array, float32 or float64, any shape. To set it, write into it: others may share it.
        grad: the gradient of the loss by ``value``: same shape and dtype. ``backward`` overwrites it.
        step: a step that ``backward`` may make of ``value`` in place of writing ``grad``; None then, as without any.
            See ``Optimizer.in_backward``.
        output_axis: for a kernel, which axis counts the output channels; None for a bias and the like.
    """

    __slots__ = ("grad", "name", "output_axis", "step", "value")

    def __init__(self, name: str, value: np.ndarray, output_axis: int | None = None) -> None:
        self.name = name
        self.output_axis = output_axis
        self.value = np.ascontiguousarray(value)
        self.grad = np.zeros_like(self.value)
        self.step: AdamStep | None = None

    def take_step(self) -> AdamStep | None:
        """The step that is to be made, if there is one: whoever takes it makes it."""
        step, self.step = self.step, None
        return step

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, shape={self.value.shape}, dtype={self.value.dtype})"


def flatten(parameters: Sequence[Parameter]) -> tuple[np.ndarray, np.ndarray]:
    """Move the parameters into one pair of contiguous vectors, of which they become views.

    One vector is one pass for an optimizer, however many layers there are. Names, shapes, values and gradients
    stay as they are; who kept a reference to an earlier array has a copy.

    Args:
        parameters: all of one dtype, each once.

    Returns:
        (values, grads): vectors of all elements, in the order of ``parameters``.

    Raises:
        ValueError: a name comes twice, or the dtypes differ.
    """
    names = [parameter.name for parameter in parameters]
    if len(set(names)) < len(names):
        raise ValueError(f"parameters: expected each name once, got {', '.join(names)}")
    dtypes = {parameter.value.dtype for parameter in parameters}
    if len(dtypes) > 1:
        raise ValueError(f"parameters: expected one dtype, got {', '.join(sorted(map(str, dtypes)))}")
    dtype = dtypes.pop() if dtypes else np.dtype(np.float32)
    size = sum(parameter.value.size for parameter in parameters)
    values, grads = empty((size,), dtype), empty((size,), dtype)
    start = 0
    for parameter in parameters:
        end, shape = start + parameter.value.size, parameter.value.shape
        values[start:end], grads[start:end] = parameter.value.ravel(), parameter.grad.ravel()
        parameter.value, parameter.grad = values[start:end].reshape(shape), grads[start:end].reshape(shape)
        start = end
    return values, grads


def check_state(owner: str, expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray]) -> None:
    """Whether a state that was saved is one that ``owner`` can take up.

    Raises:
        ValueError: a name, shape or dtype is not what it should be.
    """
    if set(found) != set(expected):
        raise ValueError(f"{owner}: the state's names differ, in {', '.join(sorted(set(found) ^ set(expected)))}")
    for name, array in expected.items():
        if found[name].shape != array.shape or found[name].dtype != array.dtype:
            raise ValueError(
                f"{owner}: {name}: expected {array.shape} {array.dtype}, got {found[name].shape} {found[name].dtype}"
            )

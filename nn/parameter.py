"""A trainable array with its gradient."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np

from nn import checks
from nn.ops.memory import empty


class Parameter:
    """A trainable array, its gradient, and the name that checkpoints and optimizers know it by.

    Attributes:
        name: ``"<layer>/<role>"``, for example ``"conv2d_1/kernel"``; unique in a model.
        value: a copy of the given array, float32 or float64, any shape; a large one begins on a cache line, or each
            vector that kernels read would lie in two. To set it, write into it: others may share it.
        grad: the gradient of the loss with respect to ``value``: same shape and dtype. ``backward`` overwrites it.
        output_axis: for a kernel, which axis counts the output channels; None for a bias and the like.
        trainable: whether optimizers change it; see ``Layer.trainable``.
    """

    __slots__ = ("grad", "name", "output_axis", "trainable", "value")

    def __init__(self, name: str, value: np.ndarray, output_axis: int | None = None) -> None:
        self.name = name
        self.output_axis = output_axis
        self.trainable = True
        self.value = empty(value.shape, value.dtype)
        self.value[...] = value
        self.grad = np.zeros_like(self.value)

    def frozen(self) -> "Parameter":
        """A parameter that shares the value and is not trainable."""
        twin = copy.copy(self)
        twin.trainable = False
        return twin

    def __deepcopy__(self, memo: dict[int, object]) -> "Parameter":
        """A parameter with its own copy of the value, and no gradient yet."""
        twin = Parameter(self.name, self.value, self.output_axis)
        twin.trainable = self.trainable
        return twin

    def __repr__(self) -> str:
        return f"Parameter({self.name!r}, shape={self.value.shape}, dtype={self.value.dtype})"


def flatten(parameters: Sequence[Parameter]) -> tuple[np.ndarray, np.ndarray]:
    """Move the parameters into one pair of contiguous vectors, of which they become views.

    An optimizer then makes its step in one pass over memory, however many layers there are. Names, shapes, values and
    gradients stay as they are; references to the earlier arrays keep a copy.

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
    """Check that ``found``, a saved state, has the names, shapes and dtypes that ``owner`` needs.

    Raises:
        ValueError: a name, shape or dtype is not as expected.
    """
    if not isinstance(found, Mapping):
        raise ValueError(f"{owner}: expected a state, arrays by name, got {checks.shown(found)}")
    if set(found) != set(expected):
        raise ValueError(f"{owner}: the state's names differ, in {', '.join(sorted(set(found) ^ set(expected)))}")
    found = {name: np.asarray(array) for name, array in found.items()}
    for name, array in expected.items():
        if found[name].shape != array.shape or found[name].dtype != array.dtype:
            raise ValueError(
                f"{owner}: {name}: expected {array.shape} {array.dtype}, got {found[name].shape} {found[name].dtype}"
            )

"""The base class of layers."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self

import numpy as np

from nn import checks
from nn.deprecation import deprecated_alias
from nn.layers.explanation import Explanation, Index, Step, Window
from nn.ops.adam import AdamStep
from nn.parameter import Parameter

if TYPE_CHECKING:
    from nn.export.graph import Graph
    from nn.layers.program import Program
    from nn.trace import Trace

Shape = tuple[int, ...]

#: A subclass may compute something else than its base class. So it does not inherit these from other layers: unless
#: it defines them itself, it has the safe defaults of ``Layer``.
HOOKS = (
    "infer",
    "add_steps",
    "steps_in_backward",
    "at_inference",
    "channel_affine",
    "absorb_affine",
    "fold_at_inference",
    "fuse_with",
    "after_relu",
    "masks_gradient_at_zero",
    "map_branches",
    "is_operation",
    "export",
    "trace",
    "explain",
)


class StepSource(Protocol):
    """What ``backward`` needs of an optimizer; see ``nn.optimizers.Optimizer``."""

    def step_for(self, parameter: Parameter) -> AdamStep | None:
        """The step to make instead of writing the gradient, or None."""


class ChannelAffine(NamedTuple):
    """y = (x - center) scale + shift, with one number of each per channel (the last axis)."""

    center: np.ndarray
    scale: np.ndarray
    shift: np.ndarray

    def absorb_into(self, kernel: np.ndarray, bias: np.ndarray) -> None:
        """Change the weights of a layer, whose outputs are the kernel's last axis, so that its output is y."""
        with np.errstate(over="ignore", invalid="ignore"):  # ``predict`` reports NaN and infinity
            kernel *= self.scale
            bias[...] = (bias - self.center) * self.scale + self.shift


class Layer:
    """One step of a network: checks shapes, saves what ``backward`` needs, and calls the operations of ``nn.ops``.

    The constructor takes the options; ``build`` fixes the shapes and draws the weights; then each training step calls
    ``forward`` and ``backward``. Shapes are of one sample, without the batch axis.

    Your own layer implements ``forward`` and ``backward``, and ``build`` if it has parameters or changes the
    shape. The other methods and the attributes below are hooks: they tell the rest of the library what it may do with
    the layer. Their defaults are always right, and a subclass of a layer starts from these defaults (see ``HOOKS``).

    >>> class Double(Layer):
    ...     def forward(self, x, training=False):
    ...         return 2 * x
    ...     def backward(self, dy, need_dx=True):
    ...         return 2 * dy

    Attributes:
        kind: the first part of the name, ``"conv2d"`` for ``"conv2d_1"``.
        config_keys: the names of the constructor's arguments, which are attributes too.
        later_defaults: of the arguments that earlier releases do not know; ``config`` leaves them out where they have
            these values, so that those releases read the files.
        role: ``"convolution"``, ``"pooling"``, ``"dense"`` or nothing: what ``nn.inspection`` looks for.
        is_elementwise: whether an output depends on the input at the same place alone, or on its channel.
        is_random: whether the layer draws from ``rng``, which training replaces before each step.
        steps_in_backward: whether ``backward`` takes an ``optimizer``, and makes its step where possible.
        is_operation: whether exports know the layer by its ``kind``, one of the operations of ``nn.export.graph``.
        name: unique in a model; ``Sequential`` sets it before ``build``.
        parameters: the trainable arrays, in a fixed order; empty before ``build``.
        buffers: arrays that belong to the weights but are not trained by gradients, such as running means.
        input_shape, output_shape: set by ``build``.
        sublayers: the layers that this one holds.
    """

    kind: ClassVar[str] = "layer"
    config_keys: ClassVar[tuple[str, ...]] = ()
    later_defaults: ClassVar[dict[str, Any]] = {}
    role: ClassVar[str] = ""
    is_elementwise: ClassVar[bool] = False
    is_random: ClassVar[bool] = False
    steps_in_backward: ClassVar[bool] = False
    is_operation: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for hook in HOOKS:
            if hook not in vars(cls):
                setattr(cls, hook, vars(Layer)[hook])

    def __init__(self) -> None:
        self.name = self.kind
        self.parameters: tuple[Parameter, ...] = ()
        self.buffers: tuple[Parameter, ...] = ()
        self.input_shape: Shape = ()
        self.output_shape: Shape = ()
        self.sublayers: tuple[Layer, ...] = ()
        self._trainable = True
        self._saved: tuple[int, np.dtype, tuple[Any, ...]] | None = None

    @property
    def built(self) -> bool:
        """Whether the layer has its shapes and parameters."""
        return bool(self.output_shape)

    @property
    def trainable(self) -> bool:
        """Whether training changes the layer; set it to False to freeze the layer, before or after ``build``.

        ``backward`` leaves out the gradients of frozen parameters, and optimizers and averages leave them alone. A
        frozen ``BatchNorm`` normalizes by its running mean and variance, in training too, as in Keras.
        """
        return any(parameter.trainable for parameter in self.parameters) if self.parameters else self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value = checks.boolean(f"{self.name}: trainable", value)
        for array in (*self.parameters, *self.buffers):
            array.trainable = value

    def config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON takes them."""
        values = {key: getattr(self, key) for key in self.config_keys}
        left_out = self.later_defaults.items()
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in values.items()
            if (key, value) not in left_out
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new layer with the arguments that ``config`` gave."""
        return cls(**config)

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: Any = np.float32) -> Shape:
        """Fix the shapes and make the parameters.

        Args:
            input_shape: the shape of one input, such as ``(28, 28, 1)``.
            rng: draws the initial weights.
            dtype: of the parameters, float32 or float64.

        Returns:
            The shape of one output.

        Raises:
            ValueError: the layer can't take such an input; names the layer, what it expects and what it got.
        """
        return self._set_shapes(input_shape, input_shape)

    def _set_shapes(self, input_shape: Shape, output_shape: Shape) -> Shape:
        self.input_shape, self.output_shape = tuple(input_shape), tuple(output_shape)
        return self.output_shape

    def check(self) -> None:
        """Raise ValueError if the arrays, which may come from a file, hold values that training never produces."""

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The output (N, *output_shape) for ``x`` (N, *input_shape), in the dtype of ``x``.

        With ``training`` the layer saves what ``backward`` needs. Without, it saves nothing and may be called from
        several threads.
        """
        raise NotImplementedError

    def infer(self, x: np.ndarray) -> np.ndarray:
        """``forward`` at inference, for an ``x`` that is known to be valid: C-contiguous, the right shape and dtype.

        Layers override it where the checks would take longer than the computation for a single image.
        """
        return self.forward(x)

    def add_steps(self, program: "Program") -> None:
        """Add to ``program`` the steps that compute the layer for one image.

        Raises:
            NotImplementedError: there are none; then ``infer`` computes the layers one after another.
        """
        raise NotImplementedError

    def backward(self, dy: np.ndarray, need_dx: bool = True) -> np.ndarray | None:
        """Write the gradient of each parameter and return the gradient of the input.

        A layer with ``steps_in_backward`` also takes an ``optimizer``; see ``Optimizer.step_for``.

        Args:
            dy: the gradient of the loss with respect to the output of the last training ``forward``, same shape.
            need_dx: False if the gradient of the input is not needed, as in the first layer.

        Returns:
            dx, of the input's shape; may be None without ``need_dx``.

        Raises:
            RuntimeError: there was no training ``forward`` before, or its saved values were used already.
        """
        raise NotImplementedError

    def multiply_adds(self) -> int:
        """The number of multiply-adds in one sample's forward pass."""
        return sum(layer.multiply_adds() for layer in self.sublayers)

    def at_inference(self) -> "Layer | None":
        """The layer to use if the network is never trained again; None if the layer then does nothing."""
        return self

    def channel_affine(self) -> ChannelAffine | None:
        """What the layer computes at inference, if that is only a scale and a shift of each channel."""
        return None

    def absorb_affine(self, affine: ChannelAffine) -> bool:
        """Make ``affine``, applied to the output, part of the layer's own weights; False if the layer can't."""
        return False

    def fold_at_inference(self, following: "Layer") -> "Layer | None":
        """A layer that computes this layer and ``following`` at inference; None if there is no such layer.

        It shares their ``Parameter`` objects and reads them at each call. So it always uses the current weights.
        """
        return None

    def fuse_with(self, following: Sequence["Layer"]) -> "tuple[Layer, int] | None":
        """A layer that computes this layer and the first of the ``following`` ones in one pass, and how many it covers.

        It shares their ``Parameter`` objects. None if there is no such layer. Compare types with ``type(x) is``: a
        subclass may compute something else.
        """
        return None

    def after_relu(self) -> "Layer":
        """The layer to use if the gradient of its input is not needed where the input is zero, as after a ReLU."""
        return self

    def masks_gradient_at_zero(self, input_masked: bool) -> bool:
        """Whether the gradient of the output has no effect where the output is zero.

        Args:
            input_masked: whether the same holds for the input.
        """
        return False

    def map_branches(self, change: "Callable[[Sequence[Layer]], list[Layer]]") -> "Layer":
        """The layer with ``change`` applied to each sequence of layers that it holds; itself if it holds none."""
        return self

    def export(self, graph: "Graph", x: str) -> str:
        """Add what the layer computes to ``graph``, for exports; see ``nn.export.graph``.

        A layer that is not one of the operations there adds several of them: ``graph.add``.

        Args:
            graph: receives the nodes.
            x: the name of the input, which is a node of the graph or its input.

        Returns:
            The name of the node that gives the layer's output.

        Raises:
            ValueError: exports don't know the layer; names it.
        """
        if not self.is_operation:
            kind = type(self)
            raise ValueError(
                f"{self.name}: expected a layer that can be exported, got {kind.__module__}.{kind.__qualname__}, which "
                "has no export: export the plain model of a fused one; a layer of your own defines the method export"
            )
        return graph.add_layer(self, x)

    def trace(self, trace: "Trace", x: str) -> str:
        """Compute the layer for the image of ``trace``, and add the output to it.

        A layer that holds others adds their outputs, too.

        Args:
            trace: receives the output.
            x: the name of the input: a layer's, or that of the image.

        Returns:
            The name of the layer's output.
        """
        return trace.add(self, (x,), self.infer(trace[x].batch))

    def explain(self, inputs: Sequence[np.ndarray], output: np.ndarray, index: Index) -> Explanation:
        """How the layer computes one of its outputs at inference.

        By default an element-wise layer depends on the value at the same place, another layer on its whole input, and
        the output is the only number.

        Args:
            inputs: what the layer gets for an image, one for each input, (*input_shape).
            output: what it returned, (*output_shape).
            index: of the output to explain.
        """
        (x,) = inputs
        same = self.is_elementwise and x.shape == output.shape
        window = Window.point(x, index) if same else Window.cut(x, (0,) * x.ndim, x.shape)
        return Explanation((window,), (Step(self.kind, None, float(output[index])),))

    def check_input(self, x: np.ndarray) -> np.ndarray:
        """``x`` as a C-contiguous array, its shape and dtype checked."""
        if not self.output_shape:
            raise ValueError(f"{self.name}: expected a built layer: put it into a Sequential, or call build")
        if not isinstance(x, np.ndarray):
            raise ValueError(f"{self.name}: expected input {batch_of(self.input_shape)}, got {checks.shown(x)}")
        if x.ndim != len(self.input_shape) + 1 or x.shape[1:] != self.input_shape:
            raise ValueError(f"{self.name}: expected input {batch_of(self.input_shape)}, got {x.shape}")
        if x.dtype.char not in "fd":
            raise ValueError(f"{self.name}: expected input of float32 or float64, got {x.dtype}")
        if self.parameters and x.dtype != self.parameters[0].value.dtype:
            expected = self.parameters[0].value.dtype
            raise ValueError(f"{self.name}: expected input of {expected}, the parameters' dtype, got {x.dtype}")
        return np.ascontiguousarray(x, x.dtype.type)  # in the machine's byte order

    def save_for_backward(self, x: np.ndarray, *values: Any) -> None:
        """Save the values that ``backward`` will need, of the forward pass of ``x``."""
        self._saved = (len(x), x.dtype, values)

    def saved(self, dy: np.ndarray) -> tuple[Any, ...]:
        """The checked, C-contiguous ``dy``, and the values that ``forward`` saved, which are released."""
        if self._saved is None:
            raise RuntimeError(f"{self.name}: backward needs a forward with training=True before it, one for each")
        (count, dtype, values), self._saved = self._saved, None
        shape = (count, *self.output_shape)
        if not isinstance(dy, np.ndarray):
            raise ValueError(f"{self.name}: expected gradient {shape} {dtype}, got {checks.shown(dy)}")
        if dy.shape != shape or dy.dtype != dtype:
            raise ValueError(f"{self.name}: expected gradient {shape} {dtype}, got {dy.shape} {dy.dtype}")
        return np.ascontiguousarray(dy), *values

    @classmethod
    def sharing(cls, layer: "Layer", **changes: Any) -> Self:
        """A ``cls`` with all attributes of ``layer`` except ``changes``; it shares the parameters."""
        shared = cls.__new__(cls)
        shared.__dict__.update(layer.__getstate__(), **changes)
        return shared

    def __getstate__(self) -> dict[str, Any]:
        """The attributes of a copy, without the saved values of a forward pass."""
        return {**self.__dict__, "_saved": None}

    statistics = deprecated_alias("buffers")

    def __repr__(self) -> str:
        options = ", ".join(f"{key}={value!r}" for key, value in self.config().items())
        return f"{type(self).__name__}({options})"


def batch_of(shape: Shape) -> str:
    """The shape of a batch, as messages show it: ``(N, 28, 28, 1)``."""
    return f"({', '.join(['N', *map(str, shape)])})"

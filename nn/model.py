"""A network of layers, one after another."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.deprecation import deprecated_alias
from nn.layers.base import Layer, Shape, StepSource, batch_of
from nn.layers.chain import backward_all, build_all, forward_all, infer_all, walk
from nn.layers.description import describe, make_layers
from nn.losses import softmax
from nn.ops import backend
from nn.parameter import Parameter


class Sequential:
    """Layers one after another; the outputs of the last one are the logits.

    Layers that are built already, such as those of a trained network, keep their names and weights, and share them:
    training either network trains both. New layers get names (``conv2d_1``, ``dense_2``), shapes and weights.

    Args:
        layers: each once.
        input_shape: of one image, ``(H, W, C)``; that of the first layer if it is built.
        rng: draws the initial weights; a generator seeded with 0 unless given.
        dtype: float32, or float64 for gradient checks; that of the built layers unless given.

    Raises:
        ValueError: a layer can't take the output of the one before it, or there is a layer twice.

    >>> from nn import Dense, Flatten, ReLU
    >>> model = Sequential([Flatten(), Dense(64), ReLU(), Dense(10)], (28, 28, 1))
    >>> for layer in model.layers:
    ...     layer.trainable = False
    >>> other = Sequential([*model.layers[:-1], Dense(5)])  # its first three layers are those of model
    >>> [parameter.name for parameter in other.parameters if parameter.trainable]
    ['dense_2/kernel', 'dense_2/bias']
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Shape | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        if not layers:
            raise ValueError("Sequential: expected at least one layer, got none")
        self.layers = list(layers)
        if len(set(walk(self.layers))) < len(list(walk(self.layers))):
            raise ValueError("Sequential: expected each layer once; for the same kind of layer again, make a new one")
        if input_shape is None:
            if not self.layers[0].built:
                raise ValueError("Sequential: expected an input_shape, as the first layer is new")
            input_shape = self.layers[0].input_shape
        if dtype is None:
            dtype = next((array.value.dtype for layer in self.layers for array in layer.parameters), np.float32)
        rng = np.random.default_rng(0) if rng is None else rng
        self.input_shape = tuple(input_shape)
        self.dtype = np.dtype(dtype)
        self.output_shape = build_all(self.layers, self.input_shape, rng, self.dtype)
        names = [array.name for array in self.parameters + self.buffers]
        if len(set(names)) < len(names):
            raise ValueError(f"Sequential: expected parameters of different names, got {', '.join(names)}")

    @classmethod
    def from_layers(cls, layers: Sequence[Layer], input_shape: Shape, dtype: Any) -> "Sequential":
        """A model of built layers, without any check; ``Sequential`` itself checks that they fit."""
        model = cls.__new__(cls)
        model.layers = list(layers)
        model.input_shape = tuple(input_shape)
        model.output_shape = layers[-1].output_shape if layers else model.input_shape
        model.dtype = np.dtype(dtype)
        return model

    @property
    def parameters(self) -> list[Parameter]:
        """Every parameter, from the first layer to the last."""
        return [parameter for layer in self.layers for parameter in layer.parameters]

    @property
    def buffers(self) -> list[Parameter]:
        """Every array that belongs to the weights but is not trained by gradients."""
        return [buffer for layer in self.layers for buffer in layer.buffers]

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """Logits (N, *output_shape) for images ``x`` (N, *input_shape) of the model's dtype."""
        return forward_all(self.layers, x, training)

    def backward(self, dy: np.ndarray, need_dx: bool = True, optimizer: StepSource | None = None) -> np.ndarray | None:
        """Write the gradient of every trainable parameter; return the gradient of the images if ``need_dx``.

        Args:
            dy: the gradient of the loss with respect to the logits.
            need_dx: False is faster, as in training, which does not need the images' gradient.
            optimizer: makes the next step of some parameters at once instead of writing their gradients, which is
                faster; its ``step`` makes the step of the others. Operations that need all gradients, such as
                clipping, are then impossible.
        """
        return backward_all(self.layers, dy, need_dx, optimizer)

    def predict(self, images: np.ndarray, batch_size: int = 64) -> np.ndarray:
        """Probabilities (N, classes) for any number of images; may be called from several threads.

        Raises:
            ValueError: the images don't fit the model.
            FloatingPointError: a probability is NaN, because weights or images are not finite or too large.

        Args:
            images: (N, H, W, C), or (N, H, W) where C is 1; floats in [0, 1], or uint8, which are divided by 255.
            batch_size: images at once; the outputs of the layers for a small batch stay in the caches.
        """
        images = self.as_batch(images)
        starts = range(0, max(1, len(images)), batch_size)
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [self.infer(to_unit(images[start : start + batch_size], self.dtype)) for start in starts]
            return _finite(softmax(parts[0] if len(parts) == 1 else np.concatenate(parts)))

    def infer(self, x: np.ndarray) -> np.ndarray:
        """Logits for images ``x`` (N, *input_shape), C-contiguous, of the model's dtype; thread-safe."""
        with backend.lock:
            return infer_all(self.layers, x)

    def as_batch(self, images: np.ndarray) -> np.ndarray:
        """``images`` with the channel axis that (N, H, W) leaves out; ValueError if they don't fit the model."""
        images = np.asarray(images)
        if images.ndim == len(self.input_shape) and self.input_shape[-1] == 1:
            images = images[..., None]
        if images.shape[1:] != self.input_shape:
            raise ValueError(f"model: expected images {batch_of(self.input_shape)}, got {images.shape}")
        if images.dtype.kind != "f" and images.dtype != np.uint8:
            raise ValueError(f"model: expected images of uint8 or floats in [0, 1], got {images.dtype}")
        return images

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the values of parameters and buffers, by name."""
        return {array.name: array.value.copy() for array in self.parameters + self.buffers}

    def load_state_dict(self, arrays: dict[str, np.ndarray]) -> None:
        """Set the values by name.

        Raises:
            ValueError: a name is missing or unknown, or a shape or dtype differs; nothing has changed then.
        """
        parameters = {array.name: array for array in self.parameters + self.buffers}
        for name in parameters.keys() - arrays.keys():
            raise ValueError(f"{name}: expected an array of shape {parameters[name].value.shape}, found none")
        for name in arrays.keys() - parameters.keys():
            raise ValueError(f"{name}: no such parameter in the model")
        for name, parameter in parameters.items():
            expected, found = parameter.value, arrays[name]
            if found.shape != expected.shape or found.dtype != expected.dtype:
                raise ValueError(
                    f"{name}: expected {expected.shape} {expected.dtype}, found {found.shape} {found.dtype}"
                )
        for name, parameter in parameters.items():
            parameter.value[...] = arrays[name]

    state = deprecated_alias("state_dict")
    load_state = deprecated_alias("load_state_dict")
    statistics = deprecated_alias("buffers")
    of_built = deprecated_alias("from_layers")

    def config(self) -> dict[str, Any]:
        """The description of the model without its weights, as JSON takes it; see ``from_config``.

        Raises:
            ValueError: a layer is not exactly one of ``nn.layers``: it is fused, or of a user-defined class.
        """
        return {"input_shape": list(self.input_shape), "dtype": str(self.dtype), "layers": describe(self.layers)}

    @classmethod
    def from_config(cls, config: dict[str, Any], *, rng: np.random.Generator | None = None) -> "Sequential":
        """The model that ``config`` describes, with new weights.

        Raises:
            ValueError: the description is not one of a model, or names an unknown layer.
        """
        try:
            layers = make_layers(config["layers"])
            if config["dtype"] not in ("float32", "float64"):
                raise ValueError(f"dtype: expected float32 or float64, got {config['dtype']!r}")
            return cls(layers, tuple(int(size) for size in config["input_shape"]), rng=rng, dtype=config["dtype"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the description of a model: {error}") from None

    def summary(self) -> str:
        """A table: layer, output shape, parameters, multiply-adds of one image; and the sums."""
        sizes = [sum(parameter.value.size for parameter in layer.parameters) for layer in self.layers]
        work = [layer.multiply_adds() for layer in self.layers]
        rows = [("layer", "output shape", "parameters", "multiply-adds"), ("input", str(self.input_shape), "", "")]
        for layer, size, multiply_adds in zip(self.layers, sizes, work, strict=True):
            rows.append((layer.name, str(layer.output_shape), f"{size:,}", f"{multiply_adds:,}"))
        rows.append(("total", "", f"{sum(sizes):,}", f"{sum(work):,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in rows
        ]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _finite(probabilities: np.ndarray) -> np.ndarray:
    """``probabilities``; FloatingPointError if any is NaN. Then its whole row is, so the first column is enough."""
    alone = probabilities.size == probabilities.shape[-1]  # a single image: twice as fast without an array
    if not (math.isfinite(probabilities.item(0)) if alone else np.isfinite(probabilities[..., 0]).all()):
        raise FloatingPointError("model: expected finite outputs, got NaN or infinity: weights or images are too large")
    return probabilities


def to_unit(images: np.ndarray, dtype: Any) -> np.ndarray:
    """Images as floats of ``dtype``: uint8 becomes [0, 1], floats stay as they are."""
    if images.dtype == np.uint8:
        return images * np.dtype(dtype).type(1 / 255)
    return np.ascontiguousarray(images, dtype)

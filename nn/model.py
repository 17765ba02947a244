"""A network of layers, one after another."""

import contextlib
import dataclasses
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nn import checks, html, limits, training
from nn.averaging import Average
from nn.data.augment import Augmentation
from nn.deprecation import deprecated_alias
from nn.errors import one_line
from nn.fuse import InferenceLayers
from nn.history import Evaluation, History
from nn.images import LARGEST_VALUE, as_batch, to_unit
from nn.layers.base import Layer, Shape, StepSource
from nn.layers.chain import backward_all, build_all, forward_all, walk
from nn.layers.description import describe, make_layers
from nn.losses import softmax
from nn.metrics import negative_log_likelihood
from nn.ops import backend
from nn.optimizers import SGD, Adam, AdamW, Optimizer
from nn.parameter import Parameter
from nn.schedules import Schedule
from nn.thread_choice import ASLEEP_SECONDS, ThreadChoice

#: The optimizers that ``Sequential.fit`` knows by name, as Keras does; with their default options.
OPTIMIZERS: dict[str, type[SGD | Adam]] = {"adam": Adam, "adamw": AdamW, "sgd": SGD}

#: The most numbers that a layer returns in ``predict``: 64 MiB of float32. Batches of large networks are smaller.
LARGEST_OUTPUT = 1 << 24

#: Images that ``predict`` takes at once by default: a multiple of the first number, at most the second. They are enough
#: for the largest output of a layer to have ``CACHED_OUTPUT`` numbers, 2 MiB of float32, which stay in the caches.
FEWEST_IMAGES, MOST_IMAGES, CACHED_OUTPUT = 64, 256, 1 << 19


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

    _inference_layers: InferenceLayers | None = None

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Shape | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = None,
    ) -> None:
        self.layers = checks.sequence("Sequential: layers", layers, Layer)
        for number, layer in enumerate(self.layers, 1):
            if not hasattr(layer, "sublayers"):
                raise ValueError(f"Sequential: layer {number}: {type(layer).__name__} did not call super().__init__()")
        if len(set(walk(self.layers))) < len(list(walk(self.layers))):
            raise ValueError("Sequential: expected each layer once; for the same kind of layer again, make a new one")
        if input_shape is None:
            if not self.layers[0].built:
                raise ValueError("Sequential: expected an input_shape, as the first layer is new")
            input_shape = self.layers[0].input_shape
        if dtype is None:
            dtype = next((array.value.dtype for layer in self.layers for array in layer.parameters), np.float32)
        rng = np.random.default_rng(0) if rng is None else rng
        rng = checks.instance("Sequential: rng", rng, np.random.Generator)
        self.input_shape = checks.shape("Sequential: input_shape", input_shape)
        self.dtype = _float_dtype(dtype)
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

    def predict(self, images: np.ndarray, batch_size: int | None = None) -> np.ndarray:
        """Probabilities (N, classes) for any number of images; may be called from several threads.

        They are those of ``forward`` and softmax but for rounding, 1e-5 at most in float32 with usual weights: see
        ``infer``. Changes of the layers and of their weights take effect at once.

        Raises:
            ValueError: the images don't fit the model.
            FloatingPointError: a probability is NaN, because weights or images are not finite or too large.

        Args:
            images: (N, H, W, C), or (N, H, W) where C is 1; floats in [0, 1], booleans, or uint8, which are divided by
                255.
            batch_size: images at once; by default 64 to 256: fewer where layers have large outputs, so that these stay
                in the caches.
        """
        if batch_size is None:
            batch_size = self._default_batch
        elif type(batch_size) is not int or batch_size < 1:
            batch_size = checks.integer("predict: batch_size", batch_size, 1)
        if type(images) is np.ndarray and (found := self._predict_one(images)) is not None:
            return found
        images = self.as_batch(images)
        if len(images) == 1 and (found := self._predict_one(to_unit(images, self.dtype))) is not None:
            return found
        starts = range(0, max(1, len(images)), min(batch_size, self._largest_batch))
        return _finite(self._probabilities(images, starts), images)

    def _predict_one(self, image: np.ndarray) -> np.ndarray | None:
        """The probabilities for one image (1, H, W, C) in one call of compiled code.

        None if that is not possible or the image is not valid; ``predict`` then does it step by step, with all checks.
        """
        with backend.lock:
            program = self._current_layers().program(image)
            if program is None or not program.has_threads:
                return None if program is None else program.probabilities(image, LARGEST_VALUE)
            return self._thread_choices[True].run(lambda: program.probabilities(image, LARGEST_VALUE), 1)

    @np.errstate(over="ignore", invalid="ignore")
    def _probabilities(self, images: np.ndarray, starts: range) -> np.ndarray:
        parts = [self._infer_part(images[start : start + starts.step], starts) for start in starts]
        return softmax(parts[0] if len(parts) == 1 else np.concatenate(parts))

    @functools.cached_property
    def _largest_output(self) -> int:
        """The most numbers that a layer returns for an image."""
        return max(math.prod(layer.output_shape) for layer in self.layers)

    @functools.cached_property
    def _default_batch(self) -> int:
        """The images that ``predict`` takes at once by default."""
        batches = -(-CACHED_OUTPUT // (self._largest_output * FEWEST_IMAGES))
        return min(batches * FEWEST_IMAGES, MOST_IMAGES)

    @functools.cached_property
    def _largest_batch(self) -> int:
        """The images that ``predict`` takes at once at most, so that a large network does not fill the memory."""
        return max(1, LARGEST_OUTPUT // self._largest_output)

    def fit(
        self,
        x: np.ndarray,
        y: np.ndarray,
        epochs: int = 1,
        batch_size: int = 32,
        *,
        optimizer: Optimizer | str = "adam",
        validation_data: tuple[np.ndarray, np.ndarray] | None = None,
        seed: int = 0,
        schedule: Schedule | None = None,
        label_smoothing: float = 0.0,
        clip_norm: float | None = None,
        average: Average | None = None,
        augmentation: Augmentation | None = None,
        shuffle: bool = True,
        on_event: Callable[[training.Event], None] | None = None,
    ) -> History:
        """Train the model in place, and return the course of the training.

        ``nn.training.fit`` does the same as a stream of events, which can be stopped and resumed.

        Args:
            x, y: the images (N, H, W, C) and their labels (N,), as ``nn.training.fit`` takes them.
            epochs, batch_size, seed, schedule, label_smoothing, clip_norm, augmentation, shuffle: see
                ``nn.training.fit``.
            optimizer: ``"adam"``, ``"adamw"``, ``"sgd"``, or an optimizer of ``model.parameters``. By name it is a new
                one; to continue a training with the moments so far, pass the same object again.
            validation_data: (images, labels) to evaluate after each epoch.
            average: see ``nn.training.fit``; it is used for validation, and ``average.apply()`` makes it the weights.
            on_event: called with each ``StepEnd`` and ``EpochEnd``, for progress.

        Raises:
            ValueError: an argument is out of range or does not go with the model, or images are not finite.
            NonFiniteLoss: the loss is not finite; the weights are those before the step.

        >>> from nn import zoo
        >>> model = zoo.build("mlp", (4, 4, 1), classes=2)
        >>> images, labels = np.zeros((6, 4, 4), np.uint8), np.array([0, 1, 0, 1, 0, 1])
        >>> history = model.fit(images, labels, epochs=2, validation_data=(images, labels))
        >>> [(name, len(values)) for name, values in history.history.items()]
        [('loss', 2), ('accuracy', 2), ('val_loss', 2), ('val_accuracy', 2)]
        """
        if not isinstance(optimizer, Optimizer):
            name = checks.choice("fit: optimizer", optimizer, OPTIMIZERS)
            optimizer = OPTIMIZERS[name](self.parameters)
        if on_event is not None and not callable(on_event):
            raise ValueError(f"fit: on_event: expected a function of an event, got {checks.shown(on_event)}")
        if validation_data is not None:
            pair = training.as_pair("fit: validation_data", validation_data)
            validation_data = training.check_data("fit: validation_data", self, *pair)
        history = History()
        for event in training.fit(
            self,
            optimizer,
            x,
            y,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            schedule=schedule,
            label_smoothing=label_smoothing,
            clip_norm=clip_norm,
            average=average,
            augmentation=augmentation,
            shuffle=shuffle,
        ):
            if isinstance(event, training.EpochEnd):
                evaluation = None
                if validation_data is not None:
                    with contextlib.nullcontext() if average is None else average.applied():
                        evaluation = self._evaluate(*validation_data)
                    event = dataclasses.replace(event, validation_accuracy=evaluation.accuracy)
                history.append(event, evaluation)
            if on_event is not None:
                on_event(event)
        return history

    def evaluate(self, x: np.ndarray, y: np.ndarray, batch_size: int | None = None) -> Evaluation:
        """The loss and the accuracy on images ``x`` with labels ``y``; see ``fit`` for both, ``predict`` for errors.

        >>> from nn import zoo
        >>> model = zoo.build("mlp", (4, 4, 1), classes=2)
        >>> loss, accuracy = model.evaluate(np.zeros((6, 4, 4), np.uint8), np.zeros(6, int))
        """
        return self._evaluate(*training.check_data("evaluate", self, x, y), batch_size)

    def _evaluate(self, images: np.ndarray, labels: np.ndarray, batch_size: int | None = None) -> Evaluation:
        probabilities = self.predict(images, batch_size)
        loss = negative_log_likelihood(probabilities, labels)
        return Evaluation(loss, float((probabilities.argmax(axis=1) == labels).mean()))

    def infer(self, x: np.ndarray) -> np.ndarray:
        """Logits for images ``x`` (N, *input_shape), C-contiguous, of the model's dtype; thread-safe.

        They are those of ``forward`` but for rounding: the layers are fused, and batch normalization is folded.
        """
        with backend.lock:
            return self._current_layers()(x)

    def _current_layers(self) -> InferenceLayers:
        if self._inference_layers is None or not self._inference_layers.are_current():
            self._inference_layers = InferenceLayers(self.layers, self.input_shape, self.dtype)
        return self._inference_layers

    def _infer_part(self, images: np.ndarray, starts: range) -> np.ndarray:
        x = to_unit(images, self.dtype)
        if len(x) == 1 and self._current_layers().is_small:
            with backend.lock, backend.one_thread():
                return self.infer(x)
        if len(starts) < 2 and len(x) != 1:  # batches of different sizes can't be compared
            return self.infer(x)
        choice = self._thread_choices[len(x) == 1]
        with backend.lock:
            return choice.run(lambda: self.infer(x), len(x), len(x) in (1, starts.step))

    @functools.cached_property
    def _thread_choices(self) -> tuple[ThreadChoice, ThreadChoice]:
        """For parts of a batch, and for single images."""
        return ThreadChoice(), ThreadChoice(idle_seconds=ASLEEP_SECONDS)

    def as_batch(self, images: np.ndarray) -> np.ndarray:
        """``images`` with the channel axis that (N, H, W) leaves out; ValueError if they don't fit the model."""
        return as_batch(images, self.input_shape)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the values of parameters and buffers, by name."""
        return {array.name: array.value.copy() for array in self.parameters + self.buffers}

    def load_state_dict(self, arrays: dict[str, np.ndarray]) -> None:
        """Set the values by name.

        Raises:
            ValueError: a name is missing or unknown, or a shape or dtype differs; nothing has changed then.
        """
        parameters = {array.name: array for array in self.parameters + self.buffers}
        if not isinstance(arrays, Mapping):
            raise ValueError(f"load_state_dict: expected arrays by name, got {checks.shown(arrays)}")
        arrays = {name: np.asarray(array) for name, array in arrays.items()}
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
            ValueError: the description is not one of a model, names an unknown layer, or exceeds ``nn.limits``.
        """
        try:
            limits.check_description(config["layers"])
            layers = make_layers(config["layers"])
            if config["dtype"] not in ("float32", "float64"):
                raise ValueError(f"dtype: expected float32 or float64, got {config['dtype']!r}")
            shape = tuple(int(size) for size in config["input_shape"])
            model = cls(layers, shape, rng=rng, dtype=config["dtype"])
            limits.check_cost(model.layers)
            return model
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the description of a model: {one_line(error)}") from None

    def summary(self) -> str:
        """A table: layer, output shape, parameters, multiply-adds of one image; and the sums."""
        rows = self._table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in rows
        ]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def _table(self) -> list[tuple[str, str, str, str]]:
        """The cells of ``summary``."""
        sizes = [sum(parameter.value.size for parameter in layer.parameters) for layer in self.layers]
        work = [layer.multiply_adds() for layer in self.layers]
        rows = [("layer", "output shape", "parameters", "multiply-adds"), ("input", str(self.input_shape), "", "")]
        for layer, size, multiply_adds in zip(self.layers, sizes, work, strict=True):
            rows.append((layer.name, str(layer.output_shape), f"{size:,}", f"{multiply_adds:,}"))
        return [*rows, ("total", "", f"{sum(sizes):,}", f"{sum(work):,}")]

    def __getstate__(self) -> dict[str, Any]:
        """The attributes of a copy, which makes its own inference layers."""
        state = {**self.__dict__, "_inference_layers": None}
        state.pop("_thread_choices", None)
        return state

    def __repr__(self) -> str:
        size = sum(parameter.value.size for parameter in self.parameters)
        shapes = f"{self.input_shape} to {self.output_shape}"
        return f"<{type(self).__name__} of {len(self.layers)} layers, {shapes}, {size:,} parameters>"

    def _repr_html_(self) -> str:
        return html.table(self._table())


def _float_dtype(dtype: Any) -> np.dtype:
    """float32 or float64."""
    with contextlib.suppress(TypeError):
        if np.dtype(dtype) in (np.float32, np.float64):
            return np.dtype(dtype)
    raise ValueError(f"Sequential: dtype: expected float32 or float64, got {checks.shown(dtype)}")


def _finite(probabilities: np.ndarray, images: np.ndarray) -> np.ndarray:
    """``probabilities``; FloatingPointError if any is NaN. Then its whole row is, so the first column is enough."""
    if not np.isfinite(probabilities[..., 0]).all():
        try:
            checks.finite("model: images", images)
        except ValueError as error:
            raise FloatingPointError(str(error)) from None
        raise FloatingPointError("model: expected finite outputs, got NaN or infinity: weights or images are too large")
    return probabilities

"""The training loop: a generator of events, which progress bars, logs and figures consume."""

import contextlib
import inspect
import math
import time
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nn import checks
from nn.augmentation import augment
from nn.averaging import Average
from nn.data import corruptions
from nn.data.augment import Augmentation, Warps
from nn.data.batches import epoch_order
from nn.data.corruptions.images import SIDE
from nn.fuse import fuse
from nn.layers.chain import walk
from nn.losses import softmax_cross_entropy
from nn.metrics import accuracy
from nn.ops import backend
from nn.ops.gather import gather
from nn.ops.memory import empty
from nn.optimizers import Optimizer
from nn.parameter import Parameter
from nn.schedules import Schedule

if TYPE_CHECKING:
    from nn.model import Sequential


@dataclass(frozen=True, slots=True)
class StepEnd:
    """The end of a step. The last one is also where a training resumes; see ``fit``.

    Attributes:
        epoch, step: both from 1; the step counts within the epoch.
        steps: number of steps of the epoch.
        images: number of images of the epoch so far.
        loss_sum: the sum of their losses, each batch scored before its step.
        correct: number of them that were classified correctly.
        seconds: the epoch's training time so far, without compilation and without the consumer of the events.
    """

    epoch: int
    step: int
    steps: int
    images: int
    loss_sum: float
    correct: int
    seconds: float

    @property
    def loss(self) -> float:
        """The mean loss of the epoch so far."""
        return self.loss_sum / self.images

    @property
    def accuracy(self) -> float:
        """The accuracy on the epoch's images so far."""
        return self.correct / self.images


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """The end of an epoch.

    Attributes:
        epoch: from 1.
        seconds: its training time, without compilation, validation and the consumer of the events.
        train_loss, train_accuracy: means over the epoch, each batch scored before its step.
        validation_accuracy: on the validation images, or None without any.
    """

    epoch: int
    seconds: float
    train_loss: float
    train_accuracy: float
    validation_accuracy: float | None


Event = StepEnd | EpochEnd


class NonFiniteLoss(ArithmeticError):
    """The loss became NaN or infinite; the message says at which step, in which batch and in which layer."""


class EventStream(Iterator[StepEnd | EpochEnd]):
    """The events of a training, which runs while they are consumed.

    If it is dropped before the first event, nothing was trained, and it warns.
    """

    def __init__(self, owner: str, events: Generator[Event, None, None]) -> None:
        self._owner, self._events = owner, events

    def __next__(self) -> Event:
        return next(self._events)

    def close(self) -> None:
        """Stop the training."""
        self._events.close()

    def _has_begun(self) -> bool:
        return inspect.getgeneratorstate(self._events) != inspect.GEN_CREATED

    def __repr__(self) -> str:
        state = "" if self._has_begun() else " that has not begun: it runs while you iterate"
        return f"<{self._owner}: a training{state}>"

    def __del__(self) -> None:
        if not self._has_begun():
            message = "nothing was trained, as its events were not consumed: use a for loop, or model.fit"
            warnings.warn(f"{self._owner}: {message}", RuntimeWarning, stacklevel=2)


def fit(
    model: "Sequential",
    optimizer: Optimizer,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    batch_size: int = 32,
    seed: int = 0,
    schedule: Schedule | None = None,
    label_smoothing: float = 0.0,
    clip_norm: float | None = None,
    average: Average | None = None,
    augmentation: Augmentation | None = None,
    corrupted_fraction: float = 0.0,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    start: StepEnd | None = None,
    shuffle: bool = True,
) -> EventStream:
    """Train ``model`` in place, one event for each step and each epoch.

    The training runs while you iterate over the events; ``Sequential.fit`` does so for you. The arguments are checked
    at once.

    All random numbers depend only on ``seed``, the epoch and the step. So a training that was interrupted can resume
    with bit-identical results, given the weights, the optimizer's state and the last ``StepEnd``.

    Args:
        model: any network whose last layer gives one logit a class; a fused copy does the work.
        optimizer: made of ``model.parameters``; makes its steps in ``backward`` where it can, without ``clip_norm``.
        images: uint8 (N, H, W) or (N, H, W, C), or floats in [0, 1]. If C-contiguous, they are not copied: the consumer
            may overwrite them, and the labels, at the end of an epoch.
        labels: (N,) integers, from 0 to the number of classes - 1.
        epochs: number of epochs in all, including those before ``start``.
        batch_size: images per step; the last batch of an epoch may be smaller.
        seed: orders the images and draws the dropout masks.
        schedule: the learning rate of each step, counted from 0 over the whole training; else the optimizer's own.
        label_smoothing: see ``softmax_cross_entropy``.
        clip_norm: upper limit of the norm of all gradients together.
        average: of the model's parameters and buffers; updated after each step, and used for validation.
        augmentation: random variations of the images, new ones in each epoch.
        corrupted_fraction: the fraction of the images of each step, in [0, 1), that get a random corruption after the
            augmentation; see ``nn.data.corruptions``.
        validation: (images, labels) to score after each epoch.
        start: the last step of an interrupted training, to resume after it.
        shuffle: whether each epoch has another order of the images; else all have the order of ``images``.

    Raises:
        ValueError: an argument is out of range or does not go with the model, or images are not finite.
        NonFiniteLoss: the loss is not finite; the weights are those before the step. Or an epoch's last step has made
            weights non-finite.

    >>> from nn import Adam, zoo
    >>> model = zoo.build("mlp", input_shape=(4, 4, 1), classes=2)
    >>> images, labels = np.zeros((6, 4, 4), np.uint8), np.array([0, 1, 0, 1, 0, 1])
    >>> for event in fit(model, Adam(model.parameters), images, labels, epochs=1, batch_size=4):
    ...     print(type(event).__name__, event.epoch)
    StepEnd 1
    StepEnd 1
    EpochEnd 1
    """
    if not hasattr(model, "as_batch"):
        raise ValueError(f"fit: model: expected a Sequential, got {checks.shown(model)}")
    checks.instance("fit: optimizer", optimizer, Optimizer)
    images, labels = check_data("fit", model, images, labels)
    epochs, batch_size = checks.integer("fit: epochs", epochs, 1), checks.integer("fit: batch_size", batch_size, 1)
    seed = checks.integer("fit: seed", seed, 0)
    checks.number("fit: label_smoothing", label_smoothing, 0, 1, "[)")
    if schedule is not None and not callable(schedule):
        raise ValueError(f"fit: schedule: expected a function of the step, got {checks.shown(schedule)}")
    if clip_norm is not None:
        checks.number("fit: clip_norm", clip_norm, 0, ends="(]")
    if augmentation is not None:
        checks.instance("fit: augmentation", augmentation, Augmentation)
        if augmentation != Augmentation() and len(model.input_shape) != 3:
            raise ValueError(f"fit: augmentation: expected a model of images (H, W, C), got {model.input_shape}")
    checks.number("fit: corrupted_fraction", corrupted_fraction, 0, 1, "[)")
    if corrupted_fraction and model.input_shape != (SIDE, SIDE, 1):
        expected = f"a model of images {(SIDE, SIDE, 1)}"
        raise ValueError(f"fit: corrupted_fraction: expected {expected}, got {model.input_shape}")
    if validation is not None:
        validation = check_data("fit: validation", model, *as_pair("fit: validation", validation))
    _check_arrays_of(model, "optimizer", optimizer.parameters)
    if average is not None:
        _check_arrays_of(model, "average", checks.instance("fit: average", average, Average).arrays)
    steps = math.ceil(len(images) / batch_size)
    if start is not None and checks.instance("fit: start", start, StepEnd).steps != steps:
        raise ValueError(f"fit: start: expected to resume with {start.steps} steps per epoch, got {steps}")
    checks.boolean("fit: shuffle", shuffle)
    options = schedule, label_smoothing, clip_norm, average, augmentation, corrupted_fraction
    arguments = images, labels, epochs, batch_size, seed, steps, *options, validation, start, shuffle
    return EventStream("fit", _train(model, optimizer, *arguments))


def check_data(owner: str, model: "Sequential", images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels for ``model``; neither is copied if kernels can read it as it is.

    Raises:
        ValueError: they do not go with the model or with each other, there are none, or images are not finite.
    """
    if len(model.output_shape) != 1:
        raise ValueError(f"{owner}: expected a model with one output a class, got the output {model.output_shape}")
    images = checks.array(f"{owner}: images", images)
    try:
        model.as_batch(images)
    except ValueError as error:
        raise ValueError(str(error).replace("model:", f"{owner}:", 1)) from None
    if not len(images):
        raise ValueError(f"{owner}: images: expected at least one, got none")
    labels = checks.labels(f"{owner}: labels", labels, len(images), *model.output_shape)
    if images.dtype not in (np.uint8, np.float32, np.float64) or not images.dtype.isnative:
        images = images.astype(model.dtype)
    return np.ascontiguousarray(checks.finite(f"{owner}: images", images)), labels


def as_pair(what: str, data: Any) -> tuple[Any, Any]:
    """``data`` as images and labels."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ValueError(f"{what}: expected a pair (images, labels), got {checks.shown(data)}")
    return data[0], data[1]


def _train(
    model: "Sequential",
    optimizer: Optimizer,
    images: np.ndarray,
    labels: np.ndarray,
    epochs: int,
    batch_size: int,
    seed: int,
    steps: int,
    schedule: Schedule | None,
    label_smoothing: float,
    clip_norm: float | None,
    average: Average | None,
    augmentation: Augmentation | None,
    corrupted_fraction: float,
    validation: tuple[np.ndarray, np.ndarray] | None,
    start: StepEnd | None,
    shuffle: bool,
) -> Generator[Event, None, None]:
    """The events of ``fit``, with checked arguments."""
    if average is not None and average.steps == 0:
        average.copy()  # the model may have been loaded since the average was made
    fused = fuse(model)
    random_layers: list[Any] = [layer for layer in walk(fused.layers) if layer.is_random]
    done = StepEnd(1, 0, steps, 0, 0.0, 0, 0.0) if start is None else start
    if done.step == steps:
        done = StepEnd(done.epoch + 1, 0, steps, 0, 0.0, 0, 0.0)
    while done.epoch <= epochs:
        epoch, began = done.epoch, _clock()
        order = epoch_order(len(images), seed, epoch, shuffle)
        warps = _draw_warps(augmentation, images, seed, epoch)
        for step in range(done.step + 1, steps + 1):
            part = slice((step - 1) * batch_size, step * batch_size)
            batch = order[part]
            x, y = empty((len(batch), *model.input_shape), model.dtype), labels[batch]
            for index, layer in enumerate(random_layers):
                layer.rng = np.random.default_rng((seed, epoch, step, index))
            if schedule is not None:
                optimizer.learning_rate = schedule((epoch - 1) * steps + step - 1)
            with backend.lock:
                _fill(x, images, batch, None if warps is None else warps[part])
                if corrupted_fraction:
                    # Its own random stream: those of dropout end with the number of a layer.
                    rng = np.random.default_rng((seed, epoch, step, len(random_layers)))
                    corruptions.corrupt_some(x[..., 0], corrupted_fraction, rng)
                loss = softmax_cross_entropy(fused.forward(x, training=True), y, label_smoothing)
                if not math.isfinite(loss.value):
                    raise NonFiniteLoss(_describe_non_finite(model, x, loss.value, epoch, step, steps))
                fused.backward(loss.gradient, need_dx=False, optimizer=optimizer if clip_norm is None else None)
                if clip_norm is not None:
                    optimizer.clip_gradients(clip_norm)
                optimizer.step()
                if average is not None:
                    average.update()
            totals = done.images + len(y), done.loss_sum + loss.value * len(y), done.correct + loss.correct
            done = StepEnd(epoch, step, steps, *totals, done.seconds + _clock() - began)
            yield done
            began = _clock()
        if bad := _non_finite(model):
            raise NonFiniteLoss(f"the last step of epoch {epoch} made {bad} non-finite; a lower learning rate may help")
        score = None
        if validation is not None:
            with contextlib.nullcontext() if average is None else average.applied():
                score = accuracy(validation[1], fused.predict(validation[0]).argmax(axis=1))
        yield EpochEnd(epoch, done.seconds, done.loss, done.accuracy, score)
        done = StepEnd(epoch + 1, 0, steps, 0, 0.0, 0, 0.0)


def _clock() -> float:
    """The time in seconds, without the compilation of kernels."""
    return time.perf_counter() - backend.compile_seconds()


def _draw_warps(augmentation: Augmentation | None, images: np.ndarray, seed: int, epoch: int) -> Warps | None:
    """The variations of an epoch's images, in their order."""
    if augmentation is None or augmentation == Augmentation():
        return None
    # Its own random stream: those of dropout are (seed, epoch, step, layer), with steps from 1.
    return augmentation.draw(len(images), images.shape[1:], np.random.default_rng((seed, epoch, 0, 1)))


def _fill(x: np.ndarray, images: np.ndarray, batch: np.ndarray, warps: Warps | None) -> None:
    """Write a batch of the images into ``x``, with its variations if there are any."""
    if warps is None:
        gather(images, batch, x)
    else:
        augment(images, batch, warps, x)


def _check_arrays_of(model: "Sequential", owner: str, arrays: Sequence[Parameter]) -> None:
    """ValueError if an array is not the model's own, but one of a copy, or of the model before it was loaded."""
    own = set(map(id, [*model.parameters, *model.buffers]))
    if unknown := [array.name for array in arrays if id(array) not in own]:
        raise ValueError(f"fit: expected an {owner} of the model's parameters, got one of others: {unknown[0]}, ...")


def _non_finite(model: "Sequential") -> str:
    """Which weights are not finite, in words; empty if none."""
    arrays = {layer.name: [*layer.parameters, *layer.buffers] for layer in model.layers}
    bad = [name for name, found in arrays.items() if not all(np.isfinite(array.value).all() for array in found)]
    return f"the weights of {', '.join(bad)}" if bad else ""


def _describe_non_finite(model: "Sequential", x: np.ndarray, loss: float, epoch: int, step: int, steps: int) -> str:
    """The message of ``NonFiniteLoss``: the weights that are not finite, or else the first layer's output."""
    bad = _non_finite(model)
    place = f"{bad}, after the step before" if bad else "softmax_cross_entropy"
    with np.errstate(all="ignore"):
        for layer in [] if bad else model.layers:
            x = layer.forward(x)
            if not np.isfinite(x).all():
                place = f"the output of {layer.name}"
                break
    return (
        f"the loss became {loss} at step {(epoch - 1) * steps + step}, batch {step} of epoch {epoch}; "
        f"it first occurred in {place}; a lower learning rate may help"
    )

"""Training as a stream of events: whoever runs it, with bars, logs or pictures, only listens."""

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.averaging import Average
from nn.data.augment import Augmentation, Warps
from nn.data.batches import shuffled_order
from nn.fuse import fuse
from nn.layers.base import walk
from nn.losses import softmax_cross_entropy
from nn.model import Sequential
from nn.ops import backend
from nn.ops.gather import gather
from nn.ops.memory import empty
from nn.ops.warp import warp
from nn.optimizers import Optimizer
from nn.schedules import Schedule


@dataclass(frozen=True, slots=True)
class StepEnd:
    """A step was made. The last one made is also all it takes to go on; see ``fit``.

    Attributes:
        epoch, step: both from 1; the step counts within the epoch.
        steps: how many steps an epoch has.
        images: how many images the epoch has seen.
        loss_sum: the sum of their losses, each batch scored before its step.
        correct: how many of them were read right.
        seconds: the epoch's training time, without the listener's own and without compiling.
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
        """The share of the epoch's images so far that were read right."""
        return self.correct / self.images


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """An epoch is over.

    Attributes:
        epoch: from 1.
        seconds: its training time, without validation and the listener's own time.
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


def fit(
    model: Sequential,
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
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    start: StepEnd | None = None,
) -> Iterator[Event]:
    """Train ``model`` in place, one event for each step and each epoch.

    Every draw follows from ``seed``, the epoch and the step alone. So a run that was stopped goes on bit for bit,
    given the weights, the optimizer's state and the last ``StepEnd``.

    Args:
        model: any network whose last layer gives one logit a class; a fused copy does the work.
        optimizer: made of ``model.parameters``; makes its steps in ``backward`` where it can, without ``clip_norm``.
        images: uint8 (N, H, W) or (N, H, W, C), or floats in [0, 1]. C-contiguous ones are not copied: who listens may
            write others into them, and into the labels, when an epoch is over.
        labels: (N,) whole numbers.
        epochs: how many in all, those before ``start`` included.
        batch_size: images a step; the last batch of an epoch may be shorter.
        seed: orders the images and draws the dropout masks.
        schedule: the learning rate by the step, counted from 0 over the whole training; else the optimizer's own.
        label_smoothing: the share of the truth that is spread over all classes; the loss includes it.
        clip_norm: the gradients, all together, are shortened to this length.
        average: of the model's parameters and statistics; hears of each step, and lends its values for validation.
        augmentation: how the images are varied, anew in each epoch.
        validation: (images, labels) to score after each epoch.
        start: the last step that was made, to go on after it; if it ended its epoch, with the next.

    Raises:
        ValueError: the images or labels don't fit the model.
        NonFiniteLoss: before the step that it would have spoilt; the weights are those of the step before. Or an
            epoch's last step has spoilt the weights.
    """
    model.as_batch(images[:0])
    if labels.shape != (len(images),) or not len(images):
        raise ValueError(f"fit: expected as many labels as images, and some, got {len(labels)} and {len(images)}")
    if unknown := [parameter.name for parameter in optimizer.parameters if parameter not in model.parameters]:
        raise ValueError(f"fit: expected an optimizer of the model's parameters, got one of others: {unknown[0]}, ...")
    if batch_size < 1:
        raise ValueError(f"fit: expected batch_size >= 1, got {batch_size}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"fit: expected whole numbers as labels, got {labels.dtype}")
    images = np.ascontiguousarray(images)
    steps = math.ceil(len(images) / batch_size)
    if start is not None and start.steps != steps:
        raise ValueError(f"fit: expected to go on with {start.steps} steps an epoch, got {steps}")
    fused = fuse(model)
    random_layers: list[Any] = [layer for layer in walk(fused.layers) if layer.is_random]
    if start is None or start.step == steps:
        done = StepEnd(1 if start is None else start.epoch + 1, 0, steps, 0, 0.0, 0, 0.0)
    else:
        done = start
    while done.epoch <= epochs:
        epoch, began = done.epoch, _clock()
        order = shuffled_order(len(images), seed, epoch)
        warps = _drawn(augmentation, images, seed, epoch)
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
                loss = softmax_cross_entropy(fused.forward(x, training=True), y, label_smoothing)
                if not math.isfinite(loss.value):
                    raise NonFiniteLoss(_where_it_began(model, x, loss.value, epoch, step, steps))
                fused.backward(loss.gradient, need_dx=False, optimizer=optimizer if clip_norm is None else None)
                if clip_norm is not None:
                    optimizer.clip_gradients(clip_norm)
                optimizer.step()
                if average is not None:
                    average.update()
            done = StepEnd(
                epoch,
                step,
                steps,
                done.images + len(y),
                done.loss_sum + loss.value * len(y),
                done.correct + loss.correct,
                done.seconds + _clock() - began,
            )
            yield done
            began = _clock()
        if bad := _spoilt(model):
            raise NonFiniteLoss(f"the last step of epoch {epoch} spoilt {bad}; a lower learning rate may help")
        score = None
        if validation is not None:
            with contextlib.nullcontext() if average is None else average.applied():
                score = _accuracy(fused, *validation)
        yield EpochEnd(epoch, done.seconds, done.loss, done.accuracy, score)
        done = StepEnd(epoch + 1, 0, steps, 0, 0.0, 0, 0.0)


def _clock() -> float:
    """The time in seconds, standing still while kernels compile."""
    return time.perf_counter() - backend.compile_seconds()


def _drawn(augmentation: Augmentation | None, images: np.ndarray, seed: int, epoch: int) -> Warps | None:
    """What happens to the images of an epoch, in their order."""
    if augmentation is None or augmentation == Augmentation():
        return None
    # A stream of its own: dropout's are (seed, epoch, step, layer), with steps from 1.
    return augmentation.draw(len(images), images.shape[1:], np.random.default_rng((seed, epoch, 0, 1)))


def _fill(x: np.ndarray, images: np.ndarray, batch: np.ndarray, warps: Warps | None) -> None:
    """A batch of the images, as they are or warped, into ``x``."""
    if warps is None:
        gather(images, batch, x)
    else:
        warp(images, batch, warps.matrices, warps.grids, warps.thickness, x)


def _accuracy(model: Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(model.predict(images).argmax(axis=1) == labels))


def _spoilt(model: Sequential) -> str:
    """The weights that are not finite, in words; nothing if there are none."""
    bad = [
        layer.name
        for layer in model.layers
        if not all(np.isfinite(array.value).all() for array in (*layer.parameters, *layer.buffers))
    ]
    return f"the weights of {', '.join(bad)}" if bad else ""


def _where_it_began(model: Sequential, x: np.ndarray, loss: float, epoch: int, step: int, steps: int) -> str:
    """The message of ``NonFiniteLoss``: weights that are bad, or else the first layer whose output is."""
    bad = _spoilt(model)
    place = f"{bad}, since the step before" if bad else "softmax_cross_entropy"
    with np.errstate(all="ignore"):
        for layer in [] if bad else model.layers:
            x = layer.forward(x)
            if not np.isfinite(x).all():
                place = f"the output of {layer.name}"
                break
    return (
        f"the loss became {loss} at step {(epoch - 1) * steps + step}, batch {step} of epoch {epoch}; "
        f"it began in {place}; a lower learning rate may help"
    )

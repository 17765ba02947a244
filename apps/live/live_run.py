"""A training that advances step by step and shows its state as snapshots: pure, without a window or a thread."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from apps.live.monitor import Monitor
from apps.live.observer import Observer, first_filters
from apps.live.settings import LiveSettings
from apps.live.snapshot import Snapshot, StepChange
from nn.data.batches import epoch_order
from nn.metrics import negative_log_likelihood
from nn.trainer import Trainer
from nn.training import EventStream, NonFiniteLoss, StepEnd

#: Images of a batch that are shown, at most.
BATCH_IMAGES = 16


class LiveRun:
    """A training from random weights.

    The weights are those of ``nn.trainer.Trainer``, bit for bit, however it is advanced and watched.

    Args:
        settings: of the network and the training.
        images, labels: to train on, as ``nn.training.fit`` takes them.
        validation: images and labels to watch with.
        clock: see ``Monitor``.

    Raises:
        ValueError: a setting is invalid.

    >>> rng = np.random.default_rng(0)
    >>> images, labels = rng.integers(0, 255, (64, 28, 28), np.uint8), np.arange(64) % 10
    >>> run = LiveRun(LiveSettings(epochs=1), images, labels, (images, labels))
    >>> while run.advance():
    ...     pass
    >>> run.snapshot().state, run.snapshot().position.step
    ('finished', 2)
    """

    def __init__(
        self,
        settings: LiveSettings,
        images: np.ndarray,
        labels: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if problem := settings.problem():
            raise ValueError(f"network: {problem}")
        if not settings.shuffle:
            order = np.argsort(labels, kind="stable")
            images, labels = images[order], labels[order]
        self.settings = settings
        shape = (*images.shape[1:], 1)[:3]
        self.model = settings.build(shape, int(max(labels.max(), validation[1].max())) + 1)
        self._images, self._labels = images, labels
        self._trainer = Trainer(self.model, settings.recipe())
        self._events: EventStream | None = None
        self.monitor = Monitor(self.model, Observer(self.model, *validation), settings.epochs, clock)
        self.state, self._note = "running", ""
        self._change: StepChange | None = None

    def advance(self) -> bool:
        """Make one step; False if the training is over."""
        self._change = None
        return self._advance()

    def _advance(self) -> bool:
        if self.state in ("finished", "failed"):
            return False
        if self._events is None:
            settings = self.settings
            self._events = self._trainer.fit(self._images, self._labels, settings.seed, shuffle=settings.shuffle)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # NonFiniteLoss says more than NumPy's warnings do
                for event in self._events:
                    self.monitor.on_event(event)
                    if isinstance(event, StepEnd):
                        return True
            self.state = "finished"
        except NonFiniteLoss as error:
            self.state, self._note = "failed", str(error)
        return False

    def advance_and_compare(self) -> bool:
        """Make one step, and find out what it changed: the next snapshot has it."""
        batch = self._next_batch()
        weights = [(array.name, array.value.copy()) for array in self.model.parameters]
        filters = first_filters(self.model)
        images, labels = self._images[batch], self._labels[batch]
        before = self._probabilities(images)
        self._change = None
        if not self._advance() or before is None:
            return self.state == "running"
        after = self._probabilities(images)
        if after is None:
            return True
        rows, some = np.arange(len(labels)), slice(BATCH_IMAGES)
        self._change = StepChange(
            images[some],
            labels[some],
            before[rows, labels][some],
            after[rows, labels][some],
            negative_log_likelihood(before, labels),
            negative_log_likelihood(after, labels),
            tuple((n, _change(old, a.value)) for (n, old), a in zip(weights, self.model.parameters, strict=True)),
            first_filters(self.model) - filters,
        )
        return True

    def _next_batch(self) -> np.ndarray:
        """The indices of the images of the next step."""
        last, size = self.monitor.last, self.settings.batch_size
        epoch, step = (1, 0) if last is None else (last.epoch, last.step)
        if last is not None and step == last.steps:
            epoch, step = epoch + 1, 0
        order = epoch_order(len(self._images), self.settings.seed, epoch, self.settings.shuffle)
        return order[step * size : (step + 1) * size]

    def _probabilities(self, images: np.ndarray) -> np.ndarray | None:
        try:
            return self.model.predict(images)
        except FloatingPointError:
            return None

    def snapshot(self, *, paused: bool = False, observe: bool = False) -> Snapshot:
        """The training now; see ``Monitor.snapshot``."""
        state = "paused" if paused and self.state == "running" else self.state
        return self.monitor.snapshot(state, note=self._note, observe=observe, change=self._change)

    def keep(self, path: str | os.PathLike[str], meta: Mapping[str, Any] | None = None) -> None:
        """Write the network to a checkpoint, or export it to the format of the suffix; see ``nn.export.FORMATS``.

        Raises:
            ValueError, OSError: the file can't be written, or no format has the suffix.
            ModuleNotFoundError: the format needs a package that is not installed.
        """
        from nn import checkpoint
        from nn.export import FORMATS, export_model

        path = Path(path)
        settings = self.settings.recipe().to_dict() | {"shuffle": self.settings.shuffle, "seed": self.settings.seed}
        meta = {"settings": settings, "normalization": "uint8 / 255", "steps": self.monitor.step, **(meta or {})}
        if path.suffix == ".npz":
            checkpoint.save(path, self.model, meta)
            return
        by_suffix = {form.suffix: name for name, form in reversed(FORMATS.items())}
        if path.suffix not in by_suffix:
            raise ValueError(f"{path}: expected a name that ends in .npz or {', '.join(by_suffix)}")
        export_model(self.model, path, by_suffix[path.suffix], meta)


def _change(old: np.ndarray, new: np.ndarray) -> float:
    """The norm of the change relative to the norm before; infinite for weights that were 0."""
    norm, change = float(np.linalg.norm(old)), float(np.linalg.norm(new - old))
    return change / norm if norm else (np.inf if change else 0.0)

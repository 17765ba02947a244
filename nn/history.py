"""The results of a training and of an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nn import html

if TYPE_CHECKING:
    from nn.training import EpochEnd


class Evaluation(NamedTuple):
    """The result of ``Sequential.evaluate``.

    Attributes:
        loss: the mean cross-entropy, in nats.
        accuracy: the fraction of correct predictions.
    """

    loss: float
    accuracy: float


class History:
    """The course of a training, as ``Sequential.fit`` returns it.

    Attributes:
        epochs: one ``EpochEnd`` for each epoch.
        history: lists with a number for each epoch, by Keras's names: ``"loss"`` and ``"accuracy"``, and with
            validation data ``"val_loss"`` and ``"val_accuracy"``. Notebooks show them as curves.
    """

    def __init__(self) -> None:
        self.epochs: list[EpochEnd] = []
        self.history: dict[str, list[float]] = {"loss": [], "accuracy": []}

    def append(self, event: EpochEnd, validation: Evaluation | None = None) -> None:
        """Add an epoch."""
        self.epochs.append(event)
        values = {"loss": event.train_loss, "accuracy": event.train_accuracy}
        if validation is not None:
            values |= {"val_loss": validation.loss, "val_accuracy": validation.accuracy}
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4f}" for name, values in self.history.items() if values)
        return f"<History of {len(self.epochs)} epochs{': ' + last if last else ''}>"

    def _repr_html_(self) -> str:
        charts = []
        for title in ("loss", "accuracy"):
            names = {"training": title, "validation": f"val_{title}"}
            series = {label: self.history[name] for label, name in names.items() if name in self.history}
            charts.append(html.curves(title, series))
        return html.row(*charts)

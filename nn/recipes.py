"""How a network is trained: everything but the network, the data and the seed."""

import contextlib
import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nn import schedules
from nn.averaging import Average, BestEpoch, MovingAverage, TailAverage
from nn.data.augment import Augmentation
from nn.model import Sequential
from nn.optimizers import SGD, AdamW, Optimizer
from nn.parameter import Parameter, check_state
from nn.schedules import Schedule
from nn.training import EpochEnd, Event, StepEnd, fit

#: How the learning rate goes, by name: see ``nn.schedules``.
SCHEDULES = ("constant", "one_cycle", "cosine", "plateau")

#: How gradients become steps, by name: ``Adam`` (``AdamW``, where weights decay) or ``SGD`` with Nesterov's momentum.
OPTIMIZERS = ("adam", "sgd")

#: SGD's momentum.
MOMENTUM = 0.9


@dataclass(frozen=True)
class Recipe:
    """The choices of a training.

    Attributes:
        epochs: passes over the training images.
        batch_size: images a step.
        optimizer: one of ``OPTIMIZERS``.
        learning_rate: the optimizer's; with a schedule that falls to 0, the peak.
        schedule: one of ``SCHEDULES``, over the whole training.
        weight_decay: see ``AdamW``.
        label_smoothing: see ``softmax_cross_entropy``.
        clip_norm: the gradients, all together, are shortened to this length; 0 for not at all.
        averaging: the decay of a moving average of the weights, whose values the training leaves; 0 for none.
        tail: in place of that, the share of the steps, less than 1, at the end of which the training leaves the mean of
            their weights, and through which a plateau lasts; 0 for none.
        patience: epochs without a better validation accuracy after which the training stops, and leaves the best
            epoch's weights; 0 for never.
        augmentation: how the images are varied.
        drawings: how many of the generator's drawings are learned beside the images, other ones in each epoch; see
            ``nn.digits.synthesis``.
        non_digits: the share of them, less than 1, that are of no digit; with any, the network has a class for them.
        painted: the share of them, less than 1, that are read as pictures, painted with brushes of all widths.
    """

    epochs: int = 5
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    averaging: float = 0.0
    tail: float = 0.0
    patience: int = 0
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    drawings: int = 0
    non_digits: float = 0.0
    painted: float = 0.0

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise ValueError(f"recipe: expected a schedule of {', '.join(SCHEDULES)}, got {self.schedule!r}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"recipe: expected an optimizer of {', '.join(OPTIMIZERS)}, got {self.optimizer!r}")
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 0), ("drawings", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"recipe: expected {name} to be a whole number of at least {least}, got {value!r}")
        for name, end in (
            ("learning_rate", math.inf),
            ("weight_decay", math.inf),
            ("clip_norm", math.inf),
            ("label_smoothing", 1),
            ("averaging", 1),
            ("tail", 1),
            ("non_digits", 1),
            ("painted", 1),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < end:
                raise ValueError(f"recipe: expected {name} in [0, {end}), got {value!r}")
        if self.tail and self.averaging:
            raise ValueError(f"recipe: expected averaging or a tail, got both, {self.averaging!r} and {self.tail!r}")

    def document(self) -> dict[str, Any]:
        """The same as JSON takes it; see ``of_document``."""
        return dataclasses.asdict(self)

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Recipe":
        """What ``document`` gave.

        Raises:
            TypeError, ValueError: it is not a recipe's.
        """
        fields = dict(document)
        return cls(**(fields | {"augmentation": Augmentation(**fields["augmentation"])}))

    def make_optimizer(self, parameters: Sequence[Parameter]) -> Optimizer:
        """The optimizer of these parameters."""
        if self.optimizer == "sgd":
            return SGD(parameters, self.learning_rate, MOMENTUM, nesterov=True, weight_decay=self.weight_decay)
        return AdamW(parameters, self.learning_rate, weight_decay=self.weight_decay)

    def rate(self, steps: int) -> Schedule:
        """The learning rate by the step, over a training of ``steps``."""
        if self.schedule == "one_cycle":
            return schedules.one_cycle(self.learning_rate, steps)
        if self.schedule == "cosine":
            return schedules.cosine(self.learning_rate, steps)
        if self.schedule == "plateau":
            return schedules.plateau(self.learning_rate, steps, 1 - self.tail)
        return schedules.constant(self.learning_rate)


#: As specified: Adam with 1e-3, batches of 32, 5 epochs.
PLAIN = Recipe()

#: What gets the most out of each architecture, chosen on a validation split; out of any other, the baseline's.
DEFAULTS = {
    "baseline": Recipe(
        learning_rate=3e-3,
        schedule="one_cycle",
        averaging=0.998,
        augmentation=Augmentation(rotation=5, scale=0.06, shift=1),
    ),
    "deep": Recipe(
        epochs=20,
        batch_size=64,
        learning_rate=2e-3,
        schedule="one_cycle",
        weight_decay=0.05,
        averaging=0.999,
        augmentation=Augmentation(rotation=8, scale=0.1, shear=0.1, shift=1.2, elastic=0.4, thickness=0.5),
    ),
    "tiny": Recipe(
        epochs=20,
        batch_size=64,
        learning_rate=5e-3,
        schedule="one_cycle",
        averaging=0.999,
        augmentation=Augmentation(rotation=8, scale=0.08, shear=0.08, shift=1.2, elastic=0.3, thickness=0.5),
    ),
}

#: Four times the epochs, for more warps: SGD that takes large steps to the end, and the mean of where they led.
THOROUGH = Recipe(
    epochs=20,
    optimizer="sgd",
    learning_rate=0.03,
    schedule="plateau",
    weight_decay=1e-3,
    tail=0.4,
    augmentation=Augmentation(rotation=8, scale=0.1, shear=0.1, shift=1.2, elastic=0.3, thickness=0.3),
)

#: What reads drawings: MNIST, made-up digits, and what is none, to be known as such.
DRAWING = dataclasses.replace(DEFAULTS["deep"], epochs=26, drawings=20_000, non_digits=0.4, painted=0.15)

#: For images that are no handwriting: clothes have no strokes to bend, and tell by small things what they are.
GENTLE = Augmentation(rotation=2, scale=0.06, shift=1)

RECIPES = ("default", "plain", "thorough", "drawing", "gentle")


def named(name: str, arch: str) -> Recipe:
    """The recipe ``name`` for an architecture.

    Args:
        name: one of ``RECIPES``, or the path of a JSON file: an object with fields of ``Recipe``, and an object of
            fields of ``Augmentation`` in it; what it leaves out is the default recipe's.
        arch: the architecture's name in ``nn.zoo``, or any other.

    Raises:
        ValueError: there is no such recipe or file, or the file is not one of a recipe.
    """
    default = DEFAULTS.get(arch, DEFAULTS["baseline"])
    if name == "plain":
        return PLAIN
    if name == "thorough":
        return default if default.epochs >= THOROUGH.epochs else THOROUGH
    if name == "drawing":
        return DRAWING
    if name == "gentle":
        return dataclasses.replace(default, augmentation=GENTLE)
    if name == "default":
        return default
    path = Path(name)
    if not path.is_file():
        raise ValueError(f"expected one of {', '.join(RECIPES)}, or a file of settings, got {name!r}")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Recipe.of_document(default.document() | dict(document))
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a recipe: {error}") from None


class Course:
    """A recipe at work on a network: what it takes to train, and to go on after an interruption.

    Args:
        model: the network to train.
        recipe: how.
    """

    def __init__(self, model: Sequential, recipe: Recipe) -> None:
        self.model = model
        self.recipe = recipe
        self.optimizer = recipe.make_optimizer(model.parameters)
        arrays = model.parameters + model.buffers
        self.average: Average | None = None
        if recipe.tail:
            self.average = TailAverage(arrays)
        elif recipe.averaging:
            self.average = MovingAverage(arrays, recipe.averaging)
        self.best = BestEpoch(arrays, recipe.patience) if recipe.patience else None

    def fit(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        seed: int,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
        start: StepEnd | None = None,
    ) -> Iterator[Event]:
        """Train, an event for each step and each epoch, to the end or as long as it has patience.

        ``finish`` belongs behind it. See ``nn.training.fit``.

        Raises:
            ValueError: the recipe has a patience, and there is nothing to validate with; and what ``fit`` raises.
        """
        recipe = self.recipe
        if self.best is not None and validation is None:
            raise ValueError(f"recipe: expected images to validate with, as it has a patience of {recipe.patience}")
        if self.best is not None and self.best.is_over:
            return
        steps = recipe.epochs * math.ceil(len(images) / recipe.batch_size)
        if isinstance(self.average, TailAverage):
            self.average.start = round((1 - recipe.tail) * steps)
        for event in fit(
            self.model,
            self.optimizer,
            images,
            labels,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            seed=seed,
            schedule=recipe.rate(steps),
            label_smoothing=recipe.label_smoothing,
            clip_norm=recipe.clip_norm or None,
            average=self.average,
            augmentation=recipe.augmentation,
            validation=validation,
            start=start,
        ):
            if self.best is not None and isinstance(event, EpochEnd):
                assert event.validation_accuracy is not None
                with contextlib.nullcontext() if self.average is None else self.average.applied():
                    self.best.hear(event.epoch, event.validation_accuracy)
            yield event
            if self.best is not None and self.best.is_over:
                return

    def finish(self) -> None:
        """Leave in the network what counts: the best epoch's weights, or the averages, or just the last."""
        if self.best is not None:
            self.best.apply()
        elif self.average is not None:
            self.average.apply()

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all that is remembered from step to step, besides the network."""
        arrays: dict[str, np.ndarray] = {}
        for keeper in self._keepers():
            arrays |= keeper.state_dict()
        return arrays

    def load_state_dict(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state_dict`` gave.

        Raises:
            ValueError: a name, shape or dtype is not what it should be.
        """
        check_state("training", self.state_dict(), arrays)
        for keeper in self._keepers():
            keeper.load_state_dict({name: arrays[name] for name in keeper.state_dict()})

    def _keepers(self) -> "list[Optimizer | Average | BestEpoch]":
        return [keeper for keeper in (self.optimizer, self.average, self.best) if keeper is not None]

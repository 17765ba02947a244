"""How a network is trained: everything but the network, the data and the seed."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nn import schedules
from nn.data.augment import Augmentation
from nn.deprecation import deprecated_alias, deprecated_names
from nn.optimizers import SGD, AdamW, Optimizer
from nn.parameter import Parameter
from nn.schedules import Schedule

#: How the learning rate goes, by name: see ``nn.schedules``.
SCHEDULES = ("constant", "one_cycle", "cosine", "anneal_to_constant")

#: How gradients become steps, by name: ``Adam`` (``AdamW``, where weights decay) or ``SGD`` with Nesterov's momentum.
OPTIMIZERS = ("adam", "sgd")

#: What fields were called in files that earlier releases wrote.
_OLD_FIELDS = {
    "averaging": "ema_decay",
    "tail": "swa_fraction",
    "drawings": "synthetic_drawings",
    "non_digits": "non_digit_fraction",
    "painted": "painted_fraction",
}

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
        ema_decay: the decay of a moving average of the weights, whose values the training leaves; 0 for none.
        tail: in place of that, the share of the steps, less than 1, at the end of which the training leaves the mean of
            their weights, and through which a plateau lasts; 0 for none.
        patience: epochs without a better validation accuracy after which the training stops, and leaves the best
            epoch's weights; 0 for never.
        augmentation: how the images are varied.
        synthetic_drawings: how many synthetic drawings are learned beside the images, other ones in each epoch; see
            ``nn.digits.synthesis``.
        non_digit_fraction: the share of them, less than 1, that are non-digits; with any, the network has a class for
            them.
        painted_fraction: the share of them, less than 1, that are painted with brushes of all widths.
    """

    epochs: int = 5
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    ema_decay: float = 0.0
    swa_fraction: float = 0.0
    patience: int = 0
    augmentation: Augmentation = dataclasses.field(default_factory=Augmentation)
    synthetic_drawings: int = 0
    non_digit_fraction: float = 0.0
    painted_fraction: float = 0.0

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise ValueError(f"recipe: expected a schedule of {', '.join(SCHEDULES)}, got {self.schedule!r}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"recipe: expected an optimizer of {', '.join(OPTIMIZERS)}, got {self.optimizer!r}")
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 0), ("synthetic_drawings", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"recipe: expected {name} to be a whole number of at least {least}, got {value!r}")
        for name, end in (
            ("learning_rate", math.inf),
            ("weight_decay", math.inf),
            ("clip_norm", math.inf),
            ("label_smoothing", 1),
            ("ema_decay", 1),
            ("swa_fraction", 1),
            ("non_digit_fraction", 1),
            ("painted_fraction", 1),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < end:
                raise ValueError(f"recipe: expected {name} in [0, {end}), got {value!r}")
        if self.swa_fraction and self.ema_decay:
            found = f"{self.ema_decay!r} and {self.swa_fraction!r}"
            raise ValueError(f"recipe: expected ema_decay or swa_fraction, got both, {found}")

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON takes it; see ``from_dict``."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Recipe":
        """What ``document`` gave.

        Raises:
            TypeError, ValueError: it is not a recipe's.
        """
        fields = current_names(document)
        return cls(**(fields | {"augmentation": Augmentation(**fields["augmentation"])}))

    document = deprecated_alias("document", to_dict)
    of_document = deprecated_alias("of_document", "from_dict")

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
        if self.schedule == "anneal_to_constant":
            return schedules.anneal_to_constant(self.learning_rate, steps, 1 - self.swa_fraction)
        return schedules.constant(self.learning_rate)


def current_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a recipe's file under today's names, whichever release wrote it."""
    found = {_OLD_FIELDS.get(name, name): value for name, value in dict(settings).items()}
    if found.get("schedule") == "plateau":
        found["schedule"] = "anneal_to_constant"
    return found


#: As specified: Adam with 1e-3, batches of 32, 5 epochs.
PLAIN = Recipe()

#: What gets the most out of each architecture, chosen on a validation split; out of any other, the baseline's.
DEFAULTS = {
    "baseline": Recipe(
        learning_rate=3e-3,
        schedule="one_cycle",
        ema_decay=0.998,
        augmentation=Augmentation(rotation=5, scale=0.06, shift=1),
    ),
    "deep": Recipe(
        epochs=20,
        batch_size=64,
        learning_rate=2e-3,
        schedule="one_cycle",
        weight_decay=0.05,
        ema_decay=0.999,
        augmentation=Augmentation(rotation=8, scale=0.1, shear=0.1, shift=1.2, elastic=0.4, thickness=0.5),
    ),
    "tiny": Recipe(
        epochs=20,
        batch_size=64,
        learning_rate=5e-3,
        schedule="one_cycle",
        ema_decay=0.999,
        augmentation=Augmentation(rotation=8, scale=0.08, shear=0.08, shift=1.2, elastic=0.3, thickness=0.5),
    ),
}

#: Four times the epochs, for more warps: SGD that takes large steps to the end, and the mean of where they led.
THOROUGH = Recipe(
    epochs=20,
    optimizer="sgd",
    learning_rate=0.03,
    schedule="anneal_to_constant",
    weight_decay=1e-3,
    swa_fraction=0.4,
    augmentation=Augmentation(rotation=8, scale=0.1, shear=0.1, shift=1.2, elastic=0.3, thickness=0.3),
)

#: What reads drawings: MNIST, made-up digits, and what is none, to be known as such.
DRAWING = dataclasses.replace(
    DEFAULTS["deep"], epochs=26, synthetic_drawings=20_000, non_digit_fraction=0.4, painted_fraction=0.15
)

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
        return Recipe.from_dict(default.to_dict() | current_names(document))
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a recipe: {error}") from None


__getattr__ = deprecated_names(__name__, {"Course": "nn.trainer:Trainer"})

"""Recipes: the settings of a training, and the table of named ones. ``nn.trainer`` trains by them."""

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nn import checks, schedules
from nn.data.augment import Augmentation
from nn.deprecation import deprecated_alias, deprecated_names
from nn.errors import one_line
from nn.files import is_file
from nn.optimizers import SGD, AdamW, Optimizer
from nn.parameter import Parameter
from nn.schedules import Schedule


@dataclass(frozen=True)
class Recipe:
    """The settings of a training: everything but the network, the data and the seed.

    Attributes:
        epochs: passes over the training images.
        batch_size: images per step.
        optimizer: a name of ``OPTIMIZERS``.
        learning_rate: of the optimizer; the peak, if the schedule changes it.
        schedule: a name of ``SCHEDULES``.
        weight_decay: see ``AdamW``.
        label_smoothing: see ``softmax_cross_entropy``.
        clip_norm: upper limit of the norm of all gradients together; 0 turns clipping off.
        ema_decay: decay of the ``ExponentialMovingAverage`` that becomes the final weights; 0 turns it off.
        swa_fraction: the last fraction of the steps, in [0, 1), which ``StochasticWeightAveraging`` averages; 0 turns
            it off. It excludes ``ema_decay``.
        patience: of ``EarlyStopping``, in epochs; 0 turns it off.
        augmentation: random variations of the images.
        synthetic_drawings: number of synthetic drawings added to the images, new ones in each epoch; see
            ``nn.synthetic_drawings``.
        non_digit_fraction: fraction of these drawings, in [0, 1), that are non-digits. If it is not 0, the network has
            a class for them.
        painted_fraction: fraction of these drawings, in [0, 1), that are painted with brushes of all widths.
        picture_fraction: fraction of the others, in [0, 1), that become photographs, scans and other pictures; see
            ``nn.digits.synthesis.pictures``.
        corrupted_fraction: fraction of the images of each step, in [0, 1), that are corrupted; see
            ``nn.data.corruptions``.

    Raises:
        ValueError: a setting is out of range.

    >>> Recipe(epochs=3, schedule="cosine").make_schedule(steps=100)(50)
    0.0005
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
    picture_fraction: float = 0.0
    corrupted_fraction: float = 0.0

    def __post_init__(self) -> None:
        for name, table in (("schedule", SCHEDULES), ("optimizer", OPTIMIZERS)):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in table:
                raise ValueError(f"recipe: expected {name} to be one of {', '.join(table)}, got {value!r}")
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 0), ("synthetic_drawings", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"recipe: expected {name} to be a whole number of at least {least}, got {value!r}")
        unlimited = dict.fromkeys(("learning_rate", "weight_decay", "clip_norm"), math.inf)
        shares = ("non_digit_fraction", "painted_fraction", "picture_fraction", "corrupted_fraction")
        fractions = ("label_smoothing", "ema_decay", "swa_fraction", *shares)
        for name, end in (unlimited | dict.fromkeys(fractions, 1)).items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < end:
                raise ValueError(f"recipe: expected {name} in [0, {end}), got {value!r}")
        if self.swa_fraction and self.ema_decay:
            found = f"{self.ema_decay!r} and {self.swa_fraction!r}"
            raise ValueError(f"recipe: expected ema_decay or swa_fraction, got both, {found}")

    def to_dict(self) -> dict[str, Any]:
        """The settings as JSON takes them; see ``from_dict``."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], defaults: "Recipe | None" = None) -> "Recipe":
        """The inverse of ``to_dict``; also reads the names that earlier releases wrote.

        Args:
            settings: by name, with a mapping of fields of ``Augmentation`` for ``augmentation``.
            defaults: gives the settings that are left out.

        Raises:
            TypeError, ValueError: they are not the settings of a recipe.
        """
        found = (defaults or cls()).to_dict() | {_NEW_NAMES.get(k, k): value for k, value in dict(settings).items()}
        schedule = _NEW_NAMES.get(found["schedule"], found["schedule"])
        return cls(**found | {"schedule": schedule, "augmentation": Augmentation(**found["augmentation"])})

    def make_optimizer(self, parameters: Sequence[Parameter]) -> Optimizer:
        """The optimizer of these parameters."""
        return OPTIMIZERS[self.optimizer](self, parameters)

    def make_schedule(self, steps: int) -> Schedule:
        """The learning rate at each step of a training of ``steps``."""
        return SCHEDULES[self.schedule](self, steps)

    document = deprecated_alias("to_dict")
    of_document = deprecated_alias("from_dict")
    rate = deprecated_alias("make_schedule")


#: Learning rate schedules: see ``nn.schedules``.
SCHEDULES: dict[str, Callable[[Recipe, int], Schedule]] = {
    "constant": lambda recipe, steps: schedules.constant(recipe.learning_rate),
    "one_cycle": lambda recipe, steps: schedules.one_cycle(recipe.learning_rate, steps),
    "cosine": lambda recipe, steps: schedules.cosine(recipe.learning_rate, steps),
    "anneal_to_constant": lambda recipe, steps: schedules.anneal_to_constant(
        recipe.learning_rate, steps, 1 - recipe.swa_fraction
    ),
}

#: Optimizers: see ``nn.optimizers``. AdamW without weight decay is Adam.
OPTIMIZERS: dict[str, Callable[[Recipe, Sequence[Parameter]], Optimizer]] = {
    "adam": lambda recipe, parameters: AdamW(parameters, recipe.learning_rate, weight_decay=recipe.weight_decay),
    "sgd": lambda recipe, parameters: SGD(
        parameters, recipe.learning_rate, momentum=0.9, nesterov=True, weight_decay=recipe.weight_decay
    ),
}

#: The current names of settings and schedules that earlier releases wrote to files.
_NEW_NAMES = {
    "averaging": "ema_decay",
    "tail": "swa_fraction",
    "drawings": "synthetic_drawings",
    "non_digits": "non_digit_fraction",
    "painted": "painted_fraction",
    "plateau": "anneal_to_constant",
}


class NamedRecipe(NamedTuple):
    """An entry of ``RECIPES``.

    Attributes:
        summary: one line for people.
        by_architecture: the recipe of each architecture; any other architecture uses the one of ``"baseline"``.
    """

    summary: str
    by_architecture: Mapping[str, Recipe]


# The settings with the highest validation accuracy of each architecture.
_BASELINE = Recipe(
    learning_rate=3e-3,
    schedule="one_cycle",
    label_smoothing=0.1,
    ema_decay=0.998,
    augmentation=Augmentation(rotation=5, scale=0.06, shift=1),
)
_DEEP = Recipe(
    epochs=20,
    batch_size=64,
    learning_rate=2e-3,
    schedule="one_cycle",
    weight_decay=0.05,
    ema_decay=0.999,
    augmentation=Augmentation(rotation=8, scale=0.1, shear=0.1, shift=1.2, elastic=0.4, thickness=0.5),
)
_WIDE = dataclasses.replace(_DEEP, label_smoothing=0.05)
_TINY = Recipe(
    epochs=20,
    batch_size=64,
    learning_rate=1e-2,
    schedule="one_cycle",
    ema_decay=0.999,
    augmentation=Augmentation(rotation=8, scale=0.08, shear=0.08, shift=1.2, elastic=0.3, thickness=0.5),
)
_MICRO = Recipe(
    epochs=16,
    batch_size=64,
    learning_rate=3e-2,
    schedule="one_cycle",
    augmentation=Augmentation(rotation=4, scale=0.04, shift=0.5),
)
_NANO = Recipe(epochs=20, batch_size=64, learning_rate=4e-2, schedule="one_cycle")
_THOROUGH = Recipe(
    epochs=20,
    optimizer="sgd",
    learning_rate=0.03,
    schedule="anneal_to_constant",
    weight_decay=1e-3,
    swa_fraction=0.4,
    augmentation=Augmentation(rotation=8, scale=0.1, shear=0.1, shift=1.2, elastic=0.3, thickness=0.3),
)
_DRAWING = dataclasses.replace(
    _DEEP,
    epochs=26,
    synthetic_drawings=20_000,
    non_digit_fraction=0.4,
    painted_fraction=0.15,
    corrupted_fraction=0.4,
)
_GENTLE = Augmentation(rotation=2, scale=0.06, shift=1)
_DEFAULT = {
    **{"baseline": _BASELINE, "deep": _DEEP, "wide": _WIDE},
    **{"tiny": _TINY, "micro": _MICRO, "nano": _NANO},
}

#: The named recipes. To add one, add an entry: commands and their help text follow from this table.
RECIPES: dict[str, NamedRecipe] = {
    "default": NamedRecipe("highest validation accuracy for each architecture", _DEFAULT),
    "plain": NamedRecipe("Adam 1e-3, batch 32, 5 epochs, no augmentation", {"baseline": Recipe()}),
    "thorough": NamedRecipe(
        "20 epochs of SGD with stochastic weight averaging (deep, wide, tiny, micro, nano: the default)",
        _DEFAULT | {"baseline": _THOROUGH},
    ),
    "drawing": NamedRecipe(
        "MNIST, partly corrupted, and synthetic drawings with a non-digit class, for drawings in the window",
        {"baseline": _DRAWING},
    ),
    "gentle": NamedRecipe(
        "the default with little augmentation, for images that are not handwriting",
        {arch: dataclasses.replace(recipe, augmentation=_GENTLE) for arch, recipe in _DEFAULT.items()},
    ),
}


def get(name: str, arch: str) -> Recipe:
    """The recipe ``name`` for an architecture.

    Args:
        name: a name of ``RECIPES``, or the path of a JSON file with an object of ``Recipe``'s fields; missing
            fields are those of the default recipe.
        arch: the architecture's name in ``nn.zoo``, or any other.

    Raises:
        ValueError: there is no such recipe or file, or the file does not hold a recipe.

    >>> get("thorough", "baseline").optimizer, get("thorough", "deep").optimizer
    ('sgd', 'adam')
    """
    name = checks.name_or_path("recipe", name, RECIPES, "a JSON file of settings")
    by_architecture = RECIPES[name if name in RECIPES else "default"].by_architecture
    recipe = by_architecture.get(arch, by_architecture["baseline"])
    if name in RECIPES:
        return recipe
    path = Path(name)
    if not is_file(path):
        raise ValueError(f"expected one of {', '.join(RECIPES)}, or a JSON file of settings, got {name!r}")
    try:
        return Recipe.from_dict(json.loads(path.read_bytes()), recipe)
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not a recipe: {one_line(error)}") from None


def describe() -> str:
    """The choice of recipes in one line, for help texts."""
    names = "; ".join(f"{name}: {entry.summary}" for name, entry in RECIPES.items())
    return f"training recipe, a name or a JSON file of settings. {names}"


__getattr__ = deprecated_names(__name__, {"Course": "nn.trainer:Trainer", "named": "get"})

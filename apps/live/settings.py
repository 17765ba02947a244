"""The settings of a training to watch: the network, and how it is trained.

This module imports nothing slow, as the window reads it before its first frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nn.model import Sequential
    from nn.recipes import Recipe

#: The maximum number of layers besides the last one, which gives a logit a class.
MAX_LAYERS = 8

#: Training images that are held out to watch the training with, at most, and as a share of all.
VALIDATION, VALIDATION_SHARE = 5000, 1 / 6

Description = list[dict[str, Any]]


class LayerKind(NamedTuple):
    """A kind of layer that can be added to the network.

    Attributes:
        label: its name.
        sizes: its possible sizes, such as numbers of filters; one size if it has none.
        describe: the layers as ``nn.layers.description`` takes them, by the size and the name of the initializer.
        flat: whether it takes vectors; ``Flatten`` then comes before it. None: it takes both.
        default: its size when it is added.
    """

    label: str
    sizes: tuple[float, ...]
    describe: Callable[[Any, str], Description]
    flat: bool | None
    default: float


#: The kinds of layers. To add one, add an entry.
LAYER_KINDS: dict[str, LayerKind] = {
    "conv": LayerKind(
        "Conv", (4, 8, 16, 32, 64),
        lambda size, initializer: [
            {"type": "Conv2D", "filters": size, "kernel_size": 3, "kernel_initializer": initializer}, {"type": "ReLU"},
        ], False, 16,
    ),
    "pool": LayerKind("Pool", (2,), lambda size, initializer: [{"type": "MaxPool2D", "pool_size": size}], False, 2),
    "dense": LayerKind(
        "Dense", (16, 32, 64, 128, 256),
        lambda size, initializer: [
            {"type": "Dense", "units": size, "kernel_initializer": initializer}, {"type": "ReLU"},
        ], True, 64,
    ),
    "norm": LayerKind("Norm", (1,), lambda size, initializer: [{"type": "BatchNorm"}], None, 1),
    "dropout": LayerKind(
        "Dropout", (0.1, 0.3, 0.5), lambda size, initializer: [{"type": "Dropout", "rate": size}], None, 0.3
    ),
}  # fmt: skip


class LayerChoice(NamedTuple):
    """A layer of the network: a key of ``LAYER_KINDS``, and one of its sizes."""

    kind: str
    size: float

    @property
    def label(self) -> str:
        """Its name and, where it has several sizes, its size.

        >>> LayerChoice("conv", 32).label, LayerChoice("pool", 2).label
        ('Conv 32', 'Pool')
        """
        kind = LAYER_KINDS[self.kind]
        return f"{kind.label} {self.size:g}" if len(kind.sizes) > 1 else kind.label


class Choice(NamedTuple):
    """A setting with a list of values to choose from: its name, the values, and a tool-tip."""

    label: str
    values: tuple[Any, ...]
    tip: str

    def show(self, value: Any) -> str:
        """A value as text."""
        return {"True": "yes", "False": "no"}.get(str(value), NAMES.get(value, str(value)))


#: The names of values, where they differ from the values.
NAMES: dict[Any, str] = {
    "adam": "Adam", "sgd": "SGD", "one_cycle": "one cycle", "glorot_uniform": "Glorot", "he_normal": "He",
}  # fmt: skip

#: Ranges of random warps; see ``nn.data.augment``.
AUGMENTATIONS: dict[str, dict[str, float]] = {
    "none": {},
    "little": {"rotation": 5, "scale": 0.06, "shift": 1},
    "strong": {"rotation": 10, "scale": 0.12, "shear": 0.1, "shift": 1.5, "elastic": 0.4, "thickness": 0.5},
}

#: The settings besides the layers. To add one, add an entry and a field of ``LiveSettings``.
CHOICES: dict[str, Choice] = {
    "optimizer": Choice("Optimizer", ("adam", "sgd"), "Adam, or SGD with Nesterov momentum 0.9"),
    "learning_rate": Choice(
        "Learning rate", (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), "The length of a step"
    ),
    "schedule": Choice("Schedule", ("constant", "one_cycle", "cosine"), "How the learning rate changes over the steps"),
    "batch_size": Choice("Batch size", (1, 8, 16, 32, 64, 128, 256), "Images in a step"),
    "epochs": Choice("Epochs", (1, 2, 3, 5, 10, 20), "Passes over the training images"),
    "initializer": Choice("Initial weights", ("glorot_uniform", "he_normal", "zeros"), "What the weights start from"),
    "augmentation": Choice("Augmentation", tuple(AUGMENTATIONS), "Random variations of the training images"),
    "shuffle": Choice("Shuffle", (True, False), "Another order in each epoch; without, digits come sorted by label"),
    "seed": Choice("Seed", tuple(range(100)), "Of everything random: the same seed gives the same weights"),
}


@dataclass(frozen=True)
class LiveSettings:
    """All that a training depends on, besides the images. By default the reference network and its plain training.

    Attributes:
        layers: of the network, without the last one.
        optimizer, learning_rate, schedule, batch_size, epochs: see ``nn.recipes.Recipe``.
        initializer: a name of ``nn.initializers.INITIALIZERS``, for every layer.
        augmentation: a key of ``AUGMENTATIONS``.
        shuffle: whether each epoch has another order; otherwise the images are sorted by label.
        seed: of the initial weights, the order and the augmentation.
    """

    layers: tuple[LayerChoice, ...] = (LayerChoice("conv", 32), LayerChoice("pool", 2), LayerChoice("dense", 64))
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    batch_size: int = 32
    epochs: int = 5
    initializer: str = "glorot_uniform"
    augmentation: str = "none"
    shuffle: bool = True
    seed: int = 0

    def recipe(self) -> Recipe:
        """The settings of the training.

        Raises:
            ValueError: one of them is invalid.
        """
        from nn import checks
        from nn.data.augment import Augmentation
        from nn.recipes import Recipe

        augmentation = AUGMENTATIONS[checks.choice("settings: augmentation", self.augmentation, AUGMENTATIONS)]
        names = {each.name for each in fields(Recipe)} & {each.name for each in fields(self)} - {"augmentation"}
        values = {name: getattr(self, name) for name in names}
        return Recipe(**values, augmentation=Augmentation(**augmentation))

    def build(self, image_shape: tuple[int, ...] = (28, 28, 1), classes: int = 10) -> Sequential:
        """The network with its initial weights.

        Raises:
            ValueError: a layer can't take the output of the one before it, or a setting is invalid.
        """
        import numpy as np

        from nn.layers.description import make_layers
        from nn.model import Sequential

        layers = make_layers(self.describe(classes))
        return Sequential(layers, image_shape, rng=np.random.default_rng(self.seed))

    def describe(self, classes: int = 10) -> Description:
        """The layers as an architecture file lists them; see ``nn.zoo.from_file``."""
        found: Description = []
        flat = False
        for kind, size in (*self.layers, LayerChoice("dense", classes)):
            if LAYER_KINDS[kind].flat and not flat:
                found.append({"type": "Flatten"})
                flat = True
            found += LAYER_KINDS[kind].describe(size, self.initializer)
        return found[:-1]  # the last ReLU: the logits have none

    def problem(self) -> str:
        """Why there is no such network, in one line; empty if there is one. It computes no weights."""
        if len(self.layers) > MAX_LAYERS:
            return f"expected at most {MAX_LAYERS} layers, got {len(self.layers)}"
        flat, side = False, 28
        for number, layer in enumerate(self.layers, 1):
            wants_flat = LAYER_KINDS[layer.kind].flat
            if wants_flat is False and flat:
                return f"layer {number}, {layer.label}: expected images, got the vectors of a dense layer before it"
            flat = flat or bool(wants_flat)
            side = {"conv": side - 2, "pool": side // 2}.get(layer.kind, side)
            if side < 1:
                return f"layer {number}, {layer.label}: expected larger maps: the layers before it leave no pixels"
        return ""

    def stepped(self, name: str, step: int) -> LiveSettings:
        """With the next (1) or previous (-1) value of a setting of ``CHOICES``; the last is followed by none.

        >>> LiveSettings().stepped("batch_size", 1).batch_size, LiveSettings().stepped("seed", -1).seed
        (64, 0)
        """
        return replace(self, **{name: _neighbour(CHOICES[name].values, getattr(self, name), step)})

    def with_layer(self, after: int, kind: str) -> LiveSettings:
        """With another layer of that kind, after layer ``after`` (-1: before all)."""
        new = LayerChoice(kind, LAYER_KINDS[kind].default)
        return replace(self, layers=(*self.layers[: after + 1], new, *self.layers[after + 1 :]))

    def without_layer(self, number: int) -> LiveSettings:
        """Without layer ``number``, from 0."""
        return replace(self, layers=self.layers[:number] + self.layers[number + 1 :])

    def resized(self, number: int, step: int) -> LiveSettings:
        """With layer ``number`` of the next (1) or previous (-1) size."""
        kind, size = self.layers[number]
        new = LayerChoice(kind, _neighbour(LAYER_KINDS[kind].sizes, size, step))
        return replace(self, layers=(*self.layers[:number], new, *self.layers[number + 1 :]))


def _neighbour(values: tuple[Any, ...], value: Any, step: int) -> Any:
    return values[min(max(values.index(value) + step, 0), len(values) - 1)]

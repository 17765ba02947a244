"""Trainings that diverge, or have nothing to learn from."""

import itertools
from pathlib import Path

import numpy as np

from nn import checkpoint, zoo
from nn.data.augment import Augmentation
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd, NonFiniteLoss
from tests.stress.campaign import Results, expect

RATES = (1e-8, 1e-3, 1.0, 1e3, 1e6, 1e30)
ARCHITECTURES = ("mlp", "baseline", "tiny", "deep")
SIDE, CLASSES, COUNT = 16, 4, 12

RECIPES = {
    "plain": Recipe(epochs=2, batch_size=5),
    "batch of 1": Recipe(epochs=1, batch_size=1),
    "everything": Recipe(
        epochs=2,
        batch_size=5,
        schedule="one_cycle",
        weight_decay=0.1,
        label_smoothing=0.1,
        clip_norm=1.0,
        ema_decay=0.9,
        augmentation=Augmentation(rotation=10, shift=2, elastic=0.5, thickness=0.5),
    ),
}


def _sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (COUNT, SIDE, SIDE), dtype=np.uint8)
    labels = np.arange(COUNT) % CLASSES
    floats = images.astype(np.float32)
    return {
        "noise": (images, labels),
        "black": (np.zeros_like(images), labels),
        "white": (np.full_like(images, 255), labels),
        "one class": (images, np.zeros_like(labels)),
        "one image": (images[:1], labels[:1]),
        "huge": (floats * 1e36, labels),
        "largest": (np.full_like(floats, np.finfo(np.float32).max), labels),
        "denormal": (floats * 1e-44, labels),
        "infinite": (np.full_like(floats, np.inf), labels),
        "nan": (np.full_like(floats, np.nan), labels),
    }


def numbers(count: int, folder: Path) -> Results:
    """Train at any rate, on anything: what comes of it is finite, or it stops and says where."""
    sets = _sets()
    cases = list(itertools.product(RATES, sets, RECIPES, ARCHITECTURES))
    order = np.random.default_rng(1).permutation(len(cases))
    for index in order[:count]:
        rate, name, recipe, arch = cases[index]
        yield _trained(rate, sets[name], recipe, arch, f"{arch}, {recipe}, {name}, learning rate {rate:g}", folder)


def _trained(
    rate: float, data: tuple[np.ndarray, np.ndarray], name: str, arch: str, title: str, folder: Path
) -> str | None:
    """The result of one training."""
    recipe = Recipe(**{**vars(RECIPES[name]), "learning_rate": rate})
    images, labels = data
    model = zoo.build(arch, (SIDE, SIDE, 1), CLASSES)
    trainer = Trainer(model, recipe)
    try:
        with np.errstate(all="ignore"):
            for event in trainer.fit(images, labels, seed=0):
                if isinstance(event, EpochEnd) and not np.isfinite(event.train_loss):
                    return f"{title}: a loss of {event.train_loss}"
            trainer.finish()
            probabilities = model.predict(images)
    except (NonFiniteLoss, FloatingPointError) as error:
        return expect(str(error) and "\n" not in str(error), f"{title}: {error!r}")
    except Exception as error:
        return f"{title}: {type(error).__name__}: {error}"
    finite = np.isfinite(probabilities).all() and all(np.isfinite(array).all() for array in model.state_dict().values())
    for precision in ("float32", "int8") if finite else ():
        checkpoint.save(folder / "weights.npz", model, {}, precision=precision)
        checkpoint.load(folder / "weights.npz")
    return expect(finite, f"{title}: NaN, and nobody said so")

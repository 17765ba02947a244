"""Training with extreme learning rates and images."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nn import checkpoint, zoo
from nn.data.augment import Augmentation
from nn.recipes import Recipe
from nn.trainer import Trainer
from nn.training import EpochEnd, NonFiniteLoss

RATES = (1e-8, 1e-3, 1.0, 1e3, 1e6, 1e30)
ARCHITECTURES = ("mlp", "baseline", "tiny", "deep")
SIDE, CLASSES, COUNT = 20, 4, 12

RECIPES = {
    "plain": Recipe(epochs=2, batch_size=5),
    "batch of 1": Recipe(epochs=1, batch_size=1),
    "every option": Recipe(
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
        "huge": ((floats - 100) * 1e36, labels),  # with negative values, as standardized images have
        "largest": (np.where(images % 2, 1, -1) * np.finfo(np.float32).max, labels),
        "denormal": (floats * 1e-44, labels),
        "infinite": (np.full_like(floats, np.inf), labels),
        "nan": (np.full_like(floats, np.nan), labels),
    }


def _train(learning_rate: float, data: tuple[np.ndarray, np.ndarray], recipe: Recipe, arch: str, path: Path) -> None:
    """Train, predict, save and load; raises where a loss, a weight or a probability is not finite."""
    images, labels = data
    model = zoo.build(arch, (SIDE, SIDE, 1), CLASSES)
    trainer = Trainer(model, replace(recipe, learning_rate=learning_rate))
    with np.errstate(all="ignore"):
        for event in trainer.fit(images, labels, seed=0):
            assert not isinstance(event, EpochEnd) or np.isfinite(event.train_loss), "the loss is not finite"
        trainer.finish()
        probabilities = model.predict(images)
    for array in (probabilities, *model.state_dict().values()):
        assert np.isfinite(array).all(), "a result is not finite"
    for precision in ("float32", "int8"):
        checkpoint.save(path, model, {}, precision=precision)
        checkpoint.load(path)


@pytest.mark.stress(default=4, full=720)
def test_training_is_finite_or_raises_a_one_line_error(cases, tmp_path):
    sets = _sets()
    every = list(itertools.product(RATES, sets, RECIPES, ARCHITECTURES))
    for index in np.random.default_rng(1).permutation(len(every))[: cases.count]:
        rate, name, recipe, arch = every[index]
        problem = None
        try:
            _train(rate, sets[name], RECIPES[recipe], arch, tmp_path / "weights.npz")
        except (NonFiniteLoss, FloatingPointError) as error:
            problem = None if str(error) and "\n" not in str(error) else repr(error)
        except Exception as error:  # images that are not finite are refused before the first step
            refused = name in ("infinite", "nan") and str(error).startswith("fit: images: expected finite numbers")
            problem = None if refused else repr(error)
        cases.check(problem is None, f"{arch}, {recipe}, {name}, learning rate {rate:g}: {problem}")

"""A scikit-learn classifier for pipelines, cross-validation and grid search. Needs the extra ``sklearn``.

joblib's worker processes get their share of the cores as a number of threads (``NUMBA_NUM_THREADS``), which Numba
follows. The number of threads does not change the result: the same seed gives the same bits.
"""

import dataclasses
import math
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from nn import checks, recipes, zoo
from nn.data.augment import Augmentation
from nn.trainer import Trainer

#: Tables whose number of features is the square of at least this are images.
MIN_SIDE = 8

#: With ``epochs=None``, small sets are trained for at least this many steps.
MIN_STEPS = 300


class DigitClassifier(ClassifierMixin, BaseEstimator):
    """A network of ``nn.zoo``, trained by a recipe.

    ``X`` is a table (N, features) or images (N, H, W) or (N, H, W, C). A table whose number of features is a square of
    at least 8 (64, 784) is taken as square images, and any other as vectors. Images are scaled to [0, 1] by their range
    in training (uint8: 0 to 255), vectors are standardized. Labels may be of any type.

    Args:
        arch: an architecture of ``nn.zoo`` or the path of a file of layers; ``"auto"`` is ``"baseline"`` for images and
            ``"mlp"`` for vectors and for images smaller than 8x8.
        recipe: a name of ``nn.recipes``, the path of a recipe's file, or a ``Recipe``. Vectors are not augmented.
        epochs: passes over the data; the recipe's number unless given, or more for at least 300 steps.
        seed: of the weights, the order of the samples and the augmentation.

    Attributes:
        classes_: the labels, sorted.
        model_: the trained ``Sequential``.
        arch_: the architecture's name.
        n_features_in_, feature_names_in_: of ``X``.
    """

    def __init__(
        self, arch: str = "auto", recipe: str | recipes.Recipe = "plain", epochs: int | None = None, seed: int = 0
    ) -> None:
        self.arch = arch
        self.recipe = recipe
        self.epochs = epochs
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:
        """Train a new network on ``X`` with labels ``y`` (N,).

        Raises:
            ValueError: the data are not numbers or not finite, or an option does not go with them.
        """
        X, y = validate_data(self, X, y, allow_nd=True)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        seed = checks.integer("DigitClassifier: seed", self.seed, 0)
        self.classes_, labels = np.unique(y, return_inverse=True)
        self._sample_shape = X.shape[1:]
        self._input_shape = _input_shape(X.shape[1:])
        is_image = len(self._input_shape) == 3
        self._offset: Any
        self._scale: Any
        self._offset, self._scale = _image_range(X) if is_image else _moments(X)
        large = is_image and min(self._input_shape[:2]) >= MIN_SIDE
        self.arch_ = ("baseline" if large else "mlp") if self.arch == "auto" else self.arch
        self.model_ = zoo.build(self.arch_, self._input_shape, len(self.classes_), np.random.default_rng(seed))
        trainer = Trainer(self.model_, self._recipe(len(X), is_image))
        for _ in trainer.fit(self._images(X), labels.astype(np.int64), seed):
            pass
        trainer.finish()
        return self

    def _recipe(self, count: int, is_image: bool) -> recipes.Recipe:
        recipe = self.recipe if isinstance(self.recipe, recipes.Recipe) else recipes.get(self.recipe, self.arch_)
        if self.epochs is None:
            epochs = max(recipe.epochs, math.ceil(MIN_STEPS / math.ceil(count / recipe.batch_size)))
        else:
            epochs = checks.integer("DigitClassifier: epochs", self.epochs, 1)
        augmentation = recipe.augmentation if is_image else Augmentation()
        return dataclasses.replace(recipe, epochs=epochs, augmentation=augmentation)

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, (N, classes), in the order of ``classes_``."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, allow_nd=True)
        if X.shape[1:] != self._sample_shape:
            raise ValueError(f"DigitClassifier: X: expected samples of {self._sample_shape}, got {X.shape[1:]}")
        return self.model_.predict(self._images(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each sample, (N,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _images(self, X: np.ndarray) -> np.ndarray:
        """The samples as the network takes them."""
        scaled = (X - self._offset) / self._scale
        return np.ascontiguousarray(scaled.reshape(len(X), *self._input_shape), np.float32)


def _input_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the network's input for samples of ``shape``."""
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        return (side, side, 1) if side >= MIN_SIDE and side * side == shape[0] else shape
    if len(shape) > 3:
        raise ValueError(f"DigitClassifier: X: expected (N, features), (N, H, W) or (N, H, W, C), got (N, {shape})")
    return (*shape, 1) if len(shape) == 2 else shape


def _image_range(X: np.ndarray) -> tuple[Any, Any]:
    """The darkest value, and the range to the brightest."""
    if X.dtype == np.uint8:
        return np.float64(0), np.float64(255)
    low, high = np.float64(X.min()), np.float64(X.max())
    return low, high - low if high > low else np.float64(1)


def _moments(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each feature; 1 for a constant one."""
    deviation = X.std(axis=0, dtype=np.float64)
    return X.mean(axis=0, dtype=np.float64), np.where(deviation > 0, deviation, 1)

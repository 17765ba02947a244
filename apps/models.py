"""The models that the window and the server offer; each is loaded when it is first used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps import mnist
from nn.paths import WEIGHTS

if TYPE_CHECKING:
    from nn.data.mnist import Dataset
    from nn.digits import Recognizer
    from nn.model import Sequential

DEFAULT = "deep-drawing.npz"


class Model:
    """A file of weights.

    Attributes:
        path: the file.
        cache: results of analyses, such as features of the training images.
    """

    def __init__(self, path: Path, load: Callable[[Path], Recognizer]) -> None:
        self.path = path
        self.cache: dict[str, Any] = {}
        self._load = load

    @cached_property
    def recognizer(self) -> Recognizer:
        """Its recognizer; fine-tuning and lines need its ``learn`` and ``recognize_line``."""
        return self._load(self.path)

    @cached_property
    def trained(self) -> Sequential | None:
        """The recognizer's network, or the file's, as it was trained; None if there is none."""
        from nn import checkpoint
        from nn.errors import CheckpointError

        network: Sequential | None = getattr(self.recognizer, "network", None)
        try:
            return checkpoint.load(self.path).model if network is None else network
        except CheckpointError:
            return None

    @cached_property
    def network(self) -> Sequential | None:
        """The same network with batch normalization folded, which is faster."""
        from nn.fold import fold_batch_norm

        return None if self.trained is None else fold_batch_norm(self.trained)

    def forget(self) -> None:
        """Clear what was computed with the network, after it has changed."""
        self.cache.clear()
        for name in ("trained", "network"):
            self.__dict__.pop(name, None)

    @property
    def name(self) -> str:
        """The file's name without its extension."""
        return self.path.stem

    @property
    def size(self) -> int:
        """The size of the file in bytes; 0 if it can't be read."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


class ModelFolder:
    """The weights files of a folder, and one chosen file, which may be elsewhere.

    Args:
        weights: the chosen file; None: the shipped one.
        load: makes a recognizer of a file of weights.
        folder: of the others.

    Attributes:
        all: the models.
        number: of the one in use.
    """

    def __init__(self, weights: Path | None, load: Callable[[Path], Recognizer], folder: Path = WEIGHTS) -> None:
        self._load = load
        self._mnist: Dataset | None = None
        chosen = folder / DEFAULT if weights is None else weights
        paths = sorted(folder.glob("*.npz"))
        same = [number for number, path in enumerate(paths) if path.absolute() == chosen.absolute()]
        self.number = same[0] if same else 0
        paths[self.number : self.number + len(same)] = [chosen]
        self.all = [Model(path, load) for path in paths]

    @property
    def current(self) -> Model:
        """The model in use."""
        return self.all[self.number]

    def add(self, path: Path) -> None:
        """Load a file of weights, add it unless it is there, and use it.

        Raises:
            ValueError: it can't be read; nothing has changed then.
        """
        model = Model(path, self._load)
        _ = model.recognizer
        same = [number for number, each in enumerate(self.all) if each.path.absolute() == path.absolute()]
        self.number = same[0] if same else len(self.all)
        self.all[self.number : self.number + 1] = [model]

    @property
    def mnist(self) -> Dataset | None:
        """The data set that the analyses need, if it is on this machine; it may come while the program runs."""
        if self._mnist is None:
            self._mnist = mnist.load()
        return self._mnist


def load_with_corrections(path: Path, program: str) -> Recognizer:
    """The recognizer of a file; for the shipped one, with the user's corrections.

    Args:
        path: the file of weights.
        program: its name, before the line on stderr that says why corrections can't be read.
    """
    from nn.digits import Recognizer
    from nn.digits.adapted_model import user_file
    from nn.digits.recognizer import DEFAULT_WEIGHTS
    from nn.errors import CheckpointError

    if path.resolve() != DEFAULT_WEIGHTS:
        return Recognizer.load(path)
    try:
        return Recognizer.load(path, personal=user_file())
    except CheckpointError as error:  # of either file: try the shipped one alone
        recognizer = Recognizer.load(path)
        print(f"{program}: {error}; fine-tuning is not saved", file=sys.stderr)
        return recognizer

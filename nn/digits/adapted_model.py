"""What a network has learned from its user: kept, and undone."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn import checkpoint
from nn.digits import fine_tuning as personal
from nn.digits.strokes import CLASSES
from nn.errors import CheckpointError
from nn.model import Sequential


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning.

    Attributes:
        before, after: the share of its drawings that were read right.
        seconds: how long it took.
    """

    before: float
    after: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What was learned at one time: images (N, 28, 28) uint8, and labels (N,) int64."""

    images: np.ndarray
    labels: np.ndarray


class Pupil:
    """A network and the lessons it took. Its weights follow from these alone: one less, and it is as it was before.

    Args:
        weights: the file of the network as it was before any lesson; never written.
        path: the file of the lessons and of the network after them, read if it is there; None to keep them in memory.

    Raises:
        CheckpointError: a file is broken, or the second one is not of lessons.
    """

    def __init__(self, weights: str | os.PathLike[str], path: str | os.PathLike[str] | None = None) -> None:
        self._base = checkpoint.load(weights)
        self._path = None if path is None else Path(path)
        self.model = self._base.model
        self.lessons: list[Page] = []
        if self._path is not None and self._path.exists():
            self._take_up(self._path)

    def learn(self, images: Sequence[np.ndarray], labels: Sequence[int]) -> Sequential:
        """The network after one more lesson; the same network if it was taught all of it before.

        Of a drawing that was taught as something else, what is said last holds.

        Args:
            images: (28, 28) each, float32 in [0, 1], some.
            labels: one of the network's classes for each.

        Raises:
            ValueError: there is no image, one is blank, or a label is none of the classes.
            CheckpointError: the file can't be written; the lesson did not take place then.
        """
        if not images:
            raise ValueError("learn: expected some drawings, got none")
        for number, (image, label) in enumerate(zip(images, labels, strict=True), start=1):
            if not image.any():
                raise ValueError(f"learn: drawing {number}: expected some ink, found none")
            if not 0 <= label < self.model.output_shape[0]:
                what = "no digit" if label == CLASSES else label
                raise ValueError(f"learn: drawing {number}: this network can't say {what}")
        page = Page(np.rint(255 * np.stack(images)).astype(np.uint8), np.array(labels, np.int64))
        known = _by_image(self.lessons)
        new = [known.get(image.tobytes()) != label for image, label in zip(page.images, labels, strict=True)]
        if not any(new):
            return self.model
        return self._become([*self.lessons, Page(page.images[new], page.labels[new])])

    def undo(self) -> Sequential:
        """The network without the last lesson.

        Raises:
            CheckpointError: the file can't be written; the lesson still holds then.
        """
        return self._become(self.lessons[:-1])

    def _become(self, lessons: list[Page]) -> Sequential:
        model = self._taught(lessons)
        if self._path is not None:
            self._write(self._path, model, lessons)
        self.model, self.lessons = model, lessons
        return model

    def _taught(self, lessons: Sequence[Page]) -> Sequential:
        if not lessons:
            return self._base.model
        known = _by_image(lessons)
        images = np.frombuffer(b"".join(known), np.uint8).reshape(-1, *self._base.model.input_shape[:2])
        return personal.teach(self._base.model, images, np.array(list(known.values()), np.int64))

    def _write(self, path: Path, model: Sequential, lessons: Sequence[Page]) -> None:
        try:
            if not lessons:
                path.unlink(missing_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(f"{path}: can't write what was learned: {error.strerror or error}") from None
        meta = {
            "lessons": [len(page.labels) for page in lessons],
            "base": personal.fingerprint(self._base.model),
            "calibration": self._base.meta.get("calibration", {}),
        }
        arrays = {name: np.concatenate([getattr(page, name) for page in lessons]) for name in ("images", "labels")}
        checkpoint.save(path, model, meta, arrays)

    def _take_up(self, path: Path) -> None:
        saved = checkpoint.load(path)
        try:
            sizes = [int(size) for size in saved.meta["lessons"]]
            images, labels = saved.arrays["images"], saved.arrays["labels"]
            if images.dtype != np.uint8 or images.shape[1:] != self.model.input_shape[:2]:
                raise ValueError
            if labels.dtype != np.int64 or labels.shape != images.shape[:1] or min(sizes) < 1:
                raise ValueError
            if sum(sizes) != len(labels) or not 0 <= labels.min() <= labels.max() < self.model.output_shape[0]:
                raise ValueError
            base = saved.meta["base"]
        except (KeyError, TypeError, ValueError):
            raise CheckpointError(f"{path}: not a file of what this network has learned") from None
        cuts = np.cumsum(sizes)[:-1]
        self.lessons = [Page(*parts) for parts in zip(np.split(images, cuts), np.split(labels, cuts), strict=True)]
        # Of other weights than these, as after an update, the lessons hold and are learned anew.
        same = base == personal.fingerprint(self._base.model)
        self.model = saved.model if same else self._taught(self.lessons)


def _by_image(lessons: Sequence[Page]) -> dict[bytes, int]:
    """What each drawing was last said to be."""
    return {
        image.tobytes(): label
        for page in lessons
        for image, label in zip(page.images, page.labels.tolist(), strict=True)
    }

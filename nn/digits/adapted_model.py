"""A network adapted to its user by fine-tuning: its corrections are kept in a file, and can be undone."""

import contextlib
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nn import checkpoint, paths, platforms
from nn.atomic import file_lock
from nn.digits.fine_tuning import fine_tune
from nn.digits.strokes import CLASSES
from nn.errors import CheckpointError
from nn.fold import fold_batch_norm
from nn.model import Sequential


@dataclass(frozen=True, slots=True)
class FineTuneResult:
    """What one fine-tuning did.

    Attributes:
        before, after: the share of the corrected drawings that were recognized.
        seconds: how long it took.
    """

    before: float
    after: float
    seconds: float


#: The drawings of one fine-tuning: images (N, 28, 28) uint8, and labels (N,) int64.
Correction = tuple[np.ndarray, np.ndarray]


class AdaptedModel:
    """A network and the corrections that it was fine-tuned on.

    The adapted weights depend on the base weights and the corrections alone: without the last correction, the network
    is bit for bit as it was before.

    Args:
        weights: the file of the base network; never written.
        path: the file of the corrections and the adapted network, read if it exists; None to keep them in memory.
            Several programs may use the same file: each change is made to what the file holds at that moment.

    Raises:
        CheckpointError: a file is broken, or the second one does not hold corrections.
    """

    def __init__(self, weights: str | os.PathLike[str], path: str | os.PathLike[str] | None = None) -> None:
        self._base = checkpoint.load(weights)
        self._path = None if path is None else Path(path)
        self.model = self._base.model
        self.corrections: list[Correction] = []
        if self._path is not None and self._path.exists():
            self._read(self._path)

    def learn(self, images: Sequence[np.ndarray], labels: Sequence[int]) -> Sequential:
        """Fine-tune on one more correction, and return the network; nothing changes if it has all these labels already.

        If a drawing was corrected before, the new label replaces the old one.

        Args:
            images: (28, 28) each, float32 in [0, 1], at least one.
            labels: one of the network's classes for each.

        Raises:
            ValueError: there is no image, one is blank, or a label is none of the classes.
            CheckpointError: the file can't be written; nothing was learned then.
            DataError: the images to rehearse can't be read; nothing was learned then.
        """
        if not images:
            raise ValueError("learn: expected some drawings, got none")
        for number, (image, label) in enumerate(zip(images, labels, strict=True), start=1):
            if not image.any():
                raise ValueError(f"learn: drawing {number}: expected some ink, found none")
            if not 0 <= label < self.model.output_shape[0]:
                name = "non-digits" if label == CLASSES else label
                raise ValueError(f"learn: drawing {number}: this network has no class for {name}")
        pixels = np.rint(255 * np.stack(images)).astype(np.uint8)
        with self._latest():
            known = _labels_by_image(self.corrections)
            new = [known.get(image.tobytes()) != label for image, label in zip(pixels, labels, strict=True)]
            if not any(new):
                return self.model
            return self._set([*self.corrections, (pixels[new], np.array(labels, np.int64)[new])])

    def undo(self) -> Sequential:
        """Remove the last correction that this object knows, and return the network; later ones in the file stay.

        Raises:
            CheckpointError: the file can't be written; the correction still holds then.
        """
        last = self.corrections[-1:]
        with self._latest():
            places = [place for place, each in enumerate(self.corrections) if last and _equal(each, last[0])]
            if not places:  # another program has undone it
                return self.model
            return self._set(self.corrections[: places[-1]] + self.corrections[places[-1] + 1 :])

    @contextlib.contextmanager
    def _latest(self) -> Iterator[None]:
        """Begin with the corrections that the file holds now, and keep other programs from changing it in the block."""
        if self._path is None:
            yield
            return
        try:
            with file_lock(self._path):
                if self._path.exists():
                    self._read(self._path)
                else:
                    self.model, self.corrections = self._base.model, []
                yield
        except OSError as error:
            raise CheckpointError(f"{self._path}: can't write the corrections: {error.strerror or error}") from None

    def _set(self, corrections: list[Correction]) -> Sequential:
        model = self._fine_tuned(corrections)
        if self._path is not None:
            self._write(self._path, model, corrections)
        self.model, self.corrections = model, corrections
        return model

    def _fine_tuned(self, corrections: Sequence[Correction]) -> Sequential:
        if not corrections:
            return self._base.model
        known = _labels_by_image(corrections)
        images = np.frombuffer(bytearray().join(known), np.uint8).reshape(-1, *self._base.model.input_shape[:2])
        return fine_tune(self._base.model, images, np.array(list(known.values()), np.int64))

    def _write(self, path: Path, model: Sequential, corrections: Sequence[Correction]) -> None:
        try:
            if not corrections:
                path.unlink(missing_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(f"{path}: can't write the corrections: {error.strerror or error}") from None
        meta = {
            "lessons": [len(labels) for _, labels in corrections],
            "base": _checksum(self._base.model),
            "calibration": self._base.meta.get("calibration", {}),
        }
        images, labels = map(np.concatenate, zip(*corrections, strict=True))
        checkpoint.save(path, model, meta, {"images": images, "labels": labels})

    def _read(self, path: Path) -> None:
        saved = checkpoint.load(path)
        try:
            sizes = list(saved.meta["lessons"])
            if not all(type(size) is int for size in sizes):
                raise ValueError
            images, labels = saved.arrays["images"], saved.arrays["labels"]
            shape = (sum(sizes), *self.model.input_shape[:2])
            if min(sizes) < 1 or (images.dtype, images.shape) != (np.uint8, shape):
                raise ValueError
            if (labels.dtype, labels.shape) != (np.int64, shape[:1]):
                raise ValueError
            if not 0 <= labels.min() <= labels.max() < self.model.output_shape[0]:
                raise ValueError
            # Corrections of other base weights, as before an update, are learned again.
            is_current = saved.meta["base"] == _checksum(self._base.model)
            if is_current:
                if saved.model.config() != fold_batch_norm(self._base.model).config():
                    raise ValueError
                saved.model.predict(images[:1])
        except (KeyError, TypeError, ValueError, FloatingPointError):
            raise CheckpointError(f"{path}: expected a file of corrections of this network") from None
        cuts = np.cumsum(sizes)[:-1]
        self.corrections = list(zip(np.split(images, cuts), np.split(labels, cuts), strict=True))
        self.model = saved.model if is_current else self._fine_tuned(self.corrections)


def user_file() -> Path:
    """Where a user's own weights are kept, by the conventions of the system."""
    return platforms.user_data_folder() / paths.APPLICATION / "personal.npz"


def _checksum(model: Sequential) -> int:
    """A CRC-32 of a model's weights."""
    return zlib.crc32(b"".join(array.tobytes() for _, array in sorted(model.state_dict().items())))


def _equal(one: Correction, other: Correction) -> bool:
    return all(map(np.array_equal, one, other))


def _labels_by_image(corrections: Sequence[Correction]) -> dict[bytes, int]:
    """The last label of each image."""
    return {image.tobytes(): int(label) for each in corrections for image, label in zip(*each, strict=True)}

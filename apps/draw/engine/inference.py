"""What the worker's thread does: recognizers, files, and analyses of the document. Nothing here knows of the window.

Networks are loaded when they are first asked for; what they are imported with comes in the thread, not before the
window is seen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from apps.draw.core.document import BrushStroke, Document, Picture, Strokes
from apps.draw.core.effects import (
    CopyDocument,
    Effect,
    ExportSession,
    FineTune,
    OpenFile,
    PasteDocument,
    PickTestImage,
    Recognize,
    SaveFile,
    UndoFineTune,
    UseModel,
)
from apps.draw.core.messages import Answered, FineTuned, Message, Opened, PanelData, Ready
from apps.draw.core.panel_data import ModelResult
from apps.draw.core.panels import Panel
from apps.draw.core.points import Points
from apps.draw.core.state import ModelFile, StatusMessage

if TYPE_CHECKING:
    from apps.draw.engine.clipboard import Clipboard
    from nn.digits import FineTuneResult, Line, Prediction
    from nn.model import Sequential

#: Read once at the start: what a first call loads and compiles is not for the first stroke to wait for.
WARM_UP: Strokes = (BrushStroke(Points(((100.0, 60.0), (140.0, 220.0)))),)

WEIGHTS = Path(__file__).resolve().parents[3] / "weights"
DEFAULT = "deep-drawing.npz"


class Reader(Protocol):
    """What the window needs of a recognizer. One that ``learn``s or reads a ``recognize_line`` is asked that too."""

    def recognize(self, strokes: Sequence[np.ndarray]) -> Prediction:
        """Read strokes: arrays of shape (n, 2), x right and y down, in any unit."""

    def recognize_image(self, gray: np.ndarray) -> Prediction:
        """Read the picture (H, W) of one digit."""


class LineReader(Protocol):
    """A recognizer that reads rows."""

    def recognize_line(self, strokes: Sequence[np.ndarray]) -> Line:
        """Read the strokes of several digits side by side."""


class Learner(Protocol):
    """A recognizer that can be taught."""

    def learn(self, samples: Sequence[tuple[Sequence[np.ndarray], int]]) -> FineTuneResult:
        """Learn from strokes with their labels."""

    def undo(self) -> bool:
        """Forget the last lesson; False where there is none."""


class InferenceEngine:
    """Everything that is computed, by the messages of the window.

    Args:
        weights: the file of the network to read with; None is the shipped one.
        load: makes a recognizer of a file of weights.
        folder: where the other models are.
        clipboard: None: there is none.
    """

    def __init__(
        self,
        weights: Path | None = None,
        load: Callable[[Path], Reader] | None = None,
        folder: Path = WEIGHTS,
        clipboard: Clipboard | None = None,
    ) -> None:
        self._load = load or _load
        self._clipboard = clipboard
        chosen = folder / DEFAULT if weights is None else weights
        self.paths = _models(folder, chosen)
        self.number = self.paths.index(chosen)
        self._readers: dict[int, Reader] = {}
        self._networks: dict[int, Sequential | None] = {}
        self._mnist: Any = ...
        self._notes: dict[int, dict[str, dict[str, Any]]] = {}

    # What the worker asks for.

    def warm_up(self) -> Ready:
        """Load the recognizer and read something.

        Raises:
            ValueError: the weights can't be read.
        """
        reader = self.reader(self.number)
        self._read(reader, Document(WARM_UP))
        return Ready(
            can_learn=hasattr(reader, "learn"),
            can_read_lines=hasattr(reader, "recognize_line"),
            models=tuple(ModelFile(path.stem, _size(path)) for path in self.paths),
            model=self.number,
        )

    def prepare(self) -> Iterator[None]:
        """Load what the panels look into, and what its first use brings into the caches."""
        from apps.draw.engine import analyses as analyses

        for name in ("maps", "saliency", "occlusion"):
            for _ in getattr(analyses, name)(self, Recognize(0, Document(WARM_UP), panel=Panel.INSIDE)):
                yield None
        self.mnist()
        yield None

    def answer(self, request: Recognize) -> Answered:
        """Read the document of ``request``."""
        document, reader = request.document, self.reader(self.number)
        if document.blank:
            return Answered(request.number, None)
        if request.line_mode and document.picture is None:
            line: Line = reader.recognize_line(as_arrays(document.strokes))  # type: ignore[attr-defined]
            return Answered(request.number, None, line)
        return Answered(request.number, self._read(reader, document))

    def stages(self, request: Recognize) -> list[str]:
        """What the open panel shows of such a document."""
        if request.panel is None:
            return []
        info = request.panel.value
        if (request.document.blank and info.needs_ink) or (request.line_mode and not info.reads_lines):
            return []
        return list(info.analyses)

    def stage(self, name: str, request: Recognize) -> Iterator[Message | None]:
        """Compute one of the parts of ``stages``, piece by piece."""
        from apps.draw.engine import analyses as analyses

        if name == "models":
            return self._compared(request)
        return getattr(analyses, name)(self, request)

    def carry_out(self, effect: Effect) -> Message:
        """Do anything else, and say what came of it."""
        from apps.draw.engine import files

        match effect:
            case UseModel(number):
                self.reader(number)
                self.number = number
                return StatusMessage(f"Reads with {self.paths[number].stem}")
            case FineTune(samples):
                lesson = self.reader(self.number).learn(  # type: ignore[attr-defined]
                    [(as_arrays(strokes), label) for strokes, label in samples]
                )
                self._forget()
                return FineTuned(lesson)
            case UndoFineTune():
                self.reader(self.number).undo()  # type: ignore[attr-defined]
                self._forget()
                return FineTuned(None)
            case OpenFile(path, line_mode):
                return files.opened(path, line_mode, lambda document: self._read(self.reader(self.number), document))
            case SaveFile(path, document, size):
                return files.save(path, document, size)
            case ExportSession(path, samples):
                return files.export(path, samples)
            case CopyDocument(document, size):
                return files.copy(self._clipboard, document, size)
            case PasteDocument():
                return files.paste(self._clipboard)
            case PickTestImage(seed):
                return Opened(self.digit(seed))
        raise TypeError(f"no such effect: {effect}")

    # What the analyses ask for.

    def reader(self, number: int) -> Reader:
        """The recognizer of model ``number``."""
        if number not in self._readers:
            self._readers[number] = self._load(self.paths[number])
        return self._readers[number]

    @property
    def network(self) -> Sequential | None:
        """The network in use, its layers one by one; None where it can't be looked into.

        A recognizer that can learn should have it as its ``network``; else the file says what it was.
        """
        if self.number not in self._networks:
            from nn import checkpoint
            from nn.errors import CheckpointError
            from nn.fold import fold_batch_norm

            model = getattr(self.reader(self.number), "network", None)
            try:
                model = checkpoint.load(self.paths[self.number]).model if model is None else model
            except CheckpointError:
                model = None
            self._networks[self.number] = None if model is None else fold_batch_norm(model)
        return self._networks[self.number]

    def remembered(self, what: str) -> dict[str, Any]:
        """What a analysis of the network in use wants to keep, such as features of the training images."""
        return self._notes.setdefault(self.number, {}).setdefault(what, {})

    def image(self, document: Document) -> np.ndarray:
        """(28, 28) float32: what the network is shown of a document."""
        if document.picture is not None:
            if document.picture.prepared:
                return document.picture.gray.astype(np.float32) / np.float32(255)
            from nn.digits.normalize import picture_to_image

            return picture_to_image(document.picture.gray)
        from nn.digits.rasterize import strokes_to_image

        return strokes_to_image(as_arrays(document.strokes))

    def mnist(self) -> Any:
        """The data set, or None where it is not on this machine: nothing is downloaded here."""
        if self._mnist is ...:
            from nn.data import mnist
            from nn.errors import DataError

            try:
                self._mnist = mnist.load(download=False, progress=False)
            except DataError:
                self._mnist = None
        return self._mnist

    def digit(self, seed: int) -> Document:
        """A test image.

        Raises:
            ValueError: there are none.
        """
        data = self.mnist()
        if data is None:
            raise ValueError(NO_MNIST)
        return mnist_document(data, int(np.random.default_rng(seed).integers(len(data.test_images))))

    def _read(self, reader: Reader, document: Document) -> Prediction:
        if document.picture is None:
            return reader.recognize(as_arrays(document.strokes))
        if document.picture.prepared and self.network is not None:
            return self._read_prepared(document.picture)
        return reader.recognize_image(document.picture.gray)

    def _read_prepared(self, picture: Picture) -> Prediction:
        """MNIST's own images go to the network as they are."""
        from nn.digits import Prediction

        assert self.network is not None
        image = picture.gray.astype(np.float32) / np.float32(255)
        (probabilities,) = self.network.predict(image[None])[:, :10]
        probabilities = probabilities / probabilities.sum()
        return Prediction(int(probabilities.argmax()), probabilities, image)

    def _compared(self, request: Recognize) -> Iterator[Message | None]:
        """Every model's answer, and how long it took."""
        said: dict[int, ModelResult | None] = {}
        for number in range(len(self.paths)):
            try:
                reader = self.reader(number)
                self._timed(reader, request)  # what a first call brings into the caches is not its speed
                said[number] = self._timed(reader, request)
            except ValueError:
                said[number] = None
            yield None
        yield PanelData(request.number, "models", said)

    def _timed(self, reader: Reader, request: Recognize) -> ModelResult:
        document = request.document
        started = time.perf_counter()
        if document.picture is not None:
            said = [reader.recognize_image(document.picture.gray)]
        elif request.line_mode:
            line: Line = reader.recognize_line(as_arrays(document.strokes))  # type: ignore[attr-defined]
            said = [digit.prediction for digit in line.digits]
        else:
            said = [reader.recognize(as_arrays(document.strokes))]
        milliseconds = 1e3 * (time.perf_counter() - started)
        answer = "".join("–" if each.label is None else str(each.label) for each in said) or "–"
        confidence = float(np.prod([each.probabilities.max() for each in said] or [0.0]))
        return ModelResult(answer, confidence, milliseconds)

    def _forget(self) -> None:
        """The network has changed: what was computed with it is void."""
        self._networks.pop(self.number, None)
        self._notes.pop(self.number, None)


NO_MNIST = "MNIST is not on this machine: python scripts/train.py downloads it"


def mnist_document(data: Any, index: int) -> Document:
    """A test image of MNIST as a document."""
    picture = Picture(data.test_images[index], f"MNIST test image {index}", prepared=True)
    return Document(picture=picture, label=int(data.test_labels[index]))


def as_arrays(strokes: Strokes) -> list[np.ndarray]:
    """Strokes as the recognizer takes them."""
    return [stroke.points.array() for stroke in strokes]


def _load(path: Path) -> Reader:
    """The recognizer of a file; with what it learned from its user, if it is the shipped one."""
    from nn.digits import Recognizer
    from nn.digits.adapted_model import user_file
    from nn.digits.recognizer import DEFAULT_WEIGHTS
    from nn.errors import CheckpointError

    if path.resolve() != DEFAULT_WEIGHTS:
        return Recognizer.load(path)
    try:
        return Recognizer.load(path, personal=user_file())
    except CheckpointError as error:  # either file's; without the user's own, the shipped one has its say
        recognizer = Recognizer.load(path)
        print(f"apps.draw: {error}; what is learned now is not kept", file=sys.stderr)
        return recognizer


def _models(folder: Path, chosen: Path) -> list[Path]:
    """All weights in a folder, and the chosen ones, wherever they are."""
    paths = sorted(folder.glob("*.npz"))
    same = next((path for path in paths if path.absolute() == chosen.absolute()), None)
    if same is not None:
        paths[paths.index(same)] = chosen
        return paths
    return [chosen, *paths]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

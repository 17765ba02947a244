"""What the worker's thread does: recognition, analyses and files."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from apps.draw.core import effects
from apps.draw.core.document import BrushStroke, Document
from apps.draw.core.effects import Effect, Recognize
from apps.draw.core.messages import Answered, FineTuned, Message, Opened, PanelData, Ready
from apps.draw.core.points import Points
from apps.draw.core.state import ModelFile, StatusMessage
from apps.draw.engine import clipboard, files, mnist_images
from apps.draw.engine.analyses import inside
from apps.draw.engine.model import as_arrays, recognize, recognize_line
from apps.mnist import NO_MNIST
from apps.models import ModelFolder, load_with_corrections
from nn.paths import WEIGHTS

if TYPE_CHECKING:
    from nn.digits import Recognizer

#: Recognized once at the start: a first call loads and compiles.
WARM_UP = Document((BrushStroke(Points(((100.0, 60.0), (140.0, 220.0)))),))


class InferenceEngine:
    """Everything that is computed, by the effects of the window.

    Args:
        weights: the file of the model to use; None is the shipped one.
        load: makes a recognizer of a file of weights.
        folder: where the other models are.
        clipboard: None: there is none.
    """

    def __init__(
        self,
        weights: Path | None = None,
        load: Callable[[Path], Recognizer] | None = None,
        folder: Path = WEIGHTS,
        clipboard: clipboard.Clipboard | None = None,
    ) -> None:
        load = load or functools.partial(load_with_corrections, program="apps.draw")
        self.models = ModelFolder(weights, load, folder)
        self.clipboard = clipboard

    def warm_up(self) -> Ready:
        """Load the recognizer and use it once.

        Raises:
            ValueError: the weights can't be read.
        """
        recognize(self.models.current, WARM_UP)
        return self._ready()

    def _ready(self) -> Ready:
        """What the network in use can do, and those to choose from."""
        model = self.models.current
        return Ready(
            can_learn=hasattr(model.recognizer, "learn"),
            can_read_lines=hasattr(model.recognizer, "recognize_line"),
            models=tuple(ModelFile(each.name, each.size) for each in self.models.all),
            model=self.models.number,
        )

    def prepare(self) -> Iterator[None]:
        """Load and compile what the panels need."""
        for analysis in (inside.maps, inside.saliency, inside.occlusion):
            for _ in analysis(self.models, Recognize(0, WARM_UP)):
                yield None
        _ = self.models.mnist
        yield None

    def answer(self, request: Recognize) -> Answered:
        """Recognize the document of ``request``."""
        document, model = request.document, self.models.current
        if document.blank:
            return Answered(request.number, None)
        if request.line_mode:
            return Answered(request.number, None, recognize_line(model, document))
        return Answered(request.number, recognize(model, document))

    def analyses(self, request: Recognize) -> list[str]:
        """The names of the analyses that the open panel shows."""
        if request.panel is None:
            return []
        info = request.panel.value
        if (request.document.blank and info.needs_ink) or (request.line_mode and not info.reads_lines):
            return []
        return list(info.analyses)

    def run(self, name: str, request: Recognize) -> Iterator[Message | None]:
        """Compute one of the ``analyses``, piece by piece: a function of ``engine/analyses/<panel>.py``."""
        assert request.panel is not None
        module = importlib.import_module(f"apps.draw.engine.analyses.{request.panel.name.lower()}")
        for result in getattr(module, name)(self.models, request):
            yield None if result is None else PanelData(request.number, *result)

    def carry_out(self, effect: Effect) -> Message:
        """Do anything else, and return its result."""
        model = self.models.current
        match effect:
            case effects.UseModel(number):
                _ = self.models.all[number].recognizer  # the number stays if it can't be loaded
                self.models.number = number
                return StatusMessage(f"Uses {self.models.current.name}")
            case effects.FineTune(samples):
                result = model.recognizer.learn([(as_arrays(strokes), label) for strokes, label in samples])
                model.forget()
                return FineTuned(result)
            case effects.UndoFineTune():
                model.recognizer.undo()
                model.forget()
                return FineTuned(None)
            case effects.OpenFile(path, line_mode):
                return files.open_path(path, line_mode, functools.partial(recognize, model))
            case effects.SaveFile(path, document, size):
                return files.save(path, document, size)
            case effects.ExportSession(path, samples):
                return files.export(path, samples)
            case effects.CopyDocument(document, size):
                return clipboard.copy(self.clipboard, document, size)
            case effects.PasteDocument():
                return clipboard.paste(self.clipboard)
            case effects.AddModel(path):
                self.models.add(path)
                return self._ready()
            case effects.PickTestImage(seed):
                return Opened(self._test_image(seed))
        raise TypeError(f"expected an effect, got {effect!r}")

    def _test_image(self, seed: int) -> Document:
        data = self.models.mnist
        if data is None:
            raise ValueError(NO_MNIST)
        return mnist_images.document(data, int(np.random.default_rng(seed).integers(len(data.test_images))))

"""Recognition, fine-tuning and the nearest training images, in worker threads."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from apps.mnist import NO_MNIST
from apps.models import Model, ModelFolder
from apps.web.server import bodies
from apps.web.server.workers import Batcher, Worker
from nn import checkpoint
from nn.digits import FineTuneResult, Line, Page, Prediction, Recognizer
from nn.digits.rasterize import strokes_to_image
from nn.neighbours import NeighbourIndex

#: Maximum number of drawings in a batch.
BATCH_SIZE = 32

#: The nearest images are searched among every sixth training image, which is fast enough for a request.
STEP = 6


class Ink(NamedTuple):
    """The drawing or the picture in the body of a request, not yet decoded."""

    content_type: str
    body: bytes

    @property
    def is_drawing(self) -> bool:
        """Whether it is JSON; otherwise it is a picture."""
        return self.content_type.lower().startswith(bodies.JSON)


class Neighbour(NamedTuple):
    """A training image: its number in the training set, label, cosine similarity to the ink, and pixels (28, 28)."""

    number: int
    label: int
    similarity: float
    image: np.ndarray


class Engine:
    """Runs the models. Its coroutines raise ValueError for invalid ink.

    Args:
        models: that requests may choose from.
    """

    def __init__(self, models: ModelFolder) -> None:
        self.models = models
        self._loading = threading.Lock()
        self._strokes, self._pictures, self._training = Worker("strokes"), Worker("pictures"), Worker("training")
        self._drawings = Batcher(self._strokes, self._recognize_drawings, BATCH_SIZE)

    async def warm_up(self) -> None:
        """Load the model in use, and recognize something once.

        Raises:
            ValueError: its weights can't be read.
        """
        await self._strokes.run(lambda: self.recognizer(self.models.current).recognize([[(0, 0), (60, 0), (20, 100)]]))

    def recognizer(self, model: Model) -> Recognizer:
        """The recognizer of a model, loaded once.

        Raises:
            CheckpointError: its weights can't be read.
        """
        with self._loading:
            return model.recognizer

    async def recognize(self, model: Model, ink: Ink) -> Prediction:
        """Recognize one digit."""
        if ink.is_drawing:
            return await self._drawings.run((model, ink.body))
        return await self._pictures.run(lambda: self.recognizer(model).recognize_image(bodies.parse_picture(*ink)))

    async def recognize_line(self, model: Model, ink: Ink) -> Line:
        """Recognize a line of digits."""

        def work() -> Line:
            recognizer = self.recognizer(model)
            if ink.is_drawing:
                return recognizer.recognize_line(bodies.parse_drawing(ink.body, bodies.MAX_LINE_STROKES))
            return recognizer.recognize_line_image(bodies.parse_picture(*ink))

        return await self._pictures.run(work)

    async def recognize_page(self, model: Model, ink: Ink) -> Page:
        """Recognize all lines of a picture; a drawing has one."""
        if ink.is_drawing:
            return Page.from_line(await self.recognize_line(model, ink))

        def work() -> Page:
            return self.recognizer(model).recognize_page_image(bodies.parse_picture(*ink))

        return await self._pictures.run(work)

    async def learn(self, model: Model, body: bytes) -> tuple[FineTuneResult, int]:
        """Fine-tune on labelled drawings: the result, and the number of corrections."""

        def work() -> tuple[FineTuneResult, int]:
            recognizer = self.recognizer(model)
            result = recognizer.learn(bodies.parse_samples(body))
            model.forget()
            return result, recognizer.corrections

        return await self._training.run(work)

    async def undo(self, model: Model) -> tuple[bool, int]:
        """Undo the last fine-tuning: whether there was one, and the number of corrections."""

        def work() -> tuple[bool, int]:
            recognizer = self.recognizer(model)
            undone = recognizer.undo()
            model.forget()
            return undone, recognizer.corrections

        return await self._training.run(work)

    async def weights(self, model: Model) -> bytes:
        """The weights file of a model; if it was fine-tuned, with the current weights."""

        def work() -> bytes:
            recognizer = self.recognizer(model)
            if not recognizer.corrections or recognizer.network is None:
                return model.path.read_bytes()
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / model.path.name
                checkpoint.save(path, recognizer.network, {"calibration": recognizer.calibration.to_dict()})
                return path.read_bytes()

        return await self._training.run(work)

    async def nearest(self, model: Model, ink: Ink, count: int) -> list[Neighbour]:
        """The training images of MNIST whose features are nearest. The first search of a model takes seconds.

        Raises:
            LookupError: MNIST is missing or damaged, or the model has no hidden layer.
        """

        def work() -> list[Neighbour]:
            if ink.is_drawing:
                image = strokes_to_image(bodies.parse_drawing(ink.body))
            else:
                image = self.recognizer(model).recognize_image(bodies.parse_picture(*ink)).image
            data = self.models.mnist
            if data is None:
                raise LookupError(NO_MNIST)
            images, labels = data.train_images[::STEP], data.train_labels[::STEP]
            found, similarities = self._index(model, images).query(image, count)
            return [
                Neighbour(STEP * index, int(labels[index]), similarity, images[index])
                for index, similarity in zip(found.tolist(), similarities.tolist(), strict=True)
            ]

        return await self._training.run(work)

    def _index(self, model: Model, images: np.ndarray) -> NeighbourIndex:
        if "neighbours" not in model.cache:
            self.recognizer(model)
            if model.network is None:
                raise LookupError(f"{model.name}: the network can't be inspected")
            try:
                model.cache["neighbours"] = NeighbourIndex(model.network, images)
            except ValueError as error:
                raise LookupError(f"{model.name}: {error}") from None
        index: NeighbourIndex = model.cache["neighbours"]
        return index

    def _recognize_drawings(self, items: Sequence[tuple[Model, bytes]]) -> list[Prediction | Exception]:
        """A prediction or an exception for each drawing; the drawings of a model are one batch."""
        results: list[Prediction | Exception] = [ValueError("not recognized")] * len(items)
        drawings: dict[Model, dict[int, list[np.ndarray]]] = {}
        for number, (model, body) in enumerate(items):
            try:
                drawing = bodies.parse_drawing(body)
            except ValueError as error:
                results[number] = error
            else:
                drawings.setdefault(model, {})[number] = drawing
        for model, group in drawings.items():
            found: Sequence[Prediction | Exception]
            try:
                found = self.recognizer(model).recognize_many(group.values())
            except Exception as error:  # the weights can't be read, or the outputs are not finite
                found = [error] * len(group)
            for number, result in zip(group, found, strict=True):
                results[number] = result
        return results

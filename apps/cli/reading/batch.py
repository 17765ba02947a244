"""Pictures of a batch go through the network together; one that can't be read does not stop the others."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from nn.digits.prediction import Prediction
from nn.digits.recognizer import Recognizer
from nn.errors import DataError


def recognize_batch(
    recognizer: Recognizer, readers: Sequence[Callable[[], np.ndarray]]
) -> list[Prediction | Exception]:
    """Recognize pictures of one digit each, in one pass through the network.

    Args:
        recognizer: that recognizes them.
        readers: functions that read one picture each, as ``Recognizer.recognize_image`` takes it; one picture at a
            time is in memory.

    Returns:
        For each picture its prediction, or the error that reading or recognizing it raised.
    """
    results: dict[int, Prediction | Exception] = {}
    readable: list[int] = []

    def pictures() -> Iterator[np.ndarray]:
        for index, read in enumerate(readers):
            try:
                picture = read()
            except (DataError, OSError, MemoryError) as error:
                results[index] = error
            else:
                readable.append(index)
                yield picture

    try:
        predictions = recognizer.recognize_images(pictures())
    except (MemoryError, FloatingPointError) as error:
        if len(readers) == 1:
            return [error]
        return [recognize_batch(recognizer, [read])[0] for read in readers]  # to find which one it was
    results.update(zip(readable, predictions, strict=True))
    return [results[index] for index in range(len(readers))]

"""Accuracy on pictures under perturbations: foreign ink, light, cameras, files, rotation, size and pen."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from apps.cli.evaluation.perturbation_sweep import Step
from nn.digits.picture_set import LabelledPicture
from nn.digits.recognizer import Recognizer
from nn.digits.synthesis.picture_effects import EFFECTS, perturb
from nn.errors import DataError

#: Larger pictures are reduced to this longer side first, because there are many perturbations.
MAX_SIDE = 1000


def perturb_pictures(
    recognizer: Recognizer,
    samples: Sequence[LabelledPicture],
    count: int,
    seed: int,
    on_picture: Callable[[], object] = lambda: None,
) -> list[Step]:
    """Evaluate pictures that are read right, with each effect at each strength.

    Args:
        recognizer: the recognizer to evaluate.
        samples: pictures of single digits.
        count: number of pictures, chosen at random from those that are read right.
        seed: of the choice and of the effects.
        on_picture: called after each of them.

    Returns:
        The accuracy at each step, effect by effect; nothing if no picture is read right.
    """
    steps = [(name, value) for name, effect in EFFECTS.items() for value in effect.values]
    correct: list[list[bool]] = []
    for index in np.random.default_rng(seed).permutation(len(samples)).tolist():
        if len(correct) == count:
            break
        sample = samples[index]
        try:
            gray = _reduced(sample.read())
        except DataError:  # which the evaluation has reported
            continue
        if str(recognizer.recognize_image(gray).label) == sample.label:
            correct.append(_correct(recognizer, gray, sample.label, steps, (seed, index)))
            on_picture()
    shares = np.mean(correct, axis=0).tolist() if correct else []
    return [
        Step(EFFECTS[name].name, value, share, len(correct))
        for (name, value), share in zip(steps if correct else [], shares, strict=True)
    ]


def _correct(
    recognizer: Recognizer, gray: np.ndarray, label: str, steps: Sequence[tuple[str, float]], seed: tuple[int, int]
) -> list[bool]:
    """Whether a picture is read right at each step."""
    perturbed = (
        perturb(gray, name, value, np.random.default_rng((*seed, number))) for number, (name, value) in enumerate(steps)
    )
    return [str(prediction.label) == label for prediction in recognizer.recognize_images(perturbed)]


def _reduced(gray: np.ndarray) -> np.ndarray:
    """The picture as float32 in [0, 1], with its longer side at most about ``MAX_SIDE``."""
    scale = np.iinfo(gray.dtype).max if gray.dtype.kind == "u" else 1
    picture = (gray / scale).astype(np.float32)
    factor = math.ceil(max(gray.shape) / MAX_SIDE)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture

"""The 15 corruptions of MNIST-C, from their definitions, each with five severities where MNIST-C has them.

N. Mu and J. Gilmer, "MNIST-C: a robustness benchmark for computer vision", 2019, https://arxiv.org/abs/1906.02337.
The definitions are the same; the random draws are not, and Gaussian and motion blurs may differ in a rounding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn import checks
from nn.data.corruptions import affine, blurs, edges, lines, noise, weather
from nn.data.corruptions.images import SIDE, Images

#: Images that are corrupted at once: the maps of fog take 256 KiB each.
CHUNK = 256


@dataclass(frozen=True, slots=True)
class Corruption:
    """A corruption and its severities.

    Attributes:
        apply: maps images, the strength and a generator to images; it need not clip to [0, 1].
        strengths: one for each severity from 1 on, in the corruption's own unit.
        severity: the one that MNIST-C uses.
    """

    apply: Callable[[Images, Any, np.random.Generator], Images]
    strengths: Sequence[Any] = (None,)
    severity: int = 1


#: The corruptions, in the order of the paper.
CORRUPTIONS: dict[str, Corruption] = {
    "shot noise": Corruption(noise.shot_noise, (60, 25, 12, 5, 3), 5),
    "impulse noise": Corruption(noise.impulse_noise, (0.03, 0.06, 0.09, 0.17, 0.27), 4),
    "glass blur": Corruption(blurs.glass_blur, ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)), 1),
    "motion blur": Corruption(blurs.motion_blur, ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)), 1),
    "shear": Corruption(affine.shear, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "scale": Corruption(affine.scale, (0.9, 0.8, 0.7, 0.6, 0.5), 3),
    "rotate": Corruption(affine.rotate, (0.2, 0.4, 0.6, 0.8, 1.0), 2),
    "brightness": Corruption(weather.brightness, (0.1, 0.2, 0.3, 0.4, 0.5), 5),
    "translate": Corruption(affine.translate, (1, 2, 3, 4, 5), 3),
    "stripe": Corruption(lines.stripe),
    "fog": Corruption(weather.fog, ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)), 5),
    "spatter": Corruption(
        weather.spatter, ((4, 0.3, 0.69, 0.6), (3, 0.3, 0.68, 0.6), (2, 0.3, 0.68, 0.5), (1, 0.3, 0.65, 1.5)), 4
    ),
    "dotted line": Corruption(lines.dotted_line),
    "zigzag": Corruption(lines.zigzag),
    "canny edges": Corruption(edges.canny_edges),
}


def corrupt(
    images: np.ndarray, corruption: str, rng: np.random.Generator, *, severity: int | None = None
) -> np.ndarray:
    """Corrupt images of digits.

    Args:
        images: (N, 28, 28), bright on dark; uint8, or floats in [0, 1].
        corruption: a name of ``CORRUPTIONS``.
        rng: of the draws, other ones for each image.
        severity: from 1, the weakest; None: the one of MNIST-C.

    Returns:
        (N, 28, 28) of the same dtype, a new array.

    Raises:
        ValueError: an argument is not what it should be.

    >>> images = np.full((2, 28, 28), 100, np.uint8)
    >>> corrupt(images, "stripe", np.random.default_rng(0))[0, 0, [0, 6, 7, 20, 21]].tolist()
    [155, 155, 100, 100, 155]
    """
    checks.choice("corrupt: corruption", corruption, CORRUPTIONS)
    chosen = CORRUPTIONS[corruption]
    images = checks.array("corrupt: images", images, "uf", ndim=3)
    is_float = images.dtype.kind == "f"
    if images.shape[1:] != (SIDE, SIDE) or not (is_float or images.dtype == np.uint8):
        found = f"{images.dtype} {images.shape}"
        raise ValueError(f"corrupt: images: expected uint8 or floats (N, {SIDE}, {SIDE}), got {found}")
    checks.instance("corrupt: rng", rng, np.random.Generator)
    if severity is None:
        severity = chosen.severity
    strength = chosen.strengths[checks.integer("corrupt: severity", severity, 1, len(chosen.strengths)) - 1]
    result = np.empty_like(images)
    for first in range(0, len(images), CHUNK):
        part = images[first : first + CHUNK]
        unit = part.astype(np.float32) if is_float else part * np.float32(1 / 255)
        changed = chosen.apply(unit, strength, rng).clip(0, 1)
        result[first : first + CHUNK] = changed if is_float else np.rint(255 * changed)
    return result


def corrupt_some(images: np.ndarray, fraction: float, rng: np.random.Generator) -> None:
    """Corrupt a fraction of images (N, 28, 28) in place, by one random corruption, at most as severe as in MNIST-C.

    Args:
        images: as `corrupt` takes them.
        fraction: of the images, in [0, 1].
        rng: chooses the images, the corruption and the severity.

    >>> images = np.zeros((40, 28, 28), np.uint8)
    >>> corrupt_some(images, 0.5, np.random.default_rng(0))
    >>> int(images.any(axis=(1, 2)).sum()) <= 20
    True
    """
    chosen = rng.permutation(len(images))[: round(fraction * len(images))]
    name = list(CORRUPTIONS)[rng.integers(len(CORRUPTIONS))]
    severity = int(rng.integers(CORRUPTIONS[name].severity)) + 1
    images[chosen] = corrupt(images[chosen], name, rng, severity=severity)

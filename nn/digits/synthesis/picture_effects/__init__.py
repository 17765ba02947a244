"""What happens to pictures of handwriting: foreign ink, light, cameras and files; each with a strength.

An effect changes a picture, but not the digit that it shows. `pictures.py` makes pictures with random effects; an
evaluation applies one at a time, at each of its strengths.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nn import checks
from nn.digits.synthesis.picture_effects import camera, foreign_ink, light
from nn.digits.synthesis.picture_effects.levels import Picture


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect and the strengths to try.

    Attributes:
        name: with the unit of its strength.
        values: strengths, the weakest first.
        apply: maps a picture, a strength and a generator to a picture; its size may change.
    """

    name: str
    values: tuple[float, ...]
    apply: Callable[[Picture, float, np.random.Generator], Picture]


def perturb(gray: ArrayLike, effect: str, value: float, rng: np.random.Generator) -> np.ndarray:
    """Apply an effect to a picture.

    Args:
        gray: (H, W) uint8 or uint16, or floats in [0, 1]; either polarity.
        effect: its name in ``EFFECTS``.
        value: its strength, in its unit.
        rng: draws the place, and whatever else is random.

    Returns:
        (H, W) uint8; another size where the effect changes it.

    Raises:
        ValueError: there is no such effect, or the picture is not a plane of such numbers.

    >>> picture = np.full((90, 60), 255, np.uint8)
    >>> perturb(picture, "scale", 30, np.random.default_rng(0)).shape
    (30, 20)
    """
    checks.choice("perturb: effect", effect, EFFECTS)
    picture = np.asarray(gray)
    scale = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
    if picture.ndim != 2 or not picture.size or not ((picture >= 0) & (picture <= scale)).all():
        raise ValueError(f"picture: expected (H, W), numbers from 0 to {scale}, got {checks.shown(gray)}")
    changed = EFFECTS[effect].apply((picture / scale).astype(np.float32), value, rng)
    return np.rint(255 * changed.clip(0, 1)).astype(np.uint8)


#: The effects, in the order of a report.
EFFECTS: dict[str, Effect] = {
    "strip": Effect("dark strip at an edge, % of the side", (1, 2, 5, 10), foreign_ink.strip),
    "frame": Effect("frame, width in % of the side", (0.5, 1, 2, 4), foreign_ink.frame),
    "corner": Effect("dark corner, % of the sides", (10, 20, 30, 40), foreign_ink.corner),
    "specks": Effect("specks", (1, 2, 5, 10, 20), foreign_ink.specks),
    "rules": Effect("ruled paper, % of the ink's contrast", (20, 40, 60, 80), foreign_ink.rules),
    "squares": Effect("squared paper, % of the ink's contrast", (20, 40, 60, 80), foreign_ink.squares),
    "shadow": Effect("half in shadow, % less light", (20, 40, 60, 80), light.shadow),
    "gradient": Effect("light falls off to one side, %", (20, 40, 60, 80), light.gradient),
    "vignette": Effect("light falls off to the corners, %", (20, 40, 60, 80), light.vignette),
    "glare": Effect("glare, %", (20, 40, 60, 80), light.glare),
    "fade": Effect("contrast left, %", (75, 50, 25, 15), light.fade),
    "grain": Effect("grain of a pencil, %", (25, 50, 75, 100), light.grain),
    "invert": Effect("inverted, % of the range", (100, 60), light.invert),
    "blur": Effect("blur, % of the side", (0.5, 1, 2, 4), camera.blur),
    "noise": Effect("noise, % of the range", (2, 5, 10, 20), camera.noise),
    "jpeg": Effect("JPEG quality", (80, 50, 25, 10), camera.jpeg),
    "rotate": Effect("rotation, degrees clockwise", (-20, -10, -5, 5, 10, 20), camera.rotate),
    "scale": Effect("longer side, pixels", (20, 28, 50, 100, 500, 2000), camera.scale),
    "pen": Effect("pen at 200 pixels, pixels", (1, 2, 4, 10, 20, 40), camera.pen),
}

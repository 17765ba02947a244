"""Images as models take them: checked, as a batch, as floats."""

import math
from typing import Any

import numpy as np

from nn import checks
from nn.layers.base import Shape, batch_of

#: Images whose values are from 0 to more than this were not scaled to [0, 1].
LARGEST_VALUE = 2


def as_batch(images: np.ndarray, shape: Shape) -> np.ndarray:
    """Images with the channel axis that (N, H, W) leaves out.

    Args:
        images: (N, H, W, C), or (N, H, W) where C is 1; floats, booleans or uint8.
        shape: of one image, as the model expects it.

    Raises:
        ValueError: they have another shape or dtype, or are floats that were not scaled to [0, 1].

    >>> as_batch(np.zeros((2, 28, 28), np.uint8), (28, 28, 1)).shape
    (2, 28, 28, 1)
    """
    if type(images) is not np.ndarray:
        images = checks.array("model: images", images)
    batch = images
    if images.ndim == len(shape) and shape[-1] == 1:
        batch = images[..., None]
    if batch.shape[1:] != shape:
        hint = _shape_hint(images.shape, shape)
        raise ValueError(f"model: expected images {batch_of(shape)}, got {images.shape}{hint}")
    if images.dtype.kind not in "fb" and images.dtype != np.uint8:
        hint = ": for bytes, use images.astype(np.uint8)" if images.dtype.kind in "iu" else ""
        raise ValueError(f"model: expected images of uint8 or floats in [0, 1], got {images.dtype}{hint}")
    if images.dtype.kind == "f" and len(shape) == 3 and images.size:
        brightest = images.item(images.argmax())  # half the time of max() for one image
        # Standardized images are negative, too; enlarged ones may be a little above 1.
        if LARGEST_VALUE < brightest < math.inf and images.min() >= 0:
            raise ValueError(f"model: images: expected floats in [0, 1], got 0 to {brightest:g}: scale them first")
    return batch


def _shape_hint(found: tuple[int, ...], expected: Shape) -> str:
    """What images of a wrong shape probably are, and what to do; empty if unknown."""
    one = expected, expected[:-1] if expected[-1] == 1 else expected
    if found in one:
        return ": for one image, add the batch axis, images[None]"
    if len(expected) == 3:
        channels_first = (expected[2], *expected[:2])
        if found[1:] == channels_first:
            return ": these are (N, C, H, W): use np.moveaxis(images, 1, -1)"
        if found == channels_first:
            return ": this is one image (C, H, W): use np.moveaxis(image, 0, -1)[None]"
        if found[1:3] == expected[:2]:
            return f": the model needs {expected[2]} channel{'s' if expected[2] > 1 else ''}"
    if len(found) > 1 and math.prod(found[1:]) == math.prod(expected):
        return f": use images.reshape({', '.join(map(str, (-1, *expected)))})"
    return ""


def to_unit(images: np.ndarray, dtype: Any) -> np.ndarray:
    """Images as floats of ``dtype``: uint8 becomes [0, 1], floats stay as they are.

    >>> to_unit(np.array([0, 255], np.uint8), np.float32).tolist()
    [0.0, 1.0]
    """
    if images.dtype == np.uint8:
        return np.multiply(images, np.dtype(dtype).type(1 / 255), order="C")
    return np.ascontiguousarray(images, dtype)

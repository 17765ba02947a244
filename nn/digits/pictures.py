"""Picture files as the recognizer takes them: upright, opaque and gray."""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from nn.errors import DataError
from nn.files import file_size

FORMATS = ("PNG", "JPEG", "BMP")


def read_picture(path: Path) -> np.ndarray:
    """Read a PNG, JPEG or BMP file; its name does not matter.

    Photographs are rotated as their metadata say. Transparent pixels become background.

    Returns:
        (H, W) uint8 or uint16, black 0.

    Raises:
        DataError: the file is missing, broken, too large, or no such picture.
    """
    file_size(path, "a picture", DataError)
    return _decode(path, str(path))


def decode_picture(content: bytes, name: str) -> np.ndarray:
    """Decode the bytes of a PNG, JPEG or BMP file, as `read_picture` reads it.

    Args:
        content: of the file.
        name: what messages call the picture.

    Raises:
        DataError: the content is broken, too large, or no such picture.
    """
    return _decode(io.BytesIO(content), name)


def _decode(source: Path | io.BytesIO, name: str) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a picture that would fill the memory, unless it is still larger.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # damaged metadata beside a sound picture
            with Image.open(source, formats=FORMATS) as picture:
                return gray(ImageOps.exif_transpose(picture))
    except Image.UnidentifiedImageError:
        raise DataError(f"{name}: expected a picture, PNG, JPEG or BMP; found something else") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = (Image.MAX_IMAGE_PIXELS or 0) // 10**6
        raise DataError(f"{name}: expected a picture of at most {limit} million pixels, found more") from None
    except Exception as error:  # each of Pillow's decoders fails in its own ways on broken files
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{name}: can't be read as a picture: {reason}") from None


def gray(picture: Image.Image) -> np.ndarray:
    """(H, W) uint8 or uint16; transparent pixels become black or white, whichever differs more from the ink."""
    if picture.mode.startswith("I"):  # 16 bits a pixel, which convert("L") would cut off at 255
        return np.asarray(picture).clip(0, 65535).astype(np.uint16)
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("L"))
    level, alpha = (np.asarray(band, np.float32) for band in picture.convert("RGBA").convert("LA").split())
    opacity = alpha.sum(dtype=np.float64)
    ink = (level * alpha).sum(dtype=np.float64) / opacity if opacity else 0.0
    paper = np.float32(255 if ink < 128 else 0)
    return np.rint(paper + (level - paper) * (alpha / 255)).astype(np.uint8)

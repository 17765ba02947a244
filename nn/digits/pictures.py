"""Picture files as the recognizer takes them: upright, opaque and gray."""

import io
import math
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from nn.errors import DataError
from nn.files import file_size

FORMATS = ("PNG", "JPEG", "BMP")

#: The maximum size of a file.
MAX_BYTES = 256 << 20

#: The maximum number of pixels, enough for photographs of telephones, and of pixels that are decoded at full size.
MAX_PIXELS = 52_000_000
MAX_DECODED_PIXELS = 32_000_000

#: Larger pictures are reduced by averaging blocks, because a digit needs fewer pixels.
MAX_READ_PIXELS = 8_000_000


def read_picture(path: Path) -> np.ndarray:
    """Read a PNG, JPEG or BMP file; its name does not matter.

    Photographs are rotated as their metadata say. Transparent pixels become background.

    Returns:
        (H, W) uint8 or uint16, black 0.

    Raises:
        DataError: the file is missing, broken, too large, or no such picture.
    """
    size = file_size(path, "a picture", DataError)
    try:
        with path.open("rb") as file:  # Pillow would not close it where reading fails
            return _decode(file, size, str(path))
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or error}") from None


def decode_picture(content: bytes, name: str) -> np.ndarray:
    """Decode the bytes of a PNG, JPEG or BMP file, as `read_picture` reads it.

    Args:
        content: of the file.
        name: what messages call the picture.

    Raises:
        DataError: the content is broken, too large, or no such picture.
    """
    return _decode(io.BytesIO(content), len(content), name)


def _decode(source: BinaryIO, size: int, name: str) -> np.ndarray:
    if size > MAX_BYTES:
        raise DataError(f"{name}: expected a picture of at most {MAX_BYTES >> 20} MiB, found {size >> 20}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata beside a sound picture, and of sizes checked below
            with Image.open(source, formats=FORMATS) as picture:
                _check_pixels(picture, size, name)
                return gray(ImageOps.exif_transpose(_reduced(picture, name)))
    except DataError:
        raise
    except Image.UnidentifiedImageError:
        raise DataError(f"{name}: expected a picture, PNG, JPEG or BMP; found something else") from None
    except Image.DecompressionBombError:
        raise _too_large(name, MAX_PIXELS) from None
    except Exception as error:  # each of Pillow's decoders fails in its own ways on broken files
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{name}: can't be read as a picture: {reason}") from None


def _check_pixels(picture: Image.Image, size: int, name: str) -> None:
    """DataError if there are too many pixels, or more than a JPEG file of ``size`` bytes can hold."""
    pixels = math.prod(picture.size)
    if pixels > MAX_PIXELS:
        raise _too_large(name, MAX_PIXELS)
    # Each block of 8x8 pixels takes at least a bit. Pillow notices missing data itself, but not where a JPEG file ends
    # as it should: then it fills the picture with gray.
    if picture.format == "JPEG" and pixels > 64 * 8 * size:
        width, height = picture.size
        raise DataError(f"{name}: expected the data of {width}x{height} pixels, found {size} bytes")


def _too_large(name: str, limit: int) -> DataError:
    return DataError(f"{name}: expected a picture of at most {limit // 10**6} million pixels, found more")


def _reduced(picture: Image.Image, name: str) -> Image.Image:
    """The picture with at most ``MAX_READ_PIXELS``; JPEG files are decoded to a smaller size."""
    factor = _factor(picture)
    if factor == 1:
        return picture
    picture.draft(None, (picture.width // factor, picture.height // factor))
    if math.prod(picture.size) > MAX_DECODED_PIXELS:
        raise _too_large(name, MAX_DECODED_PIXELS)
    if picture.mode.startswith("I"):
        picture = picture.convert("I")
    elif picture.mode in ("1", "P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.reduce(_factor(picture))


def _factor(picture: Image.Image) -> int:
    return math.ceil(math.sqrt(math.prod(picture.size) / MAX_READ_PIXELS))


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

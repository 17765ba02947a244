"""Picture files as the recognizer takes them: upright, opaque and gray."""

import functools
import importlib
import io
import math
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from nn import platforms
from nn.errors import DataError
from nn.files import file_size

#: The formats that are read, by Pillow's names, and the maximum number of pixels of each that is decoded at full size:
#: that takes 4 bytes a pixel, or more where the decoder keeps buffers of its own. No file may take more than 400 MiB.
FORMATS = {
    "PNG": 32_000_000,
    "JPEG": 32_000_000,
    "BMP": 32_000_000,
    "GIF": 32_000_000,  # of an animation, the first frame
    "PPM": 32_000_000,  # and PGM and PBM
    "TIFF": 24_000_000,  # what scanners write, of several pages the first: a strip may be the whole picture
    "WEBP": 16_000_000,  # keeps two canvases
    "AVIF": 16_000_000,
    "JPEG2000": 13_000_000,  # keeps 4 bytes for each of three components
}

#: How files of other kinds begin, from which byte, and what to do with them.
OTHER_FILES = (
    (4, b"ftypheic", "a HEIC picture: pip install pillow-heif, or export it as JPEG"),
    (4, b"ftypheix", "a HEIC picture: pip install pillow-heif, or export it as JPEG"),
    (4, b"ftypmif1", "a HEIF picture: pip install pillow-heif, or export it as JPEG"),
    (0, b"%PDF", "a PDF document: export its page as PNG"),
    (0, b"<svg", "an SVG drawing: export it as PNG"),
    (0, b"<?xml", "an XML file, such as an SVG drawing: export it as PNG"),
    (0, b"8BPS", "a Photoshop file: export it as PNG"),
)

#: The opaque part of a transparent picture is a card if it fills this share of its box and has this range of levels.
CARD, CARD_CONTRAST = 0.9, 64

UNKNOWN = "something else"

#: The maximum size of a file.
MAX_BYTES = 256 << 20

#: The maximum number of pixels, enough for photographs of telephones.
MAX_PIXELS = 52_000_000

#: Larger pictures are reduced by averaging blocks, because a digit needs fewer pixels.
MAX_READ_PIXELS = 8_000_000


def read_picture(path: Path) -> np.ndarray:
    """Read a file of one of ``FORMATS``, or HEIC if ``pillow-heif`` is installed; its name does not matter.

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
    """Decode the bytes of a picture's file, as `read_picture` reads it.

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
            with Image.open(source, formats=_formats(source)) as picture:
                _check_pixels(picture, size, name)
                if picture.format == "TIFF":
                    _silence_libtiff()
                upright = _reduced(picture, name)
                ImageOps.exif_transpose(upright, in_place=True)
                return gray(upright)
    except DataError:
        raise
    except Image.UnidentifiedImageError:
        raise DataError(f"{name}: expected a picture ({', '.join(FORMATS)}), found {_kind(source)}") from None
    except Image.DecompressionBombError:
        raise _too_large(name, MAX_PIXELS) from None
    except Exception as error:  # each of Pillow's decoders fails in its own ways on broken files
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{name}: can't be read as a picture: {reason}") from None


def _formats(source: BinaryIO) -> list[str]:
    """The formats to try: HEIF too, if this is such a file and ``pillow-heif`` is installed."""
    if b"ftyp" not in _start(source) or _kind(source) == UNKNOWN:
        return list(FORMATS)
    try:
        importlib.import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return list(FORMATS)
    return [*FORMATS, "HEIF"]


def _kind(source: BinaryIO) -> str:
    """What a file that is no picture is, and what to do with it."""
    start = _start(source)
    found = (text for first, signature, text in OTHER_FILES if start[first : first + len(signature)] == signature)
    return next(found, UNKNOWN)


def _start(source: BinaryIO) -> bytes:
    source.seek(0)
    start = source.read(16)
    source.seek(0)
    return start


@functools.cache
def _silence_libtiff() -> None:
    """Stop libtiff from printing messages of its own to stderr; Pillow raises an error for a broken file anyway."""
    for function in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        platforms.call_library(Image.core.__file__, function, None)


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
    limit = FORMATS.get(picture.format or "", min(FORMATS.values()))
    if math.prod(picture.size) > limit:
        raise _too_large(name, limit)
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
        return _full_range(np.asarray(picture).clip(0, 65535).astype(np.uint16))
    if picture.mode == "F":
        return _from_floats(np.asarray(picture))
    if not picture.has_transparency_data:
        return np.asarray(picture if picture.mode == "L" else picture.convert("L"))
    picture = _card(picture.convert("RGBA"))
    level, alpha = (np.asarray(band, np.float32) for band in picture.convert("LA").split())
    opacity = alpha.sum(dtype=np.float64)
    ink = (level * alpha).sum(dtype=np.float64) / opacity if opacity else 0.0
    paper = np.float32(255 if ink < 128 else 0)
    return np.rint(paper + (level - paper) * (alpha / 255)).astype(np.uint8)


def _full_range(levels: np.ndarray) -> np.ndarray:
    """16-bit levels; if they have 8, 10, 12 or 14 bits, scaled to 16."""
    greatest = int(levels.max(initial=0))
    bits = next(bits for bits in (8, 10, 12, 14, 16) if greatest < 1 << bits)
    return levels << (16 - bits) if greatest else levels


def _from_floats(levels: np.ndarray) -> np.ndarray:
    """16-bit levels of floats from 0 to 1, or from 0 to the greatest if that is more."""
    levels = np.nan_to_num(levels, nan=0.0, posinf=0.0, neginf=0.0).clip(0)
    return np.rint(levels * (65535 / max(float(levels.max(initial=0)), 1.0))).astype(np.uint16)


def _card(picture: Image.Image) -> Image.Image:
    """The opaque part of a transparent picture if it is a card, paper with ink on it; else the whole picture."""
    alpha = picture.getchannel("A")
    box = alpha.getbbox()
    if box is None or box == (0, 0, *picture.size):
        return picture
    opaque = np.asarray(alpha.crop(box)) >= 128
    levels = np.asarray(picture.crop(box).convert("L"))[opaque]
    is_card = opaque.mean() >= CARD and levels.size and int(levels.max()) - int(levels.min()) >= CARD_CONTRAST
    return picture.crop(box) if is_card else picture

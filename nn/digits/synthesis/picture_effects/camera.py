"""Cameras, files, sizes and pens."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from nn.digits.components import Components
from nn.digits.foreign_ink import own_ink
from nn.digits.ink import made_even, picture_to_ink
from nn.digits.normalize import centre_lines, pen_width
from nn.digits.painting import paint
from nn.digits.readings import PALEST
from nn.digits.strokes import bounds, place, transform
from nn.digits.synthesis.picture_effects.levels import Picture, ink_level, paper_level

#: The canvas on which a digit is drawn again with another pen, and its height, in pixels.
PEN_CANVAS, PEN_HEIGHT = 200, 130


def blur(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Gaussian blur; its standard deviation is in percent of the shorter side."""
    radius = percent / 100 * min(picture.shape)
    return _with_pillow(picture, lambda image: image.filter(ImageFilter.GaussianBlur(radius)))


def noise(picture: Picture, percent: float, rng: np.random.Generator) -> Picture:
    """Gaussian noise of each pixel; its standard deviation is in percent of the range from black to white."""
    return picture + (percent / 100) * rng.standard_normal(picture.shape, np.float32)


def jpeg(picture: Picture, quality: float, rng: np.random.Generator) -> Picture:
    """JPEG compression of this quality."""

    def compress(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(quality))
        return Image.open(file)

    return _with_pillow(picture, compress)


def rotate(picture: Picture, degrees: float, rng: np.random.Generator) -> Picture:
    """Rotate clockwise about the centre; pixels at the edges are repeated outwards."""
    margin = int(np.ceil(max(picture.shape) * abs(np.sin(np.radians(degrees))) / 2)) + 1
    padded = np.pad(picture, margin, mode="edge")
    turned = _with_pillow(padded, lambda image: image.rotate(-degrees, Image.Resampling.BICUBIC))
    return turned[margin:-margin, margin:-margin]


def scale(picture: Picture, pixels: float, rng: np.random.Generator) -> Picture:
    """Resize the picture: its longer side gets this many pixels."""
    height, width = (max(1, round(n * pixels / max(picture.shape))) for n in picture.shape)
    return _with_pillow(picture, lambda image: image.resize((width, height), Image.Resampling.LANCZOS))


def pen(picture: Picture, pixels: float, rng: np.random.Generator) -> Picture:
    """Draw the skeleton of the digit's own ink with a pen of this width, on a canvas of 200x200 pixels."""
    ink = picture_to_ink(picture)
    if not ink.any():
        return picture
    ink = made_even(ink, 1, PALEST)
    strokes = list(centre_lines(own_ink(ink, Components.of(ink >= 0.5), pen_width(ink))[0]))
    placed = place(strokes, PEN_HEIGHT, (0.0, 0.0))
    placed = transform(placed, 1.0, (PEN_CANVAS - bounds(placed)[1]) / 2)
    drawn = paint(placed, (PEN_CANVAS, PEN_CANVAS), pixels) / np.float32(255)
    return 1 - drawn if ink_level(picture) < paper_level(picture) else drawn


def _with_pillow(picture: Picture, operation: Callable[[Image.Image], Image.Image]) -> Picture:
    image = Image.fromarray(np.rint(255 * picture.clip(0, 1)).astype(np.uint8))
    return np.asarray(operation(image), np.float32) / 255

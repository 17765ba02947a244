"""Pictures with what was read drawn on them: a box around each digit, and the answer above it."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nn.atomic import atomic_write

#: Colours, as red, green and blue: of what was read with confidence, with less, and of what was rejected.
SURE, DOUBTFUL, REJECTED = (0, 130, 70), (200, 110, 0), (200, 30, 30)

#: Less confidence than this is doubtful.
MIN_CONFIDENCE = 0.9

#: The size of the answers, as a share of a digit's height, and the smallest, in pixels.
TEXT_SIZE, MIN_TEXT = 0.5, 10


def annotate(gray: np.ndarray, answer: dict[str, Any]) -> Image.Image:
    """The picture (H, W), in colour, with its answer."""
    scale = np.iinfo(gray.dtype).max if gray.dtype.kind == "u" else 1
    picture = Image.fromarray((gray / scale * 255).astype(np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    width = max(1, round(max(picture.size) / 500))
    if "lines" not in answer:
        text = answer.get("reason") if answer["label"] is None else f"{answer['label']}  {answer['confidence']:.1%}"
        size = max(MIN_TEXT, picture.height // 12)
        draw.text((size / 3, size / 3), str(text), _colour(answer["label"], answer["confidence"]), _font(size))
        return picture
    for token in (token for line in answer["lines"] for token in line["tokens"]):
        left, top, right, bottom = token["box"]
        colour = _colour(None if token["text"] == "?" else token["text"], token["confidence"])
        draw.rectangle((left - width, top - width, right + width, bottom + width), outline=colour, width=width)
        size = max(MIN_TEXT, round(TEXT_SIZE * (bottom - top)))
        draw.text(((left + right) / 2, max(top - 2 * width, size)), token["text"], colour, _font(size), anchor="mb")
    return picture


def write_annotated(path: Path, gray: np.ndarray, answer: dict[str, Any]) -> None:
    """Write the picture with its answer to a PNG file.

    Raises:
        OSError: it can't be written.
    """
    with atomic_write(path) as file:
        annotate(gray, answer).save(file, "PNG")


def annotated_path(folder: Path, name: str) -> Path:
    """Where the annotated picture of a file goes: its path below ``folder``, with ``.png`` at its end."""
    path = Path(name)
    parts = ["__" if part == ".." else part for part in path.relative_to(path.anchor).parts]
    return Path(folder, *parts[:-1], f"{parts[-1]}.png")


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _colour(label: object, confidence: float | None) -> tuple[int, int, int]:
    if label is None:
        return REJECTED
    return SURE if confidence is None or confidence >= MIN_CONFIDENCE else DOUBTFUL

"""Pictures in a folder for each class: ``train/7/any name.png`` and ``test/7/...``, or the classes alone.

Pictures are PNG, JPEG or BMP, all of one size. They are gray unless one of them has colours. Classes are numbered in
the order of their folders' names; where all names are whole numbers, they are the labels. Gray pictures of dark ink on
light paper are inverted, because networks learn ink that is bright on dark.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nn.data.dataset import MAX_CLASSES, Contents, Part
from nn.data.layouts.search import listing, reject_split, subfolders
from nn.errors import DataError, one_line
from nn.files import file_size

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP")
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}

#: Longest side of a picture, in pixels.
MAX_SIDE = 1024

#: The names of the folders of both parts.
TRAIN, TEST = ("train", "training"), ("test", "testing", "val", "valid", "validation")

#: A pixel is coloured if its channels differ by more than this; JPEG makes those of gray pixels differ a little.
_COLOURED = 24


def read(place: Path, split: str | None, progress: bool) -> Contents | None:
    """The pictures at ``place``; see ``nn.data.layouts``."""
    if not place.is_dir():
        return None
    folders = {folder.name.lower(): folder for folder in subfolders(place)}
    train = next((folders[name] for name in TRAIN if name in folders), place)
    test = next((folders[name] for name in TEST if name in folders), None) if train != place else None
    files = {folder: _by_class(folder) for folder in (train, test) if folder is not None}
    if not any(files[train].values()):
        return None
    reject_split(place, split)
    labels = _labels(train, sorted(files[train]))
    for folder, by_class in files.items():
        for name, paths in by_class.items():
            if not paths:
                raise DataError(f"{folder / name}: expected pictures of a class, found none")
            if name not in labels:
                raise DataError(f"{folder}: expected the classes of {train}, found {name!r} as well")
    from tqdm import tqdm

    total = sum(len(paths) for by_class in files.values() for paths in by_class.values())
    with tqdm(total=total, unit=" pictures", disable=not progress, leave=False) as bar:
        parts = [_read(folder, by_class, labels, bar.update) for folder, by_class in files.items()]
    notes = []
    if all(_is_gray(part.images) for part in parts):
        parts = [dataclasses.replace(part, images=np.ascontiguousarray(part.images[..., 0])) for part in parts]
        if _is_dark_on_light(parts[0].images):
            parts = [dataclasses.replace(part, images=255 - part.images) for part in parts]
            notes.append("the pictures are dark on light: they were inverted")
    return Contents(
        parts[0],
        parts[1] if test is not None else None,
        class_names=None if labels == {str(label): label for label in labels.values()} else _class_names(labels),
        notes=tuple(notes),
    )


def _by_class(folder: Path) -> dict[str, list[Path]]:
    """The pictures in each folder of a folder."""
    return {
        inner.name: [path for path in listing(inner) if path.suffix.lower() in SUFFIXES] for inner in subfolders(folder)
    }


def _labels(folder: Path, names: list[str]) -> dict[str, int]:
    """The labels of the classes, by the names of their folders."""
    if all(name.isascii() and name.isdecimal() for name in names):
        labels = {name: int(name) for name in names}
        if len(set(labels.values())) == len(names) and max(labels.values()) < MAX_CLASSES:
            return labels
    if len(names) > MAX_CLASSES:
        raise DataError(f"{folder}: expected at most {MAX_CLASSES} classes, found {len(names)} folders")
    return {name: label for label, name in enumerate(names)}


def _class_names(labels: dict[str, int]) -> tuple[str, ...]:
    """The names in the order of the labels; a label without a folder is its own name."""
    names = {label: name for name, label in labels.items()}
    return tuple(names.get(label, str(label)) for label in range(max(names) + 1))


def _read(
    folder: Path, by_class: dict[str, list[Path]], labels: dict[str, int], on_picture: Callable[[], object]
) -> Part:
    """Images (N, H, W, 3) and labels (N,) of a part."""
    files = [(path, labels[name]) for name in sorted(by_class, key=labels.__getitem__) for path in by_class[name]]
    if not files:
        raise DataError(f"{folder}: expected a folder of pictures for each class, found none")
    first = _read_picture(files[0][0])
    images = np.empty((len(files), *first.shape), np.uint8)
    for index, (path, _) in enumerate(files):
        picture = _read_picture(path)
        if picture.shape != first.shape:
            expected, found = ("x".join(map(str, shape[1::-1])) for shape in (first.shape, picture.shape))
            raise DataError(f"{path}: expected {expected} pixels as in {files[0][0].name}, found {found}")
        images[index] = picture
        on_picture()
    return Part(images, np.array([label for _, label in files], np.int64), folder, folder)


def _read_picture(path: Path) -> np.ndarray:
    """(H, W, 3) uint8."""
    from PIL import Image, ImageOps

    file_size(path, "a picture", DataError)
    try:
        # Pillow would not close the file where reading fails.
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as picture:
            if max(picture.size) > MAX_SIDE:
                width, height = picture.size
                raise DataError(f"{path}: expected at most {MAX_SIDE}x{MAX_SIDE} pixels, found {width}x{height}")
            return _rgb(ImageOps.exif_transpose(picture))
    except DataError:
        raise
    except Exception as error:  # each of Pillow's decoders fails in its own ways on broken files
        raise DataError(f"{path}: can't be read as a picture: {one_line(error)}") from None


def _rgb(picture: "Image.Image") -> np.ndarray:
    """(H, W, 3) uint8; transparent pixels become black or white, whichever differs more from the ink."""
    if picture.mode.startswith("I"):  # 16 bits a pixel, which convert("RGB") would cut off at 255
        gray = (np.asarray(picture).clip(0, 65535) >> 8).astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=2)
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("RGB"))
    rgba = np.asarray(picture.convert("RGBA"), np.float32)
    colours, opacity = rgba[..., :3], rgba[..., 3:] / 255
    ink = float((colours * opacity).sum() / (3 * max(opacity.sum(), 1)))
    paper = np.float32(255 if ink < 128 else 0)
    return np.rint(paper + (colours - paper) * opacity).astype(np.uint8)


def _is_gray(images: np.ndarray) -> bool:
    return all(int(np.ptp(image.astype(np.int16), axis=-1).max()) <= _COLOURED for image in images)


def _is_dark_on_light(images: np.ndarray) -> bool:
    """Whether the borders of the images (N, H, W) are mostly bright."""
    borders = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
    return bool(np.median(borders) > 127)

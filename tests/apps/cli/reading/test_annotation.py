from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.cli.reading.annotation import DOUBTFUL, REJECTED, SURE, annotate, annotated_path, write_annotated
from apps.cli.reading.layouts import page_to_dict
from tests.apps.cli.reading.pages import PAGE


def colours(picture):
    return {tuple(colour) for colour in np.asarray(picture).reshape(-1, 3).tolist()}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_boxes_and_answers_are_drawn(dtype):
    gray = np.full((120, 90), np.iinfo(dtype).max, dtype)
    picture = annotate(gray, page_to_dict(PAGE))
    assert picture.size == (90, 120)
    pixels = np.asarray(picture)
    assert pixels[20, 9].tolist() == list(SURE)  # beside the first box
    assert pixels[75, 9].tolist() == list(REJECTED)
    assert pixels[100, 80].tolist() == [255, 255, 255]


def test_one_digit_has_its_answer_in_the_corner():
    gray = np.zeros((400, 400), np.uint8)
    for answer, colour in (
        ({"label": 7, "confidence": 0.99}, SURE),
        ({"label": 7, "confidence": 0.5}, DOUBTFUL),
        ({"label": None, "confidence": None, "reason": "not a digit"}, REJECTED),
    ):
        picture = annotate(gray, answer)
        assert colour in colours(picture)
        assert not np.asarray(picture)[200:].any()


def test_annotated_pictures_keep_their_folders(tmp_path):
    assert annotated_path(Path("out"), "scans/a.jpg") == Path("out/scans/a.jpg.png")
    assert annotated_path(Path("out"), "../a.jpg") == Path("out/__/a.jpg.png")
    assert annotated_path(Path("out"), str(tmp_path / "a.jpg")).is_relative_to("out")
    path = annotated_path(tmp_path, "scans/a.jpg")
    write_annotated(path, np.zeros((120, 90), np.uint8), page_to_dict(PAGE))
    with Image.open(path) as picture:
        assert picture.size == (90, 120)

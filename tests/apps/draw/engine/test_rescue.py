"""Drawings survive the end of the window."""

import tempfile
from dataclasses import replace

import numpy as np
import pytest

from apps.draw.core.document import BrushStroke, Document, Picture
from apps.draw.core.points import Points
from apps.draw.core.state import State, UndoStack
from apps.draw.engine import rescue
from nn.digits.adapted_model import user_file
from nn.digits.pictures import read_picture
from nn.digits.stroke_files import read_drawing
from tests.apps.draw.fakes import SEVEN

INK = Document((BrushStroke(Points(SEVEN)),), label=7)


@pytest.fixture(autouse=True)
def _new_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def test_both_canvases_are_saved():
    state = State(undo_stack=UndoStack(INK), other_stack=UndoStack(INK), line_mode=True)
    first, second = rescue.save_drawings(state)
    assert first.parent == second.parent == user_file().parent / "drawings"
    for path, canvas in ((first, (1120.0, 280.0)), (second, (280.0, 280.0))):
        drawing = read_drawing(path)
        np.testing.assert_array_equal(drawing.strokes[0], SEVEN)
        assert (drawing.label, drawing.canvas) == (7, canvas)


def test_a_picture_is_saved_unless_it_is_one_of_mnist():
    gray = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint8)
    state = State(undo_stack=UndoStack(Document(picture=Picture(gray, "the clipboard"))))
    (path,) = rescue.save_drawings(state)
    np.testing.assert_array_equal(read_picture(path), gray)
    prepared = Document(picture=Picture(gray, "MNIST", prepared=True))
    assert rescue.save_drawings(replace(state, undo_stack=UndoStack(prepared))) == []


def test_nothing_drawn_nothing_saved():
    assert rescue.save_drawings(State()) == []
    assert not user_file().parent.exists()


def test_a_folder_that_can_not_be_written(monkeypatch, tmp_path):
    (tmp_path / "home").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (path,) = rescue.save_drawings(State(undo_stack=UndoStack(INK)))
    assert path.parent == tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "home" / "none"))
    with pytest.raises(OSError, match="no folder can be written"):
        rescue.save_drawings(State(undo_stack=UndoStack(INK)))

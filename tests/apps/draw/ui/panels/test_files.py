"""The panel of files."""

import numpy as np
import pygame
from PIL import Image

from apps.draw.core.panels import Panel
from nn.digits.stroke_files import Drawing, write_drawing
from tests.apps.draw.fakes import SEVEN


def test_a_folder_is_read_at_once(user, tmp_path):
    folder = tmp_path / "digits"
    folder.mkdir()
    write_drawing(folder / "a.json", Drawing([np.array(SEVEN)], None, (280.0, 280.0)))
    Image.new("L", (20, 20), 4).save(folder / "b.png")
    (folder / "c.png").write_text("x")
    user.post(pygame.DROPFILE, file=str(folder))
    state = user.settle()
    assert [(result.name, result.answer[:1]) for result in state.results] == [
        ("a.json", "8"),
        ("b.png", "4"),
        ("c.png", "e"),
    ]
    assert state.panel is Panel.FILES

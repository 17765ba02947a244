"""Names of dropped files that are not UTF-8, as SDL itself hands them over."""

import ctypes
import os
from pathlib import Path

import numpy as np
import pygame
import pytest

from apps.draw.core.document import Document
from apps.draw.ui.events import decoded
from nn.digits.stroke_files import Drawing, write_drawing
from tests.apps.draw.fakes import SEVEN

NAME = b"caf\xe9.json"


class DropEvent(ctypes.Structure):
    """SDL_DropEvent, and the rest of SDL's union of events."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint32),
        ("file", ctypes.c_void_p),
        ("window", ctypes.c_uint32),
        ("rest", ctypes.c_uint8 * 64),
    )


def drop(path):
    """Push the event of a dropped file to SDL's queue."""
    maps = Path("/proc/self/maps")
    names = [line.split()[-1] for line in maps.read_text().splitlines() if "libSDL2-2" in line] if maps.exists() else []
    if not names:
        pytest.skip("SDL can't be found in this process")
    sdl = ctypes.CDLL(names[0])
    sdl.SDL_strdup.restype = ctypes.c_void_p
    event = DropEvent(0x1000, 0, sdl.SDL_strdup(path), 1)
    assert sdl.SDL_PushEvent(ctypes.byref(event)) == 1


def test_a_dropped_drawing_is_opened(user, tmp_path):
    path = os.fsencode(tmp_path) + b"/" + NAME
    write_drawing(os.fsdecode(path), Drawing([np.array(SEVEN)], canvas=(280.0, 280.0)))
    user.draw((10.0, 10.0), (60.0, 60.0))
    drop(path)
    user.app.step()
    state = user.settle()
    assert len(state.document.strokes[0].points) == 3
    assert state.status.text == "Opened caf\udce9.json"
    assert len(state.recent) == 1  # what was there before


def test_a_dropped_file_that_is_no_drawing_leaves_the_drawing(user, tmp_path):
    state = user.draw((10.0, 10.0), (60.0, 60.0))
    before = state.document
    drop(os.fsencode(tmp_path) + b"/" + NAME)
    user.app.step()
    state = user.settle()
    assert state.status.error
    assert state.document == before != Document()


def test_other_errors_are_raised():
    def broken():
        raise SystemError("something else")

    with pytest.raises(SystemError, match="something else"):
        decoded(broken)


def test_a_version_of_pygame_that_raises_the_cause():
    def get():
        raise UnicodeDecodeError("utf-8", NAME, 3, 4, "invalid")

    event = decoded(get)
    assert (event.type, event.file) == (pygame.DROPFILE, "caf\udce9.json")

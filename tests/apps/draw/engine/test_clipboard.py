"""Copying and pasting pictures."""

import io
import stat
import sys

import numpy as np
import pytest
from PIL import Image, ImageGrab

from apps.draw.core.document import CANVAS, BrushStroke, Document
from apps.draw.core.points import Points
from apps.draw.engine import clipboard
from apps.draw.engine.clipboard import Clipboard
from tests.apps.draw.fakes import SEVEN, FakeClipboard

INK = Document((BrushStroke(Points(SEVEN)),))


def test_ink_is_copied_as_black_on_white():
    fake = FakeClipboard()
    assert not clipboard.copy(fake, INK, (CANVAS, CANVAS)).error
    pixels = np.asarray(Image.open(io.BytesIO(fake.png)))
    assert (pixels.max(), pixels.min()) == (255, 0)


def test_without_a_clipboard_nothing_is_copied_or_pasted():
    with pytest.raises(OSError, match="no clipboard"):
        clipboard.copy(None, INK, (CANVAS, CANVAS))
    with pytest.raises(ValueError, match="no picture"):
        clipboard.paste(None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other commands")
def test_an_installed_command_takes_the_png(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match="needs wl-copy or xclip"):
        Clipboard().copy(b"png")
    command = tmp_path / "xclip"
    command.write_text(f'#!/bin/sh\nread -r text; echo "$text $*" > {tmp_path}/copied\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    Clipboard().copy(b"png\n")
    assert (tmp_path / "copied").read_text() == "png -selection clipboard -target image/png\n"
    command.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(OSError, match="xclip failed"):
        Clipboard().copy(b"png")


def test_a_picture_or_the_first_of_some_files_is_pasted(tmp_path, monkeypatch):
    picture = Image.new("RGB", (3, 2))
    picture.save(tmp_path / "a.png")
    for grabbed, size in ((picture, (3, 2)), ([str(tmp_path / "a.png")], (3, 2)), ([str(tmp_path / "b.png")], None)):
        monkeypatch.setattr(ImageGrab, "grabclipboard", lambda grabbed=grabbed: grabbed)
        found = Clipboard().paste()
        assert (found and found.size) == size


def test_a_system_without_a_clipboard_pastes_nothing(monkeypatch):
    def fail():
        raise NotImplementedError

    monkeypatch.setattr(ImageGrab, "grabclipboard", fail)
    assert Clipboard().paste() is None

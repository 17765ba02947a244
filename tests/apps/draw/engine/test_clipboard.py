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
from nn.digits import pictures
from nn.errors import DataError
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


def png(size=(3, 2)):
    content = io.BytesIO()
    Image.new("L", size, 200).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def xclip(tmp_path, monkeypatch):
    """Writes the script that plays xclip, the only command of this system."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def write(*lines):
        (tmp_path / "xclip").write_text("\n".join(("#!/bin/sh", *lines)))
        (tmp_path / "xclip").chmod(0o700)

    return write


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other commands")
def test_what_an_installed_command_writes_is_pasted(tmp_path, xclip):
    assert Clipboard().paste() is None
    (tmp_path / "a.png").write_bytes(png())
    xclip(f"exec /bin/cat {tmp_path}/a.png")
    np.testing.assert_array_equal(Clipboard().paste(), np.full((2, 3), 200))
    xclip("exit 1")
    assert Clipboard().paste() is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other commands")
def test_a_clipboard_is_trusted_no_more_than_a_file(xclip, monkeypatch):
    xclip("echo '%!PS-Adobe-3.0 EPSF-3.0'; echo '%%BoundingBox: 0 0 9 9'")
    with pytest.raises(DataError, match=r"^the clipboard: expected a picture \(PNG, .* found something else$"):
        Clipboard().paste()
    monkeypatch.setattr(pictures, "MAX_BYTES", 1000)
    xclip("exec /bin/cat /dev/zero")
    with pytest.raises(DataError, match=r"^the clipboard: expected a picture of at most"):
        Clipboard().paste()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other commands")
def test_a_clipboard_whose_owner_is_silent_is_given_up(xclip, monkeypatch):
    monkeypatch.setattr(clipboard, "SECONDS", 0.1)
    xclip("exec /bin/sleep 60")
    with pytest.raises(OSError, match=r"^xclip: no answer in 0.1 s$"):
        Clipboard().paste()


def test_on_windows_a_picture_or_the_first_of_some_files_is_pasted(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    (tmp_path / "a.png").write_bytes(png())
    picture = Image.new("RGB", (3, 2))
    for grabbed, shape in ((picture, (2, 3)), ([str(tmp_path / "a.png")], (2, 3)), ([], None), (None, None)):
        monkeypatch.setattr(ImageGrab, "grabclipboard", lambda grabbed=grabbed: grabbed)
        found = Clipboard().paste()
        assert (None if found is None else found.shape) == shape

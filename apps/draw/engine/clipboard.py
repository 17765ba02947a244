"""Pictures on the clipboard."""

from __future__ import annotations

import binascii
import io
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from apps.draw.core.document import Document
from apps.draw.core.messages import Message, Opened
from apps.draw.core.state import StatusMessage
from apps.draw.engine.files import png, reduced_picture
from nn import platforms

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

SECONDS = 5.0

#: Commands that copy a PNG file from their standard input; the first that is installed is used.
_COPIERS = (("wl-copy", "--type", "image/png"), ("xclip", "-selection", "clipboard", "-target", "image/png"))

#: Commands that write a PNG file to their standard output, or fail if there is no picture.
_PASTERS = (("wl-paste", "--type", "image/png"), ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"))


class Clipboard:
    """The desktop's clipboard.

    SDL's takes text only, so this uses ``wl-copy`` or ``xclip`` on Linux, and the system's tools on macOS and Windows.
    """

    def copy(self, png: bytes) -> None:
        """Copy a PNG file.

        Raises:
            OSError: no tool can.
        """
        platforms.choose(_copy_by_command, macos=_copy_on_macos, windows=_copy_on_windows)(png)

    def paste(self) -> np.ndarray | None:
        """The picture, as ``nn.digits.pictures`` reads it, if there is one.

        Raises:
            DataError: the picture is too large or broken, or of no format that is read.
            OSError: the program that holds the picture does not answer in time.
        """
        from nn.digits.pictures import decode_picture, read_picture

        found = platforms.choose(_grab_by_command, macos=_grab_on_macos, windows=_grab_on_windows)()
        if isinstance(found, Path):
            return read_picture(found)
        return decode_picture(found, "the clipboard") if found else None


def copy(clipboard: Clipboard | None, document: Document, size: tuple[float, float]) -> Message:
    """Copy a document to the clipboard.

    Raises:
        OSError: there is no clipboard.
    """
    if clipboard is None:
        raise OSError("there is no clipboard")
    clipboard.copy(png(document, size))
    return StatusMessage("Copied the drawing")


def paste(clipboard: Clipboard | None) -> Message:
    """Take a picture from the clipboard.

    Raises:
        ValueError: it holds none; see ``Clipboard.paste``.
        OSError: see ``Clipboard.paste``.
    """
    gray = None if clipboard is None else clipboard.paste()
    if gray is None:
        raise ValueError("the clipboard holds no picture")
    return Opened(Document(picture=reduced_picture(gray, "the clipboard")), "what was on the clipboard")


def _copy_by_command(png: bytes) -> None:
    command = next((command for command in _COPIERS if shutil.which(command[0])), None)
    if command is None:
        raise OSError("copying pictures needs wl-copy or xclip")
    _run(command, png)


def _copy_on_macos(png: bytes) -> None:
    script = f"set the clipboard to \xabdata PNGf{png.hex()}\xbb"
    _run(["osascript", "-"], script.encode())


def _copy_on_windows(png: bytes) -> None:
    script = (
        "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
        "$in = New-Object System.IO.MemoryStream(,[Convert]::FromBase64String([Console]::In.ReadToEnd()));"
        "[Windows.Forms.Clipboard]::SetImage([Drawing.Image]::FromStream($in))"
    )
    _run(["powershell", "-NoProfile", "-STA", "-Command", script], binascii.b2a_base64(png, newline=False))


def _grab_by_command() -> bytes | Path:
    paster = next((command for command in _PASTERS if shutil.which(command[0])), None)
    return _output(paster) if paster else b""


def _grab_on_macos() -> bytes | Path:
    return binascii.unhexlify(_output(["osascript", "-e", "get the clipboard as \xabclass PNGf\xbb"])[11:-3])


def _grab_on_windows() -> bytes | Path:
    """The picture as a PNG file, or the path of a copied file; empty if there is neither."""
    from PIL import Image, ImageGrab

    found = ImageGrab.grabclipboard()
    if isinstance(found, list):
        return Path(found[0]) if found else b""
    content = io.BytesIO()
    if isinstance(found, Image.Image):
        found.save(content, "PNG")
    return content.getvalue()


def _output(command: Sequence[str]) -> bytes:
    """What a command writes to its standard output, up to the size that pictures may have; empty if it fails.

    Raises:
        OSError: it does not end in time, as when the program that owns the clipboard does not answer.
    """
    from nn.digits.pictures import MAX_BYTES

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        timer = threading.Timer(SECONDS, process.kill)
        try:
            platforms.start_thread(timer)
            assert process.stdout is not None
            content = process.stdout.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                process.kill()
        except OSError:
            process.kill()  # the block would wait for it without a limit
            raise
        finally:
            timer.cancel()
    if process.returncode == -signal.SIGKILL and len(content) <= MAX_BYTES:
        raise OSError(f"{command[0]}: no answer in {SECONDS:g} s")
    return b"" if process.returncode > 0 else content


def _run(command: Sequence[str], given: bytes) -> None:
    try:
        subprocess.run(
            command, input=given, check=True, timeout=SECONDS,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        raise OSError(f"{command[0]} failed: {error}") from None

"""Pictures on the clipboard."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from apps.draw.core.document import Document
from apps.draw.core.messages import Message, Opened
from apps.draw.core.state import StatusMessage
from apps.draw.engine.files import png, reduced_picture

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS = 5.0

#: Commands that copy a PNG file from their standard input; the first that is installed is used.
_COPIERS = (("wl-copy", "--type", "image/png"), ("xclip", "-selection", "clipboard", "-target", "image/png"))


class Clipboard:
    """The desktop's clipboard.

    SDL's takes text only, so this uses ``wl-copy`` or ``xclip`` on Linux, and the system's tools on macOS and Windows.
    """

    def copy(self, png: bytes) -> None:
        """Copy a PNG file.

        Raises:
            OSError: no tool can.
        """
        if sys.platform == "darwin":
            script = f"set the clipboard to \xabdata PNGf{png.hex()}\xbb"
            _run(["osascript", "-"], script.encode())
            return
        if sys.platform == "win32":
            script = (
                "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
                "$in = New-Object System.IO.MemoryStream(,[Convert]::FromBase64String([Console]::In.ReadToEnd()));"
                "[Windows.Forms.Clipboard]::SetImage([Drawing.Image]::FromStream($in))"
            )
            import base64

            _run(["powershell", "-NoProfile", "-STA", "-Command", script], base64.b64encode(png))
            return
        command = next((command for command in _COPIERS if shutil.which(command[0])), None)
        if command is None:
            raise OSError("copying pictures needs wl-copy or xclip")
        _run(list(command), png)

    def paste(self) -> Image | None:
        """The picture, if there is one."""
        from PIL import Image, ImageGrab

        try:
            found = ImageGrab.grabclipboard()
        except (NotImplementedError, OSError, ChildProcessError):
            return None
        if isinstance(found, list) and found:  # names of files
            try:
                with Image.open(found[0]) as picture:
                    picture.load()
                    return picture
            except OSError:
                return None
        return found if isinstance(found, Image.Image) else None


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
        ValueError: it holds none.
    """
    from nn.digits.pictures import gray

    picture = None if clipboard is None else clipboard.paste()
    if picture is None:
        raise ValueError("the clipboard holds no picture")
    return Opened(Document(picture=reduced_picture(gray(picture), "the clipboard")), "what was on the clipboard")


def _run(command: list[str], given: bytes) -> None:
    try:
        subprocess.run(
            command, input=given, check=True, timeout=SECONDS,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        raise OSError(f"{command[0]} failed: {error}") from None

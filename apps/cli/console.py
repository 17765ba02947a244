"""Standard streams that escape what they can't encode, and whose failure does not stop a command."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from nn.text import printable

#: Control characters that programs print on purpose.
_KEPT = "\n\r\t"


class Stream:
    """A standard stream that never raises.

    Characters outside its encoding are escaped, and so are control characters, which may come from the name of a file.
    Once a write has failed, because the disk is full or the reader has gone, the rest is dropped.

    Args:
        stream: None if there is none: it was closed at the start, or the program runs under pythonw.

    Attributes:
        error: why a write failed; None if none did.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.error: OSError | None = None

    @property
    def encoding(self) -> str:
        """The encoding of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text."""
        shown = printable(text, _KEPT).encode(self.encoding, "backslashreplace").decode(self.encoding)
        self._call("write", shown)
        return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        self._call("flush")

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """Its file descriptor; OSError if it has none."""
        if self._stream is None:
            raise OSError("this stream has no file descriptor")
        return self._stream.fileno()

    def _call(self, method: str, *arguments: str) -> None:
        if self._stream is None:
            return
        try:
            getattr(self._stream, method)(*arguments)
        except OSError as error:
            self._drop(error)
        except ValueError:  # "I/O operation on closed file"
            self._stream = None

    def _drop(self, error: OSError) -> None:
        """Discard the buffer, which Python would write when it exits, and all later output."""
        self.error = error
        with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), self.fileno())
        self._stream = None


@contextlib.contextmanager
def safe_streams() -> Iterator[Stream]:
    """Replace ``sys.stdout`` and ``sys.stderr`` within the block; yields the former."""
    _open_missing_descriptors()
    out, err = (each if isinstance(each, Stream) else Stream(each) for each in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(cast(Any, out)), contextlib.redirect_stderr(cast(Any, err)):
        try:
            yield out
        finally:
            out.flush()
            err.flush()


def has_reader() -> bool:
    """Whether stdout is still read; a program such as ``head`` may have closed the pipe."""
    return getattr(sys.stdout, "error", None) is None


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _open_missing_descriptors() -> None:
    """Open the null device for standard streams that are closed.

    The next file would get the descriptor of one of them, and what a library prints would go into that file.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor, which is this one

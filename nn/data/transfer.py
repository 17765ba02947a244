"""Downloads one file with a known SHA-256, with limits on the time and on the bytes that the server sends.

A server must send ``MIN_RATE`` bytes of the file a second, counted from ``TIMEOUT`` seconds after the request; its
status line and headers, redirects and chunk sizes do not count. So a file of n bytes takes at most
``TIMEOUT + n / MIN_RATE`` seconds, and headers without an end at most ``TIMEOUT``, besides the limit of ``TIMEOUT`` for
each read from the network.
"""

import functools
import hashlib
import http.client
import io
import time
import urllib.error
import urllib.request
from typing import Any, BinaryIO

from tqdm import tqdm

from nn.errors import DataError

TIMEOUT = 10.0  # seconds
MIN_RATE = 16 << 10  # bytes a second
MAX_OVERHEAD = 4 << 20  # bytes that a server may send besides the file

_CHUNK = 1 << 20
_clock = time.monotonic


def fetch(url: str, file: BinaryIO, *, sha256: str, max_bytes: int, progress: str | None = None) -> None:
    """Download ``url`` into ``file``.

    Args:
        url: http or https.
        file: is written from its present position.
        sha256: of the contents, in hexadecimal.
        max_bytes: the upper limit of the size of the contents.
        progress: the title of a progress bar on stderr, or None for none.

    Raises:
        DataError: the server refuses, or sends other contents or too much.
        OSError, EOFError, http.client.HTTPException: the connection can't be made, breaks off or is too slow.
        ValueError: the server redirects to a malformed URL.
    """
    limits = _Limits()
    digest = hashlib.sha256()
    try:
        response = _opener(limits).open(url, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        raise DataError(f"HTTP status {error.code} ({error.reason})") from None
    with (
        response,
        tqdm(desc=progress, total=response.length, unit="B", unit_scale=True, disable=progress is None) as bar,
    ):
        while chunk := response.read1(_CHUNK):
            limits.on_contents(len(chunk))
            if limits.contents > max_bytes:
                raise DataError(f"expected at most {max_bytes} bytes, found more")
            digest.update(chunk)
            file.write(chunk)
            bar.update(len(chunk))
    if digest.hexdigest() != sha256:
        if response.length:
            raise EOFError(f"truncated: {response.length} bytes are missing")
        raise DataError(f"expected SHA-256 {sha256}, found {digest.hexdigest()}")


class _Limits:
    """Counts what a server sends.

    Attributes:
        contents: bytes of the file so far.
    """

    def __init__(self) -> None:
        self.contents = 0
        self._received = 0
        self._due = _clock() + TIMEOUT

    def on_contents(self, count: int) -> None:
        """Count bytes of the file."""
        self.contents += count

    def on_received(self, count: int) -> None:
        """Count bytes from the network.

        Raises:
            TimeoutError: the server is too slow.
            DataError: it sends too much besides the file.
        """
        self._received += count
        if self.contents < MIN_RATE * (_clock() - self._due):
            raise TimeoutError(f"slower than {MIN_RATE >> 10} KiB a second")
        if self._received - self.contents > MAX_OVERHEAD:
            raise DataError(f"expected at most {MAX_OVERHEAD >> 20} MiB besides the file, found more")


class _LimitedReader(io.RawIOBase):
    """The bytes from a socket, counted."""

    def __init__(self, socket: io.RawIOBase, limits: _Limits) -> None:
        self._socket = socket
        self._limits = limits

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._socket.readinto(buffer)
        self._limits.on_received(count or 0)
        return count

    def close(self) -> None:
        self._socket.close()
        super().close()


class _LimitedResponse(http.client.HTTPResponse):
    """A response whose reads are limited, from the first byte of the status line on."""

    def __init__(self, limits: _Limits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp: Any = io.BufferedReader(_LimitedReader(self.fp.detach(), limits))


class _RedirectHandler(urllib.request.HTTPRedirectHandler):
    """Follows redirects without reading their bodies, whose length may be anything."""

    def http_error_302(self, request: Any, response: Any, code: int, message: str, headers: Any) -> Any:
        response.close()
        return super().http_error_302(request, io.BytesIO(), code, message, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302  # type: ignore[assignment]


def _opener(limits: _Limits) -> urllib.request.OpenerDirector:
    """Opens http and https through the proxies of the environment, and nothing else, also after a redirect."""

    def connect(kind: type[http.client.HTTPConnection], *args: Any, **kwargs: Any) -> http.client.HTTPConnection:
        connection: Any = kind(*args, **kwargs)
        connection.response_class = functools.partial(_LimitedResponse, limits)
        return connection

    class Handler(urllib.request.AbstractHTTPHandler):
        def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(functools.partial(connect, http.client.HTTPConnection), request)

        def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(functools.partial(connect, http.client.HTTPSConnection), request)

        http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    opener = urllib.request.OpenerDirector()
    for handler in (
        *(urllib.request.ProxyHandler, Handler, urllib.request.HTTPDefaultErrorHandler),
        *(_RedirectHandler, urllib.request.HTTPErrorProcessor, urllib.request.UnknownHandler),
    ):
        opener.add_handler(handler())
    return opener

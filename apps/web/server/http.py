"""HTTP/1.1 over asyncio, within limits of size and time.

A small and strict part of RFC 9112: requests with a ``Content-Length``, persistent connections, pipelining. What is
ambiguous (two lengths, a length and a transfer coding, folded header lines, line ends without CR) is rejected, because
a proxy could read it differently. Chunked requests are rejected with 411, as RFC 9110, section 15.5.12, allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import unquote

from nn.errors import one_line


@dataclass(frozen=True)
class Limits:
    """The limits of a connection. The application limits the size of the body.

    Attributes:
        head_bytes: the request line and the header lines together.
        head_lines: their number.
        head_seconds, body_seconds: from the first byte of each to its last.
        response_seconds: for the application to compute the response.
        send_seconds: for the client to receive the response.
        idle_seconds: between two requests.
        connections: at the same time; others get a 503.
    """

    head_bytes: int = 16 << 10
    head_lines: int = 100
    head_seconds: float = 10
    body_seconds: float = 30
    response_seconds: float = 120
    send_seconds: float = 30
    idle_seconds: float = 60
    connections: int = 256


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: in upper case, such as ``GET``.
        path: decoded, without the query.
        query: as it was sent.
        headers: by their names in lower case; a repeated header's values are joined by commas.
        client: the address of the other end.
        body: empty until it is read.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    client: str
    body: bytes = b""

    @property
    def content_type(self) -> str:
        """The media type of the body in lower case, without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Response:
    """A response; the headers ``Date``, ``Content-Length`` and ``Connection`` are added when it is sent."""

    body: bytes = b""
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
        """A JSON document, which clients don't cache."""
        kinds = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return cls(json.dumps(value, allow_nan=False).encode(), status, kinds | dict(headers or {}))


class HttpError(Exception):
    """The client gets this status and one line of JSON, ``{"error": message}``."""

    def __init__(self, status: int, message: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(one_line(message))
        self.status = status
        self.headers = headers or {}

    def response(self) -> Response:
        """The response to send."""
        return Response.json({"error": str(self)}, self.status, self.headers)


class Application(Protocol):
    """Responds to the requests of an `HttpServer`."""

    def body_bytes(self, request: Request) -> int:
        """The maximum size of the request's body; HttpError if the request is rejected because of its head."""

    async def respond(self, request: Request) -> Response:
        """The response to a request with its body; or HttpError."""

    def headers(self) -> Mapping[str, str]:
        """Headers of every response."""


#: Headers that a request may have once.
_SINGLE = {"host", "content-length", "content-type", "transfer-encoding", "origin", "expect"}

_REQUEST_LINE = re.compile(rb"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.([01])\r\n")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)\r\n")

#: After an error, the rest of the request is read for this long: closing at once would reset the connection, and the
#: client would not receive the error.
_LINGER_SECONDS = 2.0


class HttpServer:
    """Serves an application.

    Args:
        application: responds to the requests.
        limits: of each connection.
    """

    def __init__(self, application: Application, limits: Limits | None = None) -> None:
        self._application = application
        self._limits = limits or Limits()
        self._connections: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closing = False

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port: the one given, or a free one for 0.

        Raises:
            OSError: the address can't be used.
        """
        self._server = await asyncio.start_server(
            self._connected, host, port, limit=self._limits.head_bytes, backlog=512
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, seconds: float = 2.0) -> None:
        """Stop listening, close idle connections, and give the others ``seconds`` to finish."""
        assert self._server is not None
        self._closing = True
        self._server.close()
        for task in [*self._idle]:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=seconds)
        for task in [*self._connections]:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) > self._limits.connections:
                raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", {"Retry-After": "1"})
            while await self._exchange(task, reader, writer):
                pass
        except HttpError as error:
            with contextlib.suppress(OSError):
                await self._refuse(reader, writer, error)
        except (OSError, asyncio.CancelledError):  # the client has gone or is too slow, or the server closes
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Respond to one request. Returns whether the connection stays open."""
        limits = self._limits
        self._idle.add(task)
        try:
            first = await _within(limits.idle_seconds, reader.read(1))
        finally:
            self._idle.discard(task)
        if not first:
            return False
        try:
            request, keep_alive = await _within(limits.head_seconds, self._read_head(first, reader, writer))
        except TimeoutError:
            raise HttpError(HTTPStatus.REQUEST_TIMEOUT, "the request's head took too long") from None
        length = _content_length(request)
        if length > (most := self._application.body_bytes(request)):
            raise HttpError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"body: expected at most {most:,} bytes, found {length:,}"
            )
        if length:
            if "expect" in request.headers:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = await self._read_body(reader, length)
            request = Request(request.method, request.path, request.query, request.headers, request.client, body)
        response = await self._respond(request)
        keep_alive = keep_alive and not self._closing
        await self._send(writer, response, keep_alive, with_body=request.method != "HEAD")
        return keep_alive

    async def _read_head(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[Request, bool]:
        """A request without its body, and whether the connection stays open after it."""
        line = first + await self._read_line(reader) if first.isalpha() else first
        match = _REQUEST_LINE.fullmatch(line)
        if match is None:
            raise HttpError(HTTPStatus.BAD_REQUEST, "expected a request line of HTTP/1.1, found something else")
        method, (path, _, query) = match[1].decode(), match[2].decode().partition("?")
        headers: dict[str, str] = {}
        size, count = len(line), 0
        while (line := await self._read_line(reader)) != b"\r\n":
            size, count = size + len(line), count + 1
            if size > self._limits.head_bytes or count > self._limits.head_lines:
                raise HttpError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too large")
            header = _HEADER_LINE.fullmatch(line)
            if header is None:
                raise HttpError(HTTPStatus.BAD_REQUEST, f"header line {count}: expected NAME: VALUE")
            name, value = header[1].decode().lower(), header[2].strip(b" \t").decode("latin-1")
            if name in headers and name in _SINGLE:
                raise HttpError(HTTPStatus.BAD_REQUEST, f"header {name}: expected once, found twice")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        client = (writer.get_extra_info("peername") or [""])[0]
        keep_alive = match[3] == b"1" and "close" not in headers.get("connection", "").lower()
        return Request(method, unquote(path), query, headers, client), keep_alive

    async def _read_line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise HttpError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too large") from None
        except asyncio.IncompleteReadError:
            raise HttpError(HTTPStatus.BAD_REQUEST, "the request's head is not complete") from None

    async def _read_body(self, reader: asyncio.StreamReader, length: int) -> bytes:
        try:
            return await _within(self._limits.body_seconds, reader.readexactly(length))
        except TimeoutError:
            raise HttpError(HTTPStatus.REQUEST_TIMEOUT, "body: took too long") from None
        except asyncio.IncompleteReadError as error:
            found = len(error.partial)
            raise HttpError(HTTPStatus.BAD_REQUEST, f"body: expected {length} bytes, found {found}") from None

    async def _respond(self, request: Request) -> Response:
        try:
            return await _within(self._limits.response_seconds, self._application.respond(request))
        except HttpError as error:
            return error.response()
        except TimeoutError:
            return HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "the response took too long").response()
        except Exception as error:  # a bug; its traceback is for the log, not for the client
            traceback.print_exception(error, file=sys.stderr)
            return HttpError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error; see the server's log").response()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, error: HttpError) -> None:
        """Send an error and read the rest of the request; see ``_LINGER_SECONDS``."""
        await self._send(writer, error.response(), keep_alive=False)
        writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while await reader.read(1 << 16):
                    pass

    async def _send(
        self, writer: asyncio.StreamWriter, response: Response, keep_alive: bool, with_body: bool = True
    ) -> None:
        headers = {
            **self._application.headers(),
            **response.headers,
            "Date": formatdate(usegmt=True),
            "Content-Length": str(len(response.body)),
            "Connection": "keep-alive" if keep_alive else "close",
        }
        if response.status == HTTPStatus.NOT_MODIFIED:
            del headers["Content-Length"]
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + (response.body if with_body else b""))
        await _within(self._limits.send_seconds, writer.drain())


async def _within(seconds: float, awaitable: Any) -> Any:
    async with asyncio.timeout(seconds):
        return await awaitable


def _content_length(request: Request) -> int:
    """The length of the body; 0 without one."""
    if "transfer-encoding" in request.headers:
        raise HttpError(HTTPStatus.LENGTH_REQUIRED, "expected a body with Content-Length, found Transfer-Encoding")
    text = request.headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise HttpError(HTTPStatus.BAD_REQUEST, f"Content-Length: expected a number, found {text[:40]!r}")
    if request.headers.get("expect", "100-continue").lower() != "100-continue":
        raise HttpError(HTTPStatus.EXPECTATION_FAILED, "Expect: only 100-continue is supported")
    return int(text)

"""A server in a thread, and a client that sends it any bytes."""

import asyncio
import contextlib
import json
import socket
import threading
from typing import NamedTuple

from apps.web.server.http import HttpServer, Limits

#: Seconds after which a server counts as hanging.
TIMEOUT = 30


class Answer(NamedTuple):
    """An answer of the server."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """Sends requests to a port of this computer."""

    def __init__(self, port):
        self.port = port

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)

    def send(self, request):
        """The answer to the bytes of a request, on a connection of its own."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):  # the server may answer and close before it has read everything
                connection.sendall(request)
            with connection.makefile("rb") as stream:
                return read_answer(stream)

    def get(self, path, *headers):
        return self.send(_head(f"GET {path}", *headers))

    def post(self, path, body, kind="application/json", *headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(
            _head(f"POST {path}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", *headers) + content
        )


def _head(line, *headers):
    return "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]).encode()


def read_answer(stream, *, with_body=True):
    """The next answer on a connection; None if that is closed."""
    line = stream.readline()
    if not line:
        return None
    headers = {}
    while (header := stream.readline()) not in (b"\r\n", b""):
        name, _, value = header.decode().strip().partition(": ")
        headers[name.lower()] = value
    length = int(headers.get("content-length", 0)) if with_body else 0
    return Answer(int(line.split()[1]), headers, stream.read(length))


@contextlib.contextmanager
def serving(application, limits=None):
    """Serve an application in a thread; a client of it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(TIMEOUT)

    server = HttpServer(application, limits or Limits())
    try:
        yield Client(run(server.start("127.0.0.1", 0)))
    finally:
        run(server.close(seconds=0))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT)
        loop.close()

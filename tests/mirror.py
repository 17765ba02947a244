"""A mirror of MNIST on loopback that can send wrong answers."""

import gzip
import http.server
import socket
import struct
import threading

#: Wrong answers after which a client tries the next mirror, and those after which it tries the same one again.
PERMANENT = ("html", "wrong_bytes", "refuse", "redirect")
TRANSIENT = ("cut", "claim_less", "stall", "drip", "hang_up", "reset", "wrong_protocol")


class Server(http.server.ThreadingHTTPServer):
    """A mirror on loopback.

    Attributes:
        files: the contents that it serves, by name.
        behaviour: a method of ``_Handler`` for each request; the last one is for all that follow.
        requests: the names that were requested.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.behaviour = ["well"]
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Its entry in ``MIRRORS``."""
        return f"http://127.0.0.1:{self.server_port}/mnist/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients close their connections to it, as they should."""

    def close(self) -> None:
        """Stop it, and the requests that it holds open."""
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.removeprefix("/mnist/").removesuffix(".gz")
        self.server.requests.append(name)
        behaviours = self.server.behaviour
        getattr(self, behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self.server.files[name])

    def answer(self, content: bytes, length: int | None = None, *, send_length: bool = True) -> None:
        self.send_response(200)
        if send_length:
            self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def well(self, raw: bytes) -> None:
        self.answer(gzip.compress(raw))

    def without_length(self, raw: bytes) -> None:
        self.answer(gzip.compress(raw), send_length=False)

    def cut(self, raw: bytes) -> None:
        content = gzip.compress(raw)
        self.answer(content[: len(content) // 2], length=len(content))

    def claim_less(self, raw: bytes) -> None:
        content = gzip.compress(raw)
        self.answer(content, length=len(content) // 2)

    def claim_more(self, raw: bytes) -> None:
        content = gzip.compress(raw)
        self.answer(content, length=len(content) + 1000)

    def stall(self, raw: bytes) -> None:
        self.answer(b"\x1f\x8b", length=1000)
        self.wfile.flush()
        self.server.closing.wait(10)

    def drip(self, raw: bytes) -> None:
        content = gzip.compress(raw)
        self.answer(b"", length=len(content))
        for index in range(len(content)):
            self.wfile.write(content[index : index + 1])
            if self.server.closing.wait(0.02):
                break

    def hang_up(self, raw: bytes) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self, raw: bytes) -> None:
        self.answer(b"\x1f\x8b", length=1000)
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())

    def wrong_protocol(self, raw: bytes) -> None:
        self.wfile.write(b"SSH-2.0\r\n\r\n")

    def html(self, raw: bytes) -> None:
        self.answer(b"<!doctype html><title>Log in to this network</title>")

    def wrong_bytes(self, raw: bytes) -> None:
        self.answer(gzip.compress(bytes(len(raw))))

    def bomb(self, raw: bytes) -> None:
        self.answer(gzip.compress(raw + bytes(16 << 20), compresslevel=1))

    def refuse(self, raw: bytes) -> None:
        self.send_error(503)

    def redirect(self, raw: bytes) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

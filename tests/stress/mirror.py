"""A mirror on loopback that misbehaves as it is told."""

import gzip
import http.server
import socket
import struct
import threading

#: What it may do to be left for the next mirror, and what may go better the next time.
LASTING = ("html", "wrong_bytes", "refuse", "redirect")
PASSING = ("cut", "claim_less", "stall", "drip", "hang_up", "reset", "speak_rubbish")


class Server(http.server.ThreadingHTTPServer):
    """A mirror on loopback. ``behaviour`` says what it does when asked, ``asked`` what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.behaviour = ["well"]  # the last one stays
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """What stands in ``MIRRORS`` for it."""
        return f"http://127.0.0.1:{self.server_port}/mnist/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on it, as they should."""

    def close(self) -> None:
        """End it, and whatever it keeps waiting."""
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.removeprefix("/mnist/").removesuffix(".gz")
        self.server.asked.append(name)
        behaviours = self.server.behaviour
        getattr(self, behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self.server.files[name])

    def answer(self, content: bytes, length: int | None = None, *, tell: bool = True) -> None:
        self.send_response(200)
        if tell:
            self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def well(self, raw: bytes) -> None:
        self.answer(gzip.compress(raw))

    def without_length(self, raw: bytes) -> None:
        self.answer(gzip.compress(raw), tell=False)

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

    def speak_rubbish(self, raw: bytes) -> None:
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

"""A mirror of data sets on loopback that can send wrong answers."""

import contextlib
import gzip
import http.server
import socket
import struct
import threading

#: Wrong answers after which a client tries the next mirror, and those after which it tries the same one again.
PERMANENT = (
    *("html", "wrong_bytes", "refuse", "redirect", "claim_less", "endless", "endless_name", "endless_members"),
    *("redirect_empty_label", "redirect_bracket", "redirect_port", "redirect_ftp", "redirect_file", "redirect_nowhere"),
    *("endless_redirect", "endless_continue", "endless_trailers"),
)
TRANSIENT = ("cut", "hang_up", "reset", "wrong_protocol", "long_header", "many_headers", "wrong_chunk", "cut_chunk")

#: Answers that send a little now and then, for ever: a client needs a limit on the whole time. One that sends nothing.
SLOW = ("drip", "drip_status", "drip_headers", "drip_chunk_size", "drip_trailers", "drip_continue")
STALL = "stall"


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
        """Its entry among the mirrors of a data set."""
        return f"http://127.0.0.1:{self.server_port}/sets/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients close their connections to it, as they should."""

    def close(self) -> None:
        """Stop it, and the requests that it holds open."""
        self.closing.set()
        self.shutdown()
        self.server_close()


@contextlib.contextmanager
def running():
    """A server in a thread."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.close()
    thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.close_connection = True
        name = self.path.rpartition("/")[2]
        self.server.requests.append(name)
        behaviours = self.server.behaviour
        getattr(self, behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self.server.files[name])

    def answer(self, content: bytes, length: int | None = None, **headers: str) -> None:
        """Send contents with a length, or with other headers."""
        self.send_response(200)
        for name, value in (headers or {"Content-Length": str(length or len(content))}).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def repeat(self, content: bytes, *, pause: float = 0.0) -> None:
        """Send contents again and again, until the client has had enough or the server is closed."""
        while not self.server.closing.wait(pause):
            self.wfile.write(content)

    def well(self, content: bytes) -> None:
        self.answer(content)

    def without_length(self, content: bytes) -> None:
        self.answer(content, Connection="close")

    def chunked(self, content: bytes) -> None:
        half = len(content) // 2
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (content[:half], content[half:], b""))
        self.answer(chunks, Transfer_Encoding="chunked")

    def claim_more(self, content: bytes) -> None:
        self.answer(content, length=len(content) + 1000)

    def redirected(self, content: bytes) -> None:
        if self.path.startswith("/sets/"):
            self.redirect_to(f"http://127.0.0.1:{self.server.server_port}/moved{self.path}")
        else:
            self.well(content)

    # Wrong answers

    def html(self, content: bytes) -> None:
        self.answer(b"<!doctype html><title>Log in to this network</title>")

    def wrong_bytes(self, content: bytes) -> None:
        self.answer(gzip.compress(bytes(len(content))))

    def refuse(self, content: bytes) -> None:
        self.send_error(503)

    def claim_less(self, content: bytes) -> None:
        self.answer(content, length=len(content) // 2)

    def endless(self, content: bytes) -> None:
        self.answer(content, Connection="close")
        self.repeat(bytes(1 << 16))

    def endless_name(self, content: bytes) -> None:
        self.answer(b"\x1f\x8b\x08\x08" + bytes(6), Connection="close")
        self.repeat(b"a" * (1 << 16))

    def endless_members(self, content: bytes) -> None:
        self.answer(b"", Connection="close")
        self.repeat(gzip.compress(b"") * 4096)

    def redirect_to(self, target: str, length: int = 0) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def redirect(self, content: bytes) -> None:
        self.redirect_to(self.path)

    def redirect_empty_label(self, content: bytes) -> None:
        self.redirect_to("http://a..b/")

    def redirect_bracket(self, content: bytes) -> None:
        self.redirect_to("http://[::1/")

    def redirect_port(self, content: bytes) -> None:
        self.redirect_to("http://127.0.0.1:http/")

    def redirect_ftp(self, content: bytes) -> None:
        self.redirect_to("ftp://127.0.0.1/file")

    def redirect_file(self, content: bytes) -> None:
        self.redirect_to("file:///etc/hostname")

    def redirect_nowhere(self, content: bytes) -> None:
        self.redirect_to("http://")

    def endless_redirect(self, content: bytes) -> None:
        self.redirect_to(self.path, length=1 << 60)
        self.repeat(bytes(1 << 16))

    def endless_continue(self, content: bytes) -> None:
        self.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    def endless_trailers(self, content: bytes) -> None:
        self.answer(b"%x\r\n%b\r\n0\r\n" % (len(content), content), Transfer_Encoding="chunked")
        self.repeat(b"Trailer: a\r\n" * 4096)

    # Incomplete answers

    def cut(self, content: bytes) -> None:
        self.answer(content[: len(content) // 2], length=len(content))

    def hang_up(self, content: bytes) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self, content: bytes) -> None:
        self.answer(b"\x1f\x8b", length=1000)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())

    def wrong_protocol(self, content: bytes) -> None:
        self.wfile.write(b"SSH-2.0\r\n\r\n")

    def long_header(self, content: bytes) -> None:
        self.answer(content, Long="a" * (1 << 17))

    def many_headers(self, content: bytes) -> None:
        self.answer(content, **{f"Header{number}": "" for number in range(1000)})

    def wrong_chunk(self, content: bytes) -> None:
        self.answer(b"many\r\nbytes", Transfer_Encoding="chunked")

    def cut_chunk(self, content: bytes) -> None:
        self.answer(b"%x\r\n%b" % (len(content), content[:-1]), Transfer_Encoding="chunked")

    # Slow answers

    def stall(self, content: bytes) -> None:
        self.answer(b"\x1f\x8b", length=1000)
        self.server.closing.wait(10)

    def drip(self, content: bytes) -> None:
        self.answer(b"", length=1 << 20)
        self.repeat(b"\x1f", pause=0.001)

    def drip_status(self, content: bytes) -> None:
        self.repeat(b"H", pause=0.001)

    def drip_headers(self, content: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nServer: ")
        self.repeat(b"a", pause=0.001)

    def drip_continue(self, content: bytes) -> None:
        self.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.001)

    def drip_chunk_size(self, content: bytes) -> None:
        self.answer(b"1;", Transfer_Encoding="chunked")
        self.repeat(b"a", pause=0.001)

    def drip_trailers(self, content: bytes) -> None:
        self.answer(b"%x\r\n%b\r\n0\r\n" % (len(content), content), Transfer_Encoding="chunked")
        self.repeat(b"Trailer: a\r\n", pause=0.001)

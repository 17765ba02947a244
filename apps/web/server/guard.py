"""Which requests are trusted: those of this computer, and of the server's own page.

Any web page may send requests to a server on loopback. It may do so by a name of its own that it points to 127.0.0.1
(DNS rebinding), so the ``Host`` has to be known. Or it may post to the server's address (cross-site request forgery),
so an ``Origin`` has to be the server's. Programs such as curl send no ``Origin``.
"""

import ipaddress
import re
from collections.abc import Collection
from http import HTTPStatus

from apps.web.server.http import HttpError, Request

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::[0-9]{1,5})?")

#: Headers of every response: only the server's own files run, and no other site embeds or reads anything.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Checks where requests come from.

    Args:
        host: the address or name that the server listens on. On loopback only loopback addresses and ``localhost`` are
            valid hosts; elsewhere every address is, as a page can't make an address its own name.
        names: further valid names.
    """

    def __init__(self, host: str, names: Collection[str] = ()) -> None:
        self._loopback = is_loopback(host)
        self._names = {name.lower() for name in ("localhost", host, *names)}

    def check(self, request: Request) -> None:
        """Check ``Host`` and ``Origin``.

        Raises:
            HttpError: 400 or 421 for the host, 403 for the origin.
        """
        host = request.headers.get("host", "")
        match = _HOST.fullmatch(host)
        if match is None:
            raise HttpError(HTTPStatus.BAD_REQUEST, "Host: expected an address or a name")
        if not self._is_own(match[1] or match[2]):
            raise HttpError(HTTPStatus.MISDIRECTED_REQUEST, f"Host: {host[:80]} is not this server")
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            raise HttpError(HTTPStatus.FORBIDDEN, f"Origin: {origin[:80]} may not use this server")
        safe = request.method in ("GET", "HEAD")
        if not safe and request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise HttpError(HTTPStatus.FORBIDDEN, "a page of another site may not use this server")

    def _is_own(self, host: str) -> bool:
        if host.lower() in self._names:
            return True
        return is_loopback(host) if self._loopback else _address(host) is not None


def is_loopback(host: str) -> bool:
    """Whether an address or a name is of this computer.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    address = _address(host)
    if address is None:
        return host.lower() == "localhost"
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

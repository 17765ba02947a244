"""The page's files. Only files that were in the folder at the start are served, so no path leads out of it."""

import hashlib
from http import HTTPStatus
from pathlib import Path

from apps.web.server.http import HttpError, Request, Response

#: The media types by suffix, which browsers check; files with other suffixes are not served.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


class Files:
    """Serves files.

    Args:
        page: the folder of the page; ``index.html`` is served at ``/``.
    """

    def __init__(self, page: Path) -> None:
        found = [path for path in sorted(page.rglob("*")) if path.suffix in TYPES and not path.is_symlink()]
        self._paths = {f"/{path.relative_to(page).as_posix()}": path for path in found if path.is_file()}
        if "/index.html" in self._paths:
            self._paths["/"] = self._paths["/index.html"]

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def respond(self, request: Request) -> Response:
        """The file of a path, or 304 if the client has it.

        Raises:
            HttpError: there is no such file.
        """
        path = self._paths.get(request.path)
        try:
            content = path.read_bytes() if path is not None else None
        except OSError:  # removed since
            content = None
        if path is None or content is None:
            raise HttpError(HTTPStatus.NOT_FOUND, f"{request.path[:80]}: not found")
        return file_response(request, content, TYPES[path.suffix])


def file_response(request: Request, content: bytes, kind: str) -> Response:
    """A response with the content of a file, or 304 if the client has it; ``kind`` is its media type."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Content-Type": kind, "Cache-Control": "no-cache", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers)

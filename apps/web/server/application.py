"""The application of ``digits web``: serves the page and the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from apps.models import Model, ModelFolder
from apps.web.server import bodies, guard, openapi
from apps.web.server.engine import Engine, Ink
from apps.web.server.files import Files, file_response
from apps.web.server.http import HttpError, Request, Response
from apps.web.server.parameters import parse_query
from apps.web.server.routes import ROUTES, Call, Route
from nn.errors import CheckpointError

_PATHS = {path: {route.method: route for route in ROUTES if route.path == path} for path in {r.path for r in ROUTES}}

OPENAPI = "/openapi.json"


class DigitsApplication:
    """Responds to requests for the page's files, the OpenAPI document and the API; see ``http.Application``.

    Args:
        models: that requests may choose from.
        page: the folder of the page.
        host: the address or name that the server listens on.
        names: further names of the server; see `Guard`.
    """

    def __init__(self, models: ModelFolder, page: Path, host: str, names: Collection[str] = ()) -> None:
        self.engine = Engine(models)
        self._guard = guard.Guard(host, names)
        self._files = Files(page)

    def headers(self) -> Mapping[str, str]:
        """Headers of every response."""
        return guard.HEADERS

    def body_bytes(self, request: Request) -> int:
        """The maximum size of the request's body.

        Raises:
            HttpError: the request is rejected because of its head.
        """
        self._guard.check(request)
        route = self._route(request)
        if route is None or not route.body:
            return 0
        if request.content_type not in route.body:
            found = request.content_type[:40] or "none"
            raise HttpError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type: expected {' or '.join(route.body)}, found {found}"
            )
        return bodies.BODY_BYTES[request.content_type]

    async def respond(self, request: Request) -> Response:
        """The response to a request with its body.

        Raises:
            HttpError: the request is invalid, or the model can't be used.
        """
        route = self._route(request)
        if route is None:
            return Response.json(openapi.document()) if request.path == OPENAPI else self._files.respond(request)
        try:
            parameters = parse_query(request.query, route.parameters)
            model = self._model(parameters)
            ink = Ink(request.headers.get("content-type", ""), request.body)
            call = Call(model, ink, parameters, guard.is_loopback(request.client))
            result = await route.handler(self.engine, call)
            if isinstance(result, bytes):
                return file_response(request, result, route.response)
            return Response.json(result)
        except (CheckpointError, FloatingPointError) as error:  # of the model, not of the request
            message = str(error).replace(str(model.path), model.name)
            raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, message) from None
        except ValueError as error:
            raise HttpError(HTTPStatus.BAD_REQUEST, error) from None
        except LookupError as error:
            raise HttpError(HTTPStatus.NOT_FOUND, error) from None
        except MemoryError:
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large for this machine's memory") from None

    def _route(self, request: Request) -> Route | None:
        """The API's route; None for a file."""
        methods = _PATHS.get(request.path, {})
        method = "GET" if request.method == "HEAD" else request.method
        if method in methods:
            route = methods[method]
            if route.loopback and not guard.is_loopback(request.client):
                raise HttpError(HTTPStatus.FORBIDDEN, f"{route.path}: only for this computer")
            return route
        if not methods and method == "GET":
            return None
        if not methods and request.path != OPENAPI and request.path not in self._files:
            raise HttpError(HTTPStatus.NOT_FOUND, f"{request.path[:80]}: not found")
        allowed = ", ".join(methods or ("GET",))
        raise HttpError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{request.path[:80]}: expected {allowed}, found {method}",
            {"Allow": allowed},
        )

    def _model(self, parameters: Mapping[str, Any]) -> Model:
        models = self.engine.models
        name = parameters.get("model")
        if name is None:
            return models.current
        found = next((model for model in models.all if model.name == name), None)
        if found is None:
            names = ", ".join(model.name for model in models.all)
            raise LookupError(f"model {name[:40]!r} is not known; expected: {names}")
        return found

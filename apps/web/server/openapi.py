"""The API as an OpenAPI 3.1 document, made of the table in routes.py."""

from typing import Any

from apps.web.server import bodies
from apps.web.server.parameters import Parameter
from apps.web.server.routes import ROUTES, Route

VERSION = "1.0.0"


def document() -> dict[str, Any]:
    """The document as JSON values."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Digit recognizer",
            "version": VERSION,
            "description": "Recognizes handwritten digits in drawings and pictures.",
        },
        "paths": paths,
        "components": {"schemas": _SCHEMAS},
    }


def _operation(route: Route) -> dict[str, Any]:
    kind, schema = bodies.JSON, _reference(route.response)
    if "/" in route.response:
        kind, schema = route.response, {"type": "string", "format": "binary"}
    responses = {"200": {"description": "The result.", "content": {kind: {"schema": schema}}}}
    errors = ["400", "421"] + ["403"] * bool(route.body is not None or route.loopback)
    errors += ["413", "415"] * bool(route.body) + ["404", "503"] * bool(route.parameters)
    for status in sorted(errors):
        responses[status] = {"description": _ERRORS[status], "content": {bodies.JSON: {"schema": _reference("Error")}}}
    operation = {
        "operationId": route.path.rpartition("/")[2],
        "summary": route.summary,
        "parameters": [_parameter(each) for each in route.parameters],
        "responses": responses,
    }
    if route.body:
        content = {kind: {"schema": _body(kind, name)} for kind, name in route.body.items()}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name, "in": "query", "required": False, "description": parameter.description,
        "schema": parameter.schema,
    }  # fmt: skip


def _body(kind: str, name: str) -> dict[str, Any]:
    if kind == bodies.JSON:
        return _reference(name)
    if kind == bodies.FORM:
        return {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    return {"type": "string", "format": "binary"}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "properties": required | optional, "required": list(required)}


def _array(items: dict[str, Any], least: int | None = None, most: int | None = None) -> dict[str, Any]:
    limits = {"minItems": least, "maxItems": most}
    return {"type": "array", "items": items} | {name: limit for name, limit in limits.items() if limit is not None}


_ERRORS = {
    "400": "The request is invalid.",
    "403": "The request comes from another site, or from another computer.",
    "404": "There is no such model, or what it needs is not on the server.",
    "413": "The body is too large.",
    "415": "The body is of another type.",
    "421": "The host is not this server.",
    "503": "The model can't be loaded, or its corrections can't be written.",
}

_TEXT, _NUMBER, _COUNT = {"type": "string"}, {"type": "number"}, {"type": "integer", "minimum": 0}
_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
_LABEL = {"type": ["integer", "null"], "minimum": 0, "maximum": 9}
_STROKE = _array(_array({"type": "number", "minimum": -1e9, "maximum": 1e9}, 2, 2), 1)
_PREDICTION = {
    "label": _LABEL | {"description": "The digit; null if the ink was rejected."},
    "reason": {
        "enum": ["blank", "a dot", "not a digit", "several digits", None],
        "description": "Why the ink was rejected.",
    },
    "confidence": _PROBABILITY | {"description": "The highest of the probabilities."},
    "digit_probability": _PROBABILITY | {"description": "The probability that the ink is a digit."},
    "probabilities": _array(_PROBABILITY, 10, 10),
}
_BOX = _array(_NUMBER, 4, 4) | {"description": "Left, top, right and bottom."}
_IGNORED = _array(_BOX) | {"description": "What was left out of a picture as foreign ink, in its pixels; if any."}
_IMAGE = _array(_array(_PROBABILITY, 28, 28), 28, 28) | {"description": "The network's input."}

_SCHEMAS = {
    "Error": _object({"error": _TEXT}),
    "Drawing": _object(
        {
            "strokes": _array(_STROKE, most=bodies.MAX_STROKES)
            | {"description": "Lists of points [x, y]; x to the right, y down, in any unit."}
        }
    ),
    "Samples": _object(
        {
            "samples": _array(
                _object({"strokes": _array(_STROKE, 1, bodies.MAX_STROKES), "label": _LABEL}), 1, bodies.MAX_SAMPLES
            )
        }
    ),
    "Prediction": _object(_PREDICTION, image=_IMAGE, ignored=_IGNORED, page=_reference("Page")),
    "Line": _object(
        {
            "text": _TEXT | {"description": "The digits' labels; ? for a rejected one."},
            "confidence": _PROBABILITY,
            "digits": _array(_object({"box": _BOX, **_PREDICTION}, image=_IMAGE)),
            "marks": _array(_object({"text": {"enum": [".", ",", "'", "-"]}, "box": _BOX}))
            | {"description": "The points, commas, apostrophes and minus signs of a picture."},
        }
    ),
    "Page": _object(
        {
            "text": _TEXT | {"description": "The text of the lines, joined by newlines."},
            "confidence": _PROBABILITY,
            "lines": _array(_reference("Line")) | {"description": "From top to bottom."},
        }
    ),
    "Recognized": {"anyOf": [_reference("Prediction"), _reference("Line"), _reference("Page")]},
    "Models": _object(
        {
            "default": _TEXT,
            "can_learn": {"type": "boolean"},
            "models": _array(_object({"name": _TEXT, "bytes": _COUNT, "weights": _TEXT})),
        }
    ),
    "Nearest": _object(
        {
            "neighbours": _array(
                _object(
                    {
                        "number": _COUNT,
                        "label": {"type": "integer", "minimum": 0, "maximum": 9},
                        "similarity": _NUMBER,
                        "image": _array(_array({"type": "integer", "minimum": 0, "maximum": 255}, 28, 28), 28, 28),
                    }
                )
            )
        }
    ),
    "Learned": _object({"before": _PROBABILITY, "after": _PROBABILITY, "seconds": _NUMBER, "corrections": _COUNT}),
    "Undone": _object({"undone": {"type": "boolean"}, "corrections": _COUNT}),
}

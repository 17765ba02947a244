"""The OpenAPI document describes what the routes do."""

import json

import pytest

from apps.web.server import bodies, openapi
from apps.web.server.routes import ROUTES
from tests.apps.web.server.test_routes import SEVEN


def validate(schema, value, path="answer"):
    """A small validator of the JSON schemas that the document uses."""
    if "$ref" in schema:
        schema = openapi.document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            try:
                return validate(each, value, path)
            except AssertionError as error:
                last = error
        raise last
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    types = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "null": type(None)}
    types["boolean"] = bool
    assert not kinds or any(isinstance(value, types[kind]) for kind in kinds), path
    assert value in schema.get("enum", [value]), path
    if isinstance(value, dict):
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), path
        for name, each in value.items():
            validate(schema["properties"][name], each, f"{path}.{name}")
    elif isinstance(value, list):
        assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)), path
        for each in value:
            validate(schema["items"], each, f"{path}[]")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value), path
    return None


def test_the_document_lists_the_routes(client):
    answer = client.get("/openapi.json")
    assert answer.json == json.loads(json.dumps(openapi.document()))
    found = {(method.upper(), path) for path, methods in answer.json["paths"].items() for method in methods}
    assert found == {(route.method, route.path) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_each_route_answers_what_the_document_says(client, route):
    operation = openapi.document()["paths"][route.path][route.method.lower()]
    example = {"Drawing": {"strokes": SEVEN}, "Samples": {"samples": [{"strokes": SEVEN, "label": 7}]}, None: None}
    body = example[(route.body or {}).get(bodies.JSON)]
    content = b"" if body is None else body
    answer = client.get(route.path) if route.method == "GET" else client.post(route.path, content)
    assert answer.status == 200, answer.body
    ((kind, content),) = operation["responses"]["200"]["content"].items()
    assert answer.headers["content-type"] == kind
    if kind == "application/json":
        validate(content["schema"], answer.json)


def test_errors_are_described(client):
    schemas = openapi.document()["components"]["schemas"]
    for answer in (client.get("/v1/models?a=b"), client.post("/v1/recognize", b"x"), client.get("/nothing")):
        assert answer.status in (400, 404)
        validate(schemas["Error"], answer.json)


def test_lines_and_images_follow_their_schemas(client):
    schema = openapi.document()["components"]["schemas"]
    validate(schema["Line"], client.post("/v1/recognize?mode=line&image=true", {"strokes": SEVEN}).json)
    validate(schema["Prediction"], client.post("/v1/recognize?image=true", {"strokes": []}).json)


def test_the_validator_finds_errors():
    schema = openapi.document()["components"]["schemas"]["Undone"]
    validate(schema, {"undone": True, "corrections": 1})
    for wrong in ({"undone": True}, {"undone": 1, "corrections": 1}, {"undone": True, "corrections": -1}, []):
        with pytest.raises(AssertionError):
            validate(schema, wrong)


def test_each_parameter_and_body_is_described():
    for route in ROUTES:
        operation = openapi.document()["paths"][route.path][route.method.lower()]
        assert [each["name"] for each in operation["parameters"]] == [each.name for each in route.parameters]
        assert list(operation.get("requestBody", {}).get("content", {})) == list(route.body or {})
        assert operation["summary"].endswith(".")

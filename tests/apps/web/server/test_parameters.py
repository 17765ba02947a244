"""Parameters of the query."""

import pytest

from apps.web.server.parameters import Parameter, parse_query

MODE = Parameter("mode", "", {"type": "string", "enum": ["digit", "line"], "default": "digit"})
COUNT = Parameter("count", "", {"type": "integer", "minimum": 1, "maximum": 32, "default": 8})
IMAGE = Parameter("image", "", {"type": "boolean", "default": False})
MODEL = Parameter("model", "", {"type": "string"})
ALL = (MODE, COUNT, IMAGE, MODEL)


def test_missing_parameters_have_their_defaults():
    assert parse_query("", ALL) == {"mode": "digit", "count": 8, "image": False, "model": None}


def test_values_have_the_types_of_the_schemas():
    found = parse_query("mode=line&count=32&image=true&model=a%20b", ALL)
    assert found == {"mode": "line", "count": 32, "image": True, "model": "a b"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("mode=word", "parameter mode: expected digit or line, found 'word'"),
        ("mode=", "parameter mode: expected digit or line, found ''"),
        ("count=0", "parameter count: expected 1 to 32, found '0'"),
        ("count=33", "parameter count: expected 1 to 32, found '33'"),
        ("count=1e1", "parameter count: expected 1 to 32, found '1e1'"),
        ("count=%D9%A3", "parameter count: expected 1 to 32, found '\u0663'"),
        ("image=1", "parameter image: expected true or false, found '1'"),
        ("mode=line&mode=line", "parameter mode: expected once, found twice"),
        ("size=3", "parameter 'size' is not known; expected: mode, count, image, model"),
    ],
)
def test_others_are_errors(query, message):
    with pytest.raises(ValueError) as caught:
        parse_query(query, ALL)
    assert str(caught.value) == message

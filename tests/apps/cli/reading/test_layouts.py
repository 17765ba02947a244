import json

import pytest

from apps.cli.reading.layouts import page_to_dict
from tests.apps.cli.reading.pages import PAGE


def test_a_page_has_its_lines_with_their_tokens():
    answer = json.loads(json.dumps(page_to_dict(PAGE)))
    assert (answer["text"], answer["confidence"]) == ("15\n?", pytest.approx(0.91**3))
    first, second = answer["lines"]
    assert (first["text"], second["text"]) == ("15", "?")
    assert [token["text"] for token in first["tokens"]] == ["1", ".", "5"]
    assert first["tokens"][0] == {"text": "1", "box": [10.0, 10.0, 20.0, 40.0], "confidence": pytest.approx(0.91)}
    assert first["tokens"][1]["confidence"] is None

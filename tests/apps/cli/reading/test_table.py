import csv

import pytest

from apps.cli.reading.layouts import page_to_dict
from apps.cli.reading.table import open_table
from tests.apps.cli.reading.pages import PAGE


def test_each_line_has_a_row(tmp_path):
    path = tmp_path / "table.csv"
    with open_table(path) as add:
        add([{"file": "a, b.png"} | page_to_dict(PAGE), {"file": "c.png", "error": "c.png: no"}])
        add([{"file": "d.png", "label": 7, "confidence": 0.5, "probabilities": []}])
        add([{"file": "e.png", "label": None, "confidence": None, "reason": "blank", "probabilities": []}])
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["text"]) for row in rows] == [
        ("a, b.png", "1", "15"), ("a, b.png", "2", "?"), ("d.png", "1", "7"),
    ]  # fmt: skip
    assert rows[0]["tokens"] == "1 . 5"
    assert rows[0]["boxes"] == "10:10:20:40 25:35:29:40 40:10:60:40"
    assert float(rows[0]["confidence"]) == pytest.approx(0.91**2)


def test_a_table_that_is_interrupted_replaces_nothing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("file,line,earlier\n")
    table = open_table(path)
    table.__enter__()([{"file": "a.png"} | page_to_dict(PAGE)])
    assert not table.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert path.read_text() == "file,line,earlier\n"


def test_no_table_is_asked_for():
    with open_table(None) as add:
        add([{"file": "a.png"} | page_to_dict(PAGE)])

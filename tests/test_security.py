"""SECURITY.md: each promise names its test, which exists."""

import re

import pytest

from tests.processes import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def promises(text):
    """The promises of all tables with a column "test", each with the text that names its test."""
    column = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        heads = [place for place, cell in enumerate(cells) if cell.startswith("test")]
        if not cells:
            column = None
        elif column is None:
            column = heads[0] if heads else None
        elif not line.startswith("|---"):
            yield line, cells[column]


def problems(test):
    """What is wrong with the name of a test: ``` `tests/nn/test_text.py`, `-k escapes` ``` or a command."""
    paths = [word for quoted in re.findall("`([^`]+)`", test) for word in quoted.split() if word.endswith(".py")]
    files = [next((p for p in (ROOT / path, ROOT / "tests" / "stress" / path) if p.is_file()), None) for path in paths]
    if not paths:
        return "names no test"
    if None in files:
        return f"{paths[files.index(None)]} does not exist"
    for path, words in re.findall("`([^`]+[.]py)`, `-k ([^`]+)`", test):
        text = files[paths.index(path)].read_text(encoding="utf-8")
        if not re.search(rf"def test_\w*{words}|[\"']{words}[\"']", text):
            return f"{path} has no test of {words}"
    return ""


@pytest.mark.parametrize(("promise", "test"), list(promises(TEXT)))
def test_each_promise_names_a_test_that_exists(promise, test):
    assert not problems(test), promise


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("", "names no test"),
        ("`tests/test_nothing.py`", "tests/test_nothing.py does not exist"),
        ("`tests/nn/test_text.py`, `-k nothing`", "tests/nn/test_text.py has no test of nothing"),
        ("`tests/nn/test_text.py`", ""),
    ],
)
def test_missing_tests_are_noticed(test, problem):
    assert problems(test) == problem


def test_all_tables_are_read():
    assert (
        len(list(promises(TEXT)))
        == TEXT.count("\n| ") - TEXT.count("| test") - TEXT.count("\n| operation | points |") - 5
    )


@pytest.mark.parametrize(
    "source",
    [
        *("weights", "checkpoints", "data sets", "drawings", "pictures", "clipboard", "stroke sets", "settings"),
        *("downloads", "names", "environment", "requests", "recipes", "networks of other programs"),
    ],
)
def test_the_model_of_trust_names_each_source(source):
    table = TEXT.partition("## Model of trust")[2].partition("\n## ")[0]
    assert re.search(rf"^\| (the )?{source}", table, re.MULTILINE)

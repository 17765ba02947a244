"""Copying code into pages."""

import pytest

from scripts import docs_code

SOURCE = '''"""A module."""

import functools


@functools.cache
def first(x):
    # Why.
    return x + 1


class Second:
    """A class."""

    def method(self):
        """Text."""
        return 2
'''
PAGE = "Before\n\n<!-- code: a.py {} -->\nold\n<!-- end of code -->\n\nAfter\n"


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setattr(docs_code, "ROOT", tmp_path)
    (tmp_path / "a.py").write_text(SOURCE)
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs" / "page.md"


def test_a_function_comes_with_its_decorators_and_comments():
    assert docs_code.definition(SOURCE, "first") == "@functools.cache\ndef first(x):\n    # Why.\n    return x + 1"


def test_a_method_loses_its_indentation():
    assert docs_code.definition(SOURCE, "Second.method") == 'def method(self):\n    """Text."""\n    return 2'


def test_pages_are_updated_once(page, capsys):
    page.write_text(PAGE.format("first Second.method"))
    assert docs_code.main([]) == 0
    assert capsys.readouterr().out == "docs/page.md\n"
    text = page.read_text()
    assert "```py\n@functools.cache\ndef first(x):" in text
    assert "old" not in text
    assert text.startswith("Before\n\n<!-- code: a.py first Second.method -->\n")
    assert text.endswith("    return 2\n```\n<!-- end of code -->\n\nAfter\n")
    assert docs_code.main([]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("names", "message"),
    [("third", "docs/page.md: expected a definition, found no third"), ("Second.other", "found no Second.other")],
)
def test_a_name_that_does_not_exist_is_one_line(page, capsys, names, message):
    page.write_text(PAGE.format(names))
    assert docs_code.main([]) == 2
    assert message in capsys.readouterr().err
    assert "old" in page.read_text()


def test_a_file_that_does_not_exist_is_one_line(page, capsys):
    page.write_text(PAGE.format("first").replace("a.py", "b.py"))
    assert docs_code.main([]) == 2
    assert "b.py" in capsys.readouterr().err

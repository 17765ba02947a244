"""Unprintable characters are escaped, others are kept."""

import os

import pytest

from nn.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("drawing 7.png", "drawing 7.png"),
        ("émoji 👩‍🔧, 数字, نص", "émoji 👩‍🔧, 数字, نص"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J\x7f\0", r"\x9b2J\x7f\x00"),
        ("two\r\nlines\u2028\u0085", r"two\r\nlines\u2028\x85"),
        ("gpj.\u202efdp", r"gpj.\u202efdp"),
        ("\ud800 and \udfff", r"\ud800 and \udfff"),
        (os.fsdecode(b"caf\xe9"), r"caf\xe9"),
    ],
)
def test_unprintable_characters_are_escaped(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown
    assert shown.encode()


def test_characters_to_keep():
    assert printable("a\tb\x1b\n", keep="\n\t") == "a\tb\\x1b\n"

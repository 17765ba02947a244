"""Text from outside, such as the name of a file, made safe to show."""

import re

#: What a terminal may take for a command or a font can't draw: control characters, line separators, marks that change
#: the direction of writing, and halves of surrogate pairs, which stand for the bytes of a name that is not UTF-8.
_UNPRINTABLE = re.compile("[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def printable(text: str, keep: str = "") -> str:
    r"""``text`` with its unprintable characters escaped, except those in ``keep``.

    >>> print(printable("a\x1b[31m.png\n"))
    a\x1b[31m.png\n
    >>> print(printable("caf\udce9.png"))  # os.fsdecode(b"caf\xe9.png")
    caf\xe9.png
    """
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte, as os.fsdecode represents it
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()

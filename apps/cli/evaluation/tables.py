"""Tables of metrics as text: a row for each kind of samples."""

from collections.abc import Mapping

#: The metrics of a kind, by name; the values are shares (floats) or counts (integers).
Values = dict[str, float | int]

HEADINGS = {
    "exact": "exactly right",
    "character_error_rate": "CER",
    "one_digit": "read as one digit",
    "low": "95 % from",
    "high": "to",
}


def table(title: str, kinds: Mapping[str, Values]) -> list[str]:
    """The metrics as lines of text. Shares are in percent.

    >>> print("\\n".join(table("digits", {"photo": {"n": 120, "accuracy": 0.95}})))
    digits    n  accuracy
    photo   120   95.00 %
    """
    columns = list(next(iter(kinds.values())))
    cells = [[title, *(HEADINGS.get(column, column) for column in columns)]]
    cells += [[kind, *map(_cell, values.values())] for kind, values in kinds.items()]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        f"{first:{widths[0]}}  {'  '.join(map(str.rjust, others, widths[1:]))}"  # the first column is aligned left
        for first, *others in cells
    ]


def _cell(value: float) -> str:
    return f"{100 * value:.2f} %" if isinstance(value, float) else f"{value:,}"

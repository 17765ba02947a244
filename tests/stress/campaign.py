"""What a campaign is: one kind of harm, done many times."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: What came of each case: None where the promise held, or else a line that says what broke.
Results = Iterator[str | None]


@dataclass(frozen=True)
class Campaign:
    """One kind of harm.

    Attributes:
        title: what is done, and what must come of it.
        run: does it, given how often (or for how many seconds) and an empty folder; gives a result for each case.
        full: how often in the full version.
        quick: how often in the quick one.
    """

    title: str
    run: Callable[[int, Path], Results]
    full: int
    quick: int


class Impossible(Exception):
    """This machine can't do it; the message says why."""


def expect(held: object, broken: str) -> str | None:
    """The result of a case: None if it held."""
    return None if held else broken

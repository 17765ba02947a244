"""The lines of many files as one table: a row for each line."""

import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from apps.cli.reading.answers import Answer
from apps.cli.reading.formats import KEPT
from nn.atomic import atomic_write
from nn.text import printable

COLUMNS = ("file", "line", "text", "tokens", "boxes", "confidence")

#: The first bytes of such a table.
BEGINS = (b"file,line,",)


@contextlib.contextmanager
def open_table(path: Path | None) -> Iterator[Callable[[list[Answer]], None]]:
    """A function that adds answers to the table at ``path``; it is there when the block ends without an error.

    Args:
        path: None: no table.

    Raises:
        OSError: the file can't be written.
    """
    if path is None:
        yield lambda answers: None
        return
    with atomic_write(path) as file:
        file.write((",".join(COLUMNS) + "\n").encode())

        def add(answers: list[Answer]) -> None:
            file.write("".join(map(_rows, answers)).encode("utf-8", "backslashreplace"))

        yield add


def _rows(answer: Answer) -> str:
    """The rows of an answer: a line's tokens and boxes are separated by spaces, the sides of a box by colons."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    name = printable(answer["file"], KEPT)
    if "lines" in answer:
        for number, line in enumerate(answer["lines"], start=1):
            tokens = " ".join(token["text"] for token in line["tokens"])
            boxes = " ".join(":".join(f"{side:g}" for side in token["box"]) for token in line["tokens"])
            writer.writerow([name, number, line["text"], tokens, boxes, line["confidence"]])
    elif answer.get("label") is not None:
        writer.writerow([name, 1, answer["label"], answer["label"], "", answer["confidence"]])
    return text.getvalue()

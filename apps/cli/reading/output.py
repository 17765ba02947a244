"""Where answers go, one by one: standard output, or a file that an interrupted run is continued in."""

import collections
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from apps.cli import console
from apps.cli.arguments import UsageError
from apps.cli.reading.answers import Answer
from apps.cli.reading.formats import Format
from nn import platforms
from nn.errors import DataError, one_line

#: The maximum length of a record, in bytes: a name, which may be escaped, and numbers.
MAX_RECORD = 1 << 20


class AnswerOutput:
    """Writes answers to standard output. Each is there as soon as `write` returns.

    Args:
        form: of the answers.

    Attributes:
        done, failed: number of the answers that are written, and of those with an error; from an earlier run too.
    """

    def __init__(self, form: Format) -> None:
        self._format = form
        self.done = self.failed = 0

    def skip(self, name: str) -> bool:
        """Whether the answer for this name is there from an earlier run; each answer counts once."""
        return False

    def begin(self) -> None:
        """Write what comes before the first answer."""
        self._write(self._format.begin)

    def write(self, answers: list[Answer]) -> None:
        """Write some answers."""
        self._write("".join(map(self._format.record, answers)))
        self.done += len(answers)
        self.failed += sum("error" in answer for answer in answers)

    def end(self) -> None:
        """Write what comes after the last answer, which may be that of an interrupted run."""
        self._write(self._format.end())

    def has_reader(self) -> bool:
        """Whether anybody reads what is written."""
        return console.has_reader()

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


class FileOutput(AnswerOutput):
    """Writes answers to a file.

    Args:
        form: of the answers.
        file: open for reading and writing.
    """

    def __init__(self, form: Format, file: BinaryIO) -> None:
        super().__init__(form)
        self._file = file
        self._earlier: collections.Counter[str] = collections.Counter()

    def resume(self, path: Path) -> None:
        """Keep the whole records of the file, and remove what a killed run left of another one.

        Raises:
            DataError: a record is not of this format.
        """
        whole = 0
        for number, record in enumerate(self._records(path), start=1):
            whole += len(record)
            if number == 1 and self._format.begin:
                if record.decode(errors="replace") != self._format.begin:
                    raise DataError(f"{path}: expected the columns {self._format.begin.strip()[:40]}..., found others")
                continue
            try:
                name, failed = self._format.parse(record)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{path}: record {number}: not an answer of this command: {one_line(error)}") from None
            self._earlier[name] += 1
            self.done += 1
            self.failed += failed
        self._file.seek(whole)
        self._file.truncate()

    def skip(self, name: str) -> bool:
        """Whether the answer for this name is there from an earlier run; a file that is named twice has two."""
        key = self._format.key(name)
        if not self._earlier.get(key):
            return False
        self._earlier[key] -= 1
        return True

    def begin(self) -> None:
        """Write what comes before the first answer, unless the file has it."""
        if not self._file.seekable() or not self._file.tell():
            super().begin()

    def has_reader(self) -> bool:
        """True: a file needs no reader."""
        return True

    def _write(self, text: str) -> None:
        self._file.write(text.encode("utf-8", "backslashreplace"))
        self._file.flush()

    def _records(self, path: Path) -> Iterator[bytes]:
        """The whole records of the file."""
        record = b""
        while line := self._file.readline(MAX_RECORD):
            record += line
            if record.endswith(b"\n") and self._format.is_complete(record):
                yield record
                record = b""
            elif len(record) >= MAX_RECORD:
                raise DataError(f"{path}: expected answers of this command, found {len(record):,} bytes without end")


@contextlib.contextmanager
def open_output(form: Format, path: Path | None, *, resume: bool = False) -> Iterator[AnswerOutput]:
    """The output for answers; at the end of the block, also an exception's, it is complete.

    Args:
        form: of the answers.
        path: None: standard output.
        resume: whether to append to the answers that the file has.

    Raises:
        UsageError: another program writes the file.
        DataError: the file to resume has something else in it.
        OSError: it can't be written.
    """
    if path is None:
        output = AnswerOutput(form)
        output.begin()
        try:
            yield output
        finally:
            output.end()
        return
    with _open(path) as file:
        if platforms.lock(file.fileno()) is False:
            raise UsageError(f"{path}: another program is writing it")
        answers = FileOutput(form, file)
        if resume:
            answers.resume(path)
        elif file.seekable():
            file.truncate(0)
        answers.begin()
        try:
            yield answers
        finally:
            answers.end()


def _open(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():  # a device or a pipe
        return os.fdopen(platforms.open_special(path), "wb")
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | platforms.O_BINARY, 0o666), "r+b")

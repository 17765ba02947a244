"""The forms of answers: text for people, JSON, JSON Lines and CSV for programs."""

import csv
import io
import json
from collections.abc import Sequence

from apps.cli.reading.answers import Answer
from nn.digits.strokes import CLASSES
from nn.text import printable

#: Control characters that stay in the names of a CSV file: its quotes allow for them.
KEPT = "\n\t"


class Format:
    """Writes answers one after the other.

    Attributes:
        begin: what comes before the first answer.
        begins: the first bytes that a file of this format may have; empty: any. See ``apps.cli.outputs``.
        suffixes: of the files of this format.
        can_resume: whether more answers can be appended to a file of such answers; such a format has `name_of`.
    """

    begin = ""
    begins: tuple[bytes, ...] = ()
    suffixes: tuple[str, ...] = ()
    can_resume = False

    def __init__(self, names: Sequence[str] = ()) -> None:
        """``names`` are of some of the files, to align columns with."""

    def record(self, answer: Answer) -> str:
        """The text of an answer, with its line end; it may be empty."""
        raise NotImplementedError

    def end(self) -> str:
        """What comes after the last answer."""
        return ""

    def is_complete(self, record: bytes) -> bool:
        """Whether bytes from the beginning of a record, up to a line end, are a whole one."""
        return True

    def parse(self, record: bytes) -> tuple[str, bool]:
        """The name in a record, as `key` gives it, and whether it has an error.

        Raises:
            ValueError: it is not such a record.
        """
        raise NotImplementedError

    def key(self, name: str) -> str:
        """The name of a file as a record has it."""
        return name


class Text(Format):
    """A line for each file that was read: name, digit, confidence, probabilities. Names are padded to one width."""

    suffixes = (".txt",)

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._width = max((len(printable(name)) for name in names), default=0)

    def record(self, answer: Answer) -> str:
        """The text of an answer."""
        if "error" in answer:
            return ""
        name = printable(answer["file"])
        self._width = max(self._width, len(name))
        if "lines" in answer:
            text = answer["text"].replace("\n", " / ") or "-"
            return f"{name:{self._width}}  {text}  {100 * answer['confidence']:5.1f} %\n"
        probabilities = " ".join(f"{probability:.3f}" for probability in answer["probabilities"])
        if answer["label"] is None:
            return f"{name:{self._width}}  -  {answer['reason']:>7}  {probabilities}\n"
        return f"{name:{self._width}}  {answer['label']}  {100 * answer['confidence']:5.1f} %  {probabilities}\n"


class Json(Format):
    """One JSON document, a list."""

    begins = (b"[",)
    suffixes = (".json",)

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._separator = "[\n"

    def record(self, answer: Answer) -> str:
        """The text of an answer."""
        text = "  " + json.dumps(answer, indent=2).replace("\n", "\n  ")
        separator, self._separator = self._separator, ",\n"
        return separator + text

    def end(self) -> str:
        """The end of the list."""
        return "[]\n" if self._separator == "[\n" else "\n]\n"


class JsonLines(Format):
    """A JSON object a line."""

    begins = (b"{",)
    suffixes = (".jsonl", ".ndjson")
    can_resume = True

    def record(self, answer: Answer) -> str:
        """The text of an answer."""
        return json.dumps(answer) + "\n"

    def parse(self, record: bytes) -> tuple[str, bool]:
        """The name in a record, and whether it has an error."""
        answer = json.loads(record)
        if not isinstance(answer, dict) or not isinstance(answer.get("file"), str):
            raise ValueError("expected an object with a file")
        return answer["file"], "error" in answer


class Csv(Format):
    """A table with a header. Bytes of names that are not UTF-8 are escaped, ``\\xe9``."""

    can_resume = True
    columns = (
        *("file", "label", "text", "confidence", "reason", "error"),
        *(f"probability_{digit}" for digit in range(CLASSES)),
    )
    begin = ",".join(columns) + "\n"
    begins = (b"file,",)
    suffixes = (".csv",)

    def record(self, answer: Answer) -> str:
        """The text of an answer."""
        probabilities = answer.get("probabilities", [""] * CLASSES)
        text = io.StringIO()
        values = [answer.get(column) for column in self.columns[1 : -len(probabilities)]]
        csv.writer(text, lineterminator="\n").writerow([self.key(answer["file"]), *values, *probabilities])
        return text.getvalue()

    def is_complete(self, record: bytes) -> bool:
        """Whether all quotes are closed; quotes within quotes are doubled."""
        return record.count(b'"') % 2 == 0

    def parse(self, record: bytes) -> tuple[str, bool]:
        """The name in a record, and whether it has an error."""
        try:
            (row,) = csv.reader(io.StringIO(record.decode(), newline=""), strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from None
        if len(row) != len(self.columns):
            raise ValueError(f"expected {len(self.columns)} columns, found {len(row)}")
        return row[0], bool(row[self.columns.index("error")])

    def key(self, name: str) -> str:
        """The name with its unprintable characters escaped."""
        return printable(name, KEPT)


FORMATS: dict[str, type[Format]] = {"text": Text, "json": Json, "jsonl": JsonLines, "csv": Csv}

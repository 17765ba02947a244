"""Files of answers: written as they come, and continued after a run was killed anywhere."""

import pytest

from apps.cli.arguments import UsageError
from apps.cli.reading.formats import FORMATS
from apps.cli.reading.output import open_output
from nn.errors import DataError
from nn.platforms import lock

NAMES = ["a.png", "two\nlines.png", 'q"uote.png', "a.png", "caf\udce9.png", "missing.png"]


def answer(name):
    if name == "missing.png":
        return {"file": name, "error": "found nothing"}
    return {"file": name, "label": 1, "confidence": 0.5, "probabilities": 10 * [0.1]}


def write(path, form, *, resume=False, stop=None):
    """Write the answers for all names; returns the numbers of all and of failed ones."""
    with open_output(FORMATS[form](), path, resume=resume) as output:
        for name in NAMES[:stop]:
            if not output.skip(name):
                output.write([answer(name)])
    return output.done, output.failed


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_run_that_was_killed_anywhere_is_continued_without_loss(tmp_path, form):
    path, whole = tmp_path / "part", tmp_path / "whole"
    assert write(whole, form) == (len(NAMES), 1)
    content = whole.read_bytes()
    for length in [*range(0, len(content), 13), *range(len(content) - 3, len(content) + 1)]:
        path.write_bytes(content[:length])
        assert write(path, form, resume=True) == (len(NAMES), 1)
        assert path.read_bytes() == content, length


def test_a_missing_file_is_begun_and_an_earlier_one_replaced(tmp_path):
    path = tmp_path / "answers.csv"
    write(path, "csv", resume=True)
    content = path.read_bytes()
    write(path, "csv")
    assert path.read_bytes() == content


def test_names_that_come_twice_have_two_answers(tmp_path):
    path = tmp_path / "answers.jsonl"
    write(path, "jsonl", stop=1)
    with open_output(FORMATS["jsonl"](), path, resume=True) as output:
        assert [output.skip("a.png") for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("form", "content", "message"),
    [
        ("csv", b"name,digit\n", "expected the columns file,label,"),
        ("jsonl", b'{"file": "a.png"}\n[]\n', "record 2: not an answer of this command"),
        ("jsonl", b"\0" * (2 << 20), "bytes without end"),
    ],
)
def test_other_files_are_not_continued(tmp_path, form, content, message):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        write(path, form, resume=True)
    assert path.read_bytes() == content


def test_what_an_exception_interrupts_is_complete(tmp_path):
    path = tmp_path / "answers.json"

    def interrupted():
        with open_output(FORMATS["json"](), path) as output:
            output.write([answer("a.png")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text().endswith("}\n]\n")


def test_two_runs_do_not_write_the_same_file(tmp_path):
    path = tmp_path / "answers.jsonl"
    with path.open("w") as other:
        if not lock(other.fileno()):
            pytest.skip("this system has no locks")
        with pytest.raises(UsageError, match="another program is writing it"):
            write(path, "jsonl", resume=True)


def test_standard_output_is_written_at_once(capsys):
    with open_output(FORMATS["csv"](), None) as output:
        assert not output.skip("a.png")
        output.write([answer("a.png")])
        assert capsys.readouterr().out.count("\n") == 2
    assert output.has_reader()

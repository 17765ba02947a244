"""Progress of reading many files."""

import sys

import pytest

from apps.cli.reading import progress
from apps.cli.reading.progress import ReadingProgress


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_few_files_have_no_bar_and_many_have_one(clock, capsys):
    reading = ReadingProgress(lambda: 1000, done=100)
    for _ in range(3):
        reading.update(10)
    assert capsys.readouterr().err == ""
    clock[0] += progress.LOG_DELAY + 1
    reading.update(10)
    assert "| 140/1000 [" in capsys.readouterr().err
    with reading.hidden(sys.stderr):
        print("an error", file=sys.stderr)
    reading.update(860)
    reading.close()
    assert "an error\n" in capsys.readouterr().err


def test_quiet_shows_nothing(clock, capsys):
    reading = ReadingProgress(lambda: pytest.fail("the files need not be counted"), quiet=True)
    reading.update(1)
    clock[0] += 100
    reading.update(1)
    reading.close()
    assert capsys.readouterr().err == ""


def test_an_unknown_number_of_files(clock, capsys):
    reading = ReadingProgress(lambda: None)
    reading.update(1)
    clock[0] += 100
    reading.update(6)
    reading.close()
    assert "7 files [" in capsys.readouterr().err

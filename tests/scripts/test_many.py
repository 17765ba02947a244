"""The measurement of reading many pictures, with a program that only writes lines."""

import os
import sys

import pytest

from apps.cli.arguments import UsageError
from nn import platforms
from scripts import many

WRITER = """
import sys, time
names, out = (argument.split("=", 1)[1] for argument in sys.argv[1:3])
with open(out, "w", buffering=1) as file:
    for name in open(names):
        file.write(name)
        time.sleep(0.02)
sys.exit(int(sys.argv[3]))
"""


def test_rates_and_memory_are_those_of_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(many, "PREDICT", (sys.executable, "-c", WRITER))
    (tmp_path / "list").write_text("a.png\n" * 20)
    run = many._measure(tmp_path / "list", tmp_path / "out", 20, ["0"])
    assert 0 < run.start < 30
    assert 0 < run.rate < 1000
    for memory in (run.early, run.late):
        assert 1 < memory < 1000 or platforms.rss_mib(os.getpid()) is None
    with pytest.raises(UsageError, match="out: predict failed, with status 3"):
        many._measure(tmp_path / "list", tmp_path / "out", 20, ["3"])


def test_pictures_are_files_of_one_size(tmp_path, rng):
    paths = many._make(tmp_path / "pictures", 3, rng)
    assert [path.name for path in paths] == ["000000.png", "000001.png", "000002.png"]
    assert all(path.stat().st_size for path in paths)

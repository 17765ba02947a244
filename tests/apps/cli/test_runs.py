"""Run folders, and what they say about the machine."""

import json
import sys

import pytest

from apps.cli import runs
from apps.cli.arguments import UsageError


def test_each_run_has_its_own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(runs.time, "time", lambda: 0.0)
    first, second = (runs.new_run(tmp_path / "runs", "name") for _ in range(2))
    assert first != second
    assert first.is_dir()
    assert second.is_dir()
    assert all(folder.name.endswith("-name") for folder in (first, second))


def test_the_newest_unfinished_run_is_found(tmp_path):
    for folder, files in (
        ("20260101-000000-net", ["checkpoint.npz"]),
        ("20260102-000000-net", ["checkpoint.npz"]),
        ("20260103-000000-net", ["checkpoint.npz", "metrics.json"]),
        ("20260104-000000-net", []),
        ("20260105-000000-other-net", ["checkpoint.npz"]),
    ):
        (tmp_path / folder).mkdir()
        for file in files:
            (tmp_path / folder / file).touch()
    assert runs.newest_unfinished(tmp_path, "net") == tmp_path / "20260102-000000-net" / "checkpoint.npz"
    with pytest.raises(UsageError, match="no unfinished run of deep"):
        runs.newest_unfinished(tmp_path, "deep")


@pytest.mark.parametrize("name", ["**", "a[1]", "b", "*", "?", "net\n"])
def test_names_of_runs_are_literal(tmp_path, name):
    root = tmp_path / "runs[0]*"
    for other in ("x-b", "a1", "bb", "net"):
        (runs.new_run(root, other) / "checkpoint.npz").touch()
    with pytest.raises(UsageError, match="no unfinished run"):
        runs.newest_unfinished(root, name)
    (folder := runs.new_run(root, name)).joinpath("checkpoint.npz").touch()
    assert runs.newest_unfinished(root, name) == folder / "checkpoint.npz"


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "metrics.json"
    runs.write_json({"accuracy": 0.5}, None, path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        runs.write_json({"accuracy": float("nan")}, path)
    assert json.loads(path.read_text()) == {"accuracy": 0.5}


def test_the_history_is_a_table(tmp_path):
    runs.write_history(tmp_path / "history.csv", [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    assert (tmp_path / "history.csv").read_text() == "epoch,loss\n1,0.5\n2,0.25\n"


def test_the_machine_is_described():
    assert f"Python {sys.version.split()[0]}" in runs.machine()
    assert runs.versions()["python"] == sys.version.split()[0]

"""Clicks on units are timed."""

import json

from nn import checkpoint, zoo
from scripts import latency


def test_every_click_is_timed(tmp_path):
    checkpoint.save(tmp_path / "tiny.npz", zoo.build("tiny"), {})
    options = ["--clicks", "--n", "5", "--size", "640x480", "--weights", str(tmp_path / "tiny.npz")]
    assert latency.main([*options, "--metrics", str(tmp_path / "clicks.json")]) == 0
    times = json.loads((tmp_path / "clicks.json").read_text())["click_ms"]
    assert times["n"] == 5
    assert 0 < times["median"] <= times["max"]

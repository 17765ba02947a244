"""The command that measures the server under load."""

import json

from scripts import load
from scripts.malformed_requests import MALFORMED, Malformed


def test_the_figures_are_measured_and_wrong_answers_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(load, "PICTURE", (300, 400))
    monkeypatch.setattr(load, "MALFORMED", {"no host": MALFORMED["no host"], "wrong": Malformed(b"GET / \r\n", 418)})
    arguments = ["--clients", "3", "--requests", "2", "--malformed", "4", "--metrics", str(tmp_path / "figures.json")]
    assert load.main(arguments) == 1
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["ready_ms"] > 0
    for name in ("strokes_ms", "beside_pictures_ms"):
        assert figures[name]["n"] == 6
        assert 0 < figures[name]["median"] <= figures[name]["p95"] <= figures[name]["max"]
    assert figures["wrong"] == {"wrong": 400}
    out, err = capsys.readouterr()
    assert out.splitlines()[3].startswith("4 malformed requests in ")
    assert out.splitlines()[3].endswith(" s, 1 kinds with an unexpected status")
    assert "wrong: expected 418, found 400" in err

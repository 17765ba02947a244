"""The time to the first answer."""

import json
from pathlib import Path

from nn.paths import WEIGHTS
from scripts import first_answer


def test_it_measures_this_package(tmp_path, capsys):
    assert first_answer.main(["--n", "1", "--metrics", str(tmp_path / "figures.json")]) == 0
    assert capsys.readouterr().out.startswith("first answer  n 1  least ")
    figures = json.loads((tmp_path / "figures.json").read_text())
    (milliseconds,) = figures["first_answer_ms"]
    assert milliseconds > 0
    assert Path(figures["package"]) == WEIGHTS.parent / "nn"


def test_an_interpreter_without_the_package_is_one_line(tmp_path, capsys):
    interpreter = tmp_path / "python"
    interpreter.write_text("#!/bin/sh\necho Traceback >&2\necho ModuleNotFoundError: nn >&2\nexit 1\n")
    interpreter.chmod(0o755)
    assert first_answer.main(["--python", str(interpreter)]) == 2
    assert capsys.readouterr().err == f"first_answer.py: {interpreter}: ModuleNotFoundError: nn\n"

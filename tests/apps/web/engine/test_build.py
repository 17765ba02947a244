"""``apps/web/engine``: the committed module is what the present operations compile to."""

import subprocess
import sys
from pathlib import Path

import pytest

from apps.web.engine import build

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    linker = build.find_linker()
    if linker is None:
        pytest.skip("needs LLVM's wasm-ld")
    if (found := build.tools(linker)) != build.TOOLS:
        pytest.skip(f"needs the tools that made the module: {build.TOOLS}, found {found}")
    out = tmp_path_factory.mktemp("engine") / "engine.wasm"
    command = [sys.executable, "-m", "apps.web.engine.build", "--out", out]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return out.read_bytes()


def test_rebuilding_makes_the_same_bytes(rebuilt):
    assert rebuilt == build.ENGINE.read_bytes(), "run: python -m apps.web.engine.build"


def test_the_module_is_small():
    assert len(build.ENGINE.read_bytes()) <= 12_000


def test_without_a_linker_there_is_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main(["--out", str(tmp_path / "engine.wasm")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "wasm-ld" in error
    assert not list(tmp_path.iterdir())

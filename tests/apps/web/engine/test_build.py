"""``apps/web/engine``: the committed module is what the present operations compile to."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from apps.web.engine import build
from nn.paths import WEIGHTS
from tests.apps.web.page.driver import encode, floats, needs_node, run

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    if build.find_linker() is None:
        pytest.skip("needs LLVM's wasm-ld")
    llvmlite = importlib.metadata.version("llvmlite")
    if tuple(map(int, llvmlite.split(".")[:2])) < (0, 46):
        pytest.skip(f"needs an llvmlite with opaque pointers, found {llvmlite}")
    out = tmp_path_factory.mktemp("engine") / "engine.wasm"
    command = [sys.executable, "-m", "apps.web.engine.build", "--out", out]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return out


def test_rebuilding_makes_the_same_bytes(rebuilt):
    if (found := build.tools(build.find_linker())) != build.TOOLS:
        pytest.skip(f"needs the tools that made the module, {build.TOOLS}, found {found}")
    assert rebuilt.read_bytes() == build.ENGINE.read_bytes(), "run: python -m apps.web.engine.build"


@needs_node
def test_rebuilding_makes_the_same_network(rebuilt):
    image = encode(np.random.default_rng(5).random((28, 28), np.float32))
    options = {"weights": WEIGHTS / "deep-drawing.npz", "image": image}
    committed, other = run("activations", **options), run("activations", **options, engine=rebuilt)
    for layer, again in zip(committed, other, strict=True):
        np.testing.assert_allclose(floats(again["values"]), floats(layer["values"]), rtol=1e-4, atol=1e-5)


def test_the_module_is_small():
    assert len(build.ENGINE.read_bytes()) <= 7_000


def test_without_a_linker_there_is_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main(["--out", str(tmp_path / "engine.wasm")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "wasm-ld" in error
    assert not list(tmp_path.iterdir())

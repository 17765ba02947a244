"""The table of exports, as far as it needs ONNX Runtime or a C compiler alone."""

import shutil

import numpy as np
import pytest

from nn.data import mnist
from scripts import check_exports


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs the command on a few images, with the named frameworks; gives its exit status and output."""
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    data = mnist.Dataset(images, images[:, 0, 0], images, images[:, 0, 0], 10, check_exports.WEIGHTS)
    monkeypatch.setattr(mnist, "load", lambda *arguments, **options: data)

    def run(*names):
        monkeypatch.setattr(check_exports, "FRAMEWORKS", {name: check_exports.FRAMEWORKS[name] for name in names})
        return check_exports.main(["--images=5"]), capsys.readouterr().out

    return run


def test_onnx_runtime(run):
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    status, out = run("ONNX Runtime")
    rows = [line.split() for line in out.splitlines() if line.startswith("deep-drawing")]
    assert status == 0
    assert [(row[1], row[-1]) for row in rows] == [("onnx-int8", "0"), ("onnx", "0")]


def test_c(run, monkeypatch, tmp_path):
    shutil.copy(check_exports.WEIGHTS / "tiny.npz", tmp_path)
    monkeypatch.setattr(check_exports, "WEIGHTS", tmp_path)
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    status, out = run("C99")
    assert status == 0
    rows = [line.split() for line in out.splitlines() if " C99 " in line]
    assert [(row[0], row[1], row[-1]) for row in rows] == [("tiny", "c", "0")]


def test_what_is_not_installed_is_named(run, monkeypatch):
    monkeypatch.setitem(check_exports.FRAMEWORKS, "Keras on JAX", ("keras", "jax", ["no_such_package"]))
    status, out = run("Keras on JAX")
    assert status == 0
    assert "Keras on JAX: not compared, as no_such_package is not installed" in out


def test_the_outputs_of_other_programs_are_logits_or_probabilities():
    logits = np.array([[1.0, 3.0, -2.0]])
    probabilities = np.exp(logits) / np.exp(logits).sum()
    for outputs in (logits, probabilities, np.log(probabilities)):
        np.testing.assert_allclose(check_exports._nearest(logits, outputs), outputs, atol=1e-12)

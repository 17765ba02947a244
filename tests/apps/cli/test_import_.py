"""The command that reads files of other programs."""

import numpy as np
import pytest

from apps.cli import import_
from nn import checkpoint, zoo
from nn.export import export_model


@pytest.fixture
def exported(tmp_path):
    """A file of a network that has learned nothing."""
    export_model(zoo.build("tiny"), tmp_path / "tiny.onnx", "onnx", {"seed": 5})
    return tmp_path / "tiny.onnx"


def test_the_weights_are_written(exported, tmp_path, capsys):
    assert import_.main([str(exported), f"--out={tmp_path}/new/tiny.npz"]) == 0
    loaded = checkpoint.load(tmp_path / "new" / "tiny.npz")
    assert loaded.meta == {"seed": 5, "imported": "tiny.onnx"}
    x = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    np.testing.assert_allclose(loaded.model.forward(x), zoo.build("tiny").forward(x), atol=1e-5)
    out = capsys.readouterr().out
    assert "conv2d_4" in out
    assert f"weights: {tmp_path}/new/tiny.npz" in out


def test_normalized_images(exported, tmp_path):
    """A network that was trained on normalized images gets a layer that normalizes."""
    assert import_.main([str(exported), f"--out={tmp_path}/a.npz", "--mean=0.1307", "--std=0.3081"]) == 0
    x = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    expected = zoo.build("tiny").forward((x - np.float32(0.1307)) / np.float32(0.3081))
    np.testing.assert_allclose(checkpoint.load(tmp_path / "a.npz").model.forward(x), expected, rtol=1e-4, atol=1e-5)


def test_an_architecture_by_name(tmp_path, capsys):
    export_model(zoo.build("mlp"), tmp_path / "a.safetensors", "safetensors")
    assert import_.main([f"{tmp_path}/a.safetensors", "--arch=mlp", f"--out={tmp_path}/a.npz"]) == 0
    assert import_.main([f"{tmp_path}/a.safetensors", "--arch=deep", f"--out={tmp_path}/b.npz"]) == 2
    assert "found those of 3" in capsys.readouterr().err
    assert not (tmp_path / "b.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.onnx", "--out=a.npz"], "none.onnx: expected a network, found nothing"),
        (["a.h5", "--out=a.npz"], "a.h5: expected a file that ends in .onnx, .keras, .safetensors"),
        ([".", "--out=a.npz"], ".: expected a file that ends in"),
        (["a.onnx"], "the following arguments are required: --out"),
        (["a.onnx", "--out=a.npz", "--std=0"], "argument --std: expected a number above 0"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert import_.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("import.py: ")
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())

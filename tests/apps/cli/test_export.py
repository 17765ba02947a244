"""The command that writes files of other programs."""

import sys

import pytest

from apps.cli import export
from nn import checkpoint, zoo
from nn.export import FORMATS
from nn.export.onnx_schema import ONNX
from nn.export.protobuf import decode


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A network that has learned nothing, which is all that is needed here."""
    path = tmp_path_factory.mktemp("weights") / "untrained.npz"
    checkpoint.save(path, zoo.build("tiny"), {"seed": 5})
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(name, weights, tmp_path, capsys):
    if name == "keras":
        pytest.importorskip("h5py", reason="h5py is not installed")
    out = tmp_path / "new" / f"network{FORMATS[name].suffix}"
    assert export.main(["--to", name, "--weights", str(weights), "--out", str(out)]) == 0
    assert out.stat().st_size > 8_000
    assert str(out) in capsys.readouterr().out


def test_a_page_of_several_networks(weights, tmp_path, capsys):
    out = tmp_path / "new" / "page.html"
    assert export.main(["--to", "html", "--weights", str(weights), str(weights), "--out", str(out)]) == 0
    assert out.read_text().count('data-name="untrained"') == 2
    assert str(out) in capsys.readouterr().out


def test_the_shipped_network_by_default(tmp_path):
    assert export.main(["--to=onnx", f"--out={tmp_path}/network.onnx"]) == 0
    model = decode(ONNX, "Model", (tmp_path / "network.onnx").read_bytes())
    assert any("calibration" in entry["value"][0] for entry in model["metadata_props"])


def test_fold(weights, tmp_path):
    export.main(["--to=onnx", "--fold", f"--weights={weights}", f"--out={tmp_path}/network.onnx"])
    graph = decode(ONNX, "Model", (tmp_path / "network.onnx").read_bytes())["graph"][0]
    assert "BatchNormalization" not in [node["op_type"][0] for node in graph["node"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to=tflite", "--out=a.onnx"], "argument --to: invalid choice: 'tflite' (choose from"),
        (["--out=a.onnx"], "the following arguments are required: --to"),
        (["--to=onnx"], "the following arguments are required: --out"),
        (["--to=onnx", "--out=a.py"], "a.py: expected a name that ends in .onnx, as files of the format onnx do"),
        (["--to=onnx", "--out=a.onnx", "--weights=none.npz"], "none.npz: expected a file of weights, found nothing"),
        (["--to=html", "--out=a.htm"], "a.htm: expected a name that ends in .html, as pages do"),
        (["--to=html", "--out=a.html", "--fold"], "--fold: a page shows the layers as they were trained"),
        (["--to=html", "--out=a.html", "--weights=none.npz"], "none.npz: expected a file of weights, found nothing"),
        (["--to=onnx", "--out=a.onnx", "--weights", "a", "b"], "--weights: expected one file, got 2; only a page"),
        (["--to=onnx", "--out=."], ".: expected a file to write, found a folder"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert export.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("export.py: ")
    assert message.replace("'", "") in error.replace("'", "")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_one_line(weights, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert export.main(["--to=keras", f"--weights={weights}", f"--out={tmp_path}/a.keras"]) == 2
    assert "needs the package h5py" in capsys.readouterr().err

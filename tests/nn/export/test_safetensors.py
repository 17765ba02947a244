"""PyTorch on exported networks, by the module that is written beside the weights."""

import importlib.util
import json
import struct

import numpy as np
import pytest

from nn.export import export_model
from tests.nn.export.networks import SHIPPED, TOLERANCE, images, of_case, shipped
from tests.nn.layers.test_layers import CASES


def load(path):
    """The network of a module, with its weights."""
    spec = importlib.util.spec_from_file_location(path.stem, path.with_suffix(".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load()


@pytest.fixture
def torch():
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def same_logits(torch, model, path, x):
    with torch.no_grad():
        logits = load(path)(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).numpy()
    logits = np.moveaxis(logits, 1, -1)
    np.testing.assert_allclose(logits, model.forward(x), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks(name, torch, tmp_path, rng):
    source = shipped(name)
    export_model(source.model, tmp_path / "network.safetensors", "safetensors", source.meta)
    same_logits(torch, source.model, tmp_path / "network.safetensors", images(source.model, rng))


@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, torch, tmp_path, rng):
    model = of_case(case, rng)
    export_model(model, tmp_path / "network.safetensors", "safetensors")
    x = rng.normal(size=(3, *model.input_shape)).astype(np.float32)
    same_logits(torch, model, tmp_path / "network.safetensors", x)


def test_the_file_follows_the_specification(tmp_path):
    model = shipped("tiny").model
    export_model(model, tmp_path / "network.safetensors", "safetensors", {"seed": 3})
    data = (tmp_path / "network.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    assert length % 8 == 0
    assert header.pop("__metadata__")["meta"] == '{"seed": 3}'
    assert max(entry["data_offsets"][1] for entry in header.values()) == len(data) - 8 - length
    start, end = header["dense_1.bias"]["data_offsets"]
    found = np.frombuffer(data[8 + length :][start:end], "<f4")
    np.testing.assert_array_equal(found, model.state_dict()["dense_1/bias"])
    assert (tmp_path / "network.py").exists()


def test_a_program_of_the_same_name_is_not_replaced(tmp_path):
    (tmp_path / "train.py").write_text("print(1)")
    with pytest.raises(ValueError, match=r"train\.py: would be replaced, but is not an exported module"):
        export_model(shipped("tiny").model, tmp_path / "train.safetensors", "safetensors")
    assert (tmp_path / "train.py").read_text() == "print(1)"
    assert not (tmp_path / "train.safetensors").exists()
    for _ in range(2):
        export_model(shipped("tiny").model, tmp_path / "again.safetensors", "safetensors")

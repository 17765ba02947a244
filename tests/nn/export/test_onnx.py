"""ONNX Runtime and ONNX's own checker on exported networks; the importer's tests read the files back without them."""

import numpy as np
import pytest

from nn import Conv2D, Dense, Flatten, Sequential
from nn.export import export_model
from nn.export import onnx as writer
from nn.export.graph import INPUT, Graph
from nn.export.onnx_schema import ONNX
from nn.export.protobuf import decode
from nn.fold import fold_batch_norm
from tests.nn.export.networks import SHIPPED, TOLERANCE, images, of_case, shipped
from tests.nn.layers.test_layers import CASES


def session(path):
    """The file in ONNX Runtime, with all its optimizations."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks(name, tmp_path, rng):
    source = shipped(name)
    x = images(source.model, rng)
    for model in (source.model, fold_batch_norm(source.model)):
        export_model(model, tmp_path / "network.onnx", "onnx", source.meta)
        logits, probabilities = session(tmp_path / "network.onnx").run(None, {"image": x})
        np.testing.assert_allclose(logits, model.forward(x), rtol=0, atol=TOLERANCE)
        np.testing.assert_allclose(probabilities, model.predict(x), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", CASES)
def test_every_layer(case, tmp_path, rng):
    model = of_case(case, rng)
    export_model(model, tmp_path / "network.onnx", "onnx")
    x = rng.normal(size=(3, *model.input_shape)).astype(np.float32)
    logits = session(tmp_path / "network.onnx").run(["logits"], {"image": x})[0]
    np.testing.assert_allclose(logits, model.forward(x), rtol=0, atol=TOLERANCE)


def test_the_checker_of_onnx_accepts_it(tmp_path):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    export_model(shipped("tiny").model, tmp_path / "network.onnx", "onnx")
    onnx.checker.check_model(str(tmp_path / "network.onnx"), full_check=True)


def test_the_metadata_are_in_the_file(tmp_path):
    export_model(shipped("deep-drawing").model, tmp_path / "network.onnx", "onnx", {"seed": 3})
    model = decode(ONNX, "Model", (tmp_path / "network.onnx").read_bytes())
    entries = {entry["key"][0]: entry["value"][0] for entry in model["metadata_props"]}
    assert entries["meta"] == '{"seed": 3}'
    assert '"non-digit"' in entries["classes"]
    assert entries["input"].startswith("images (N, 28, 28, 1), float32 in [0, 1]")


def test_weights_of_float64_become_float32(tmp_path, rng):
    model = Sequential([Conv2D(2), Flatten(), Dense(3)], (5, 5, 1), rng=rng, dtype=np.float64)
    export_model(model, tmp_path / "network.onnx", "onnx")
    x = images(model, rng)
    logits = session(tmp_path / "network.onnx").run(["logits"], {"image": x})[0]
    np.testing.assert_allclose(logits, model.forward(x.astype(np.float64)), atol=1e-6)


def test_an_unknown_operation_is_named(tmp_path):
    graph = Graph((3,))
    graph.add("swish_1", "swish", (INPUT,), (3,))
    with pytest.raises(ValueError, match="swish_1: ONNX exports do not know the operation 'swish'"):
        writer.write(graph, tmp_path / "network.onnx", {})
    assert not list(tmp_path.iterdir())

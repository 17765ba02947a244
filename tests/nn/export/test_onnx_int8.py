"""ONNX with kernels of 8 bits gives the logits of the rounded network, with all optimizations of ONNX Runtime."""

import copy

import numpy as np
import pytest

from nn.export import export_model
from nn.export.onnx_schema import INT8, ONNX
from nn.export.protobuf import decode
from nn.quantize import round_weights
from tests.nn.export.networks import SHIPPED, TOLERANCE, images, of_case, shipped
from tests.nn.export.test_onnx import session
from tests.nn.layers.test_layers import CASES


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_keep_their_logits(name, tmp_path, rng):
    """Their kernels are rounded already."""
    model = shipped(name).model
    x = images(model, rng)
    export_model(model, tmp_path / "network.onnx", "onnx-int8")
    logits = session(tmp_path / "network.onnx").run(["logits"], {"image": x})[0]
    np.testing.assert_allclose(logits, model.forward(x), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", [case for case in CASES if "conv" in case or "dense" in case or "add" in case])
def test_every_layer_with_a_kernel(case, tmp_path, rng):
    model = of_case(case, rng)
    export_model(model, tmp_path / "network.onnx", "onnx-int8")
    rounded = copy.deepcopy(model)
    round_weights(rounded.parameters)
    x = rng.normal(size=(3, *model.input_shape)).astype(np.float32)
    logits = session(tmp_path / "network.onnx").run(["logits"], {"image": x})[0]
    np.testing.assert_allclose(logits, rounded.forward(x), rtol=0, atol=TOLERANCE)


def test_the_kernels_are_int8(tmp_path):
    export_model(shipped("tiny").model, tmp_path / "network.onnx", "onnx-int8")
    graph = decode(ONNX, "Model", (tmp_path / "network.onnx").read_bytes())["graph"][0]
    types = {tensor["name"][0]: tensor["data_type"][0] for tensor in graph["initializer"]}
    assert [name for name, kind in types.items() if kind == INT8] == [
        *(f"conv2d_{number}/kernel/int8" for number in range(1, 6)),
        "dense_1/kernel/int8",
    ]

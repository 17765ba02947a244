"""The table of ONNX's messages is that of the package onnx."""

import pytest

from nn.export.onnx_schema import ATTRIBUTE_TYPES, FLOAT32, INT8, INT64, ONNX

#: The names of messages in onnx.proto, where they differ by more than "Proto".
NAMES = {
    "Opset": "OperatorSetIdProto",
    "Entry": "StringStringEntryProto",
    "Type": "TypeProto",
    "TensorType": "TypeProto.Tensor",
    "Shape": "TensorShapeProto",
    "Dimension": "TensorShapeProto.Dimension",
}


def test_messages_and_numbers():
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    for message, fields in ONNX.items():
        if message == "Ignored":
            continue
        kind = onnx
        for part in NAMES.get(message, f"{message}Proto").split("."):
            kind = getattr(kind, part)
        for name, (number, _) in fields.items():
            assert kind.DESCRIPTOR.fields_by_name[name].number == number, f"{message}.{name}"
    assert (onnx.TensorProto.FLOAT, onnx.TensorProto.INT8, onnx.TensorProto.INT64) == (FLOAT32, INT8, INT64)
    types = onnx.AttributeProto
    assert {"f": types.FLOAT, "i": types.INT, "t": types.TENSOR, "ints": types.INTS} == ATTRIBUTE_TYPES

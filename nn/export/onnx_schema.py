"""The messages of an ONNX file, as far as networks of these layers use them; see ``nn.export.protobuf``.

From https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, where the types are documented.
"""

from nn.export.protobuf import Schema

ONNX: Schema = {
    "Model": {
        "ir_version": (1, "int"),
        "producer_name": (2, "string"),
        "producer_version": (3, "string"),
        "doc_string": (6, "string"),
        "graph": (7, "Graph"),
        "opset_import": (8, "Opset"),
        "metadata_props": (14, "Entry"),
        "functions": (25, "Function"),
    },
    "Opset": {"domain": (1, "string"), "version": (2, "int")},
    "Entry": {"key": (1, "string"), "value": (2, "string")},
    "Function": {"name": (1, "string")},
    "Graph": {
        "node": (1, "Node"),
        "name": (2, "string"),
        "initializer": (5, "Tensor"),
        "input": (11, "ValueInfo"),
        "output": (12, "ValueInfo"),
        "sparse_initializer": (15, "Ignored"),
    },
    "Node": {
        "input": (1, "string"),
        "output": (2, "string"),
        "name": (3, "string"),
        "op_type": (4, "string"),
        "attribute": (5, "Attribute"),
        "domain": (7, "string"),
    },
    "Attribute": {
        "name": (1, "string"),
        "f": (2, "float"),
        "i": (3, "int"),
        "s": (4, "bytes"),
        "t": (5, "Tensor"),
        "g": (6, "Ignored"),
        "floats": (7, "float"),
        "ints": (8, "int"),
        "type": (20, "int"),
    },
    "Tensor": {
        "dims": (1, "int"),
        "data_type": (2, "int"),
        "float_data": (4, "float"),
        "int32_data": (5, "int"),
        "int64_data": (7, "int"),
        "name": (8, "string"),
        "raw_data": (9, "bytes"),
        "double_data": (10, "double"),
        "external_data": (13, "Entry"),
        "data_location": (14, "int"),
    },
    "ValueInfo": {"name": (1, "string"), "type": (2, "Type"), "doc_string": (3, "string")},
    "Type": {"tensor_type": (1, "TensorType")},
    "TensorType": {"elem_type": (1, "int"), "shape": (2, "Shape")},
    "Shape": {"dim": (1, "Dimension")},
    "Dimension": {"dim_value": (1, "int"), "dim_param": (2, "string")},
    "Ignored": {},
}

#: The values of ``Attribute.type`` of the fields f, i, t and ints.
ATTRIBUTE_TYPES = {"f": 1, "i": 2, "t": 4, "ints": 7}

#: The numbers of element types.
FLOAT32, INT8, INT64 = 1, 3, 7

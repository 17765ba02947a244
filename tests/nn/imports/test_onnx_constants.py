"""Operators on arrays of a file, and the ways in which a file holds arrays."""

from pathlib import Path

import numpy as np
import pytest

from nn.imports.onnx_constants import MAX_ELEMENTS, MAX_SIZE, evaluate, read_tensor

COUNT = np.arange(6).reshape(2, 3)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "expected"),
    [
        ("Add", [COUNT, 1], {}, COUNT + 1),
        ("Sub", [COUNT, 1], {}, COUNT - 1),
        ("Mul", [COUNT, 2], {}, COUNT * 2),
        ("Div", [[7, -7], [2, 2]], {}, [3, -3]),
        ("Div", [[7.0], [2.0]], {}, [3.5]),
        ("Pow", [COUNT, 2], {}, COUNT**2),
        ("Identity", [COUNT], {}, COUNT),
        ("Cast", [[1.5, -1.5]], {"to": 7}, [1, -1]),
        ("Neg", [COUNT], {}, -COUNT),
        ("Sqrt", [[4.0]], {}, [2.0]),
        ("Reciprocal", [[4.0]], {}, [0.25]),
        ("Concat", [COUNT, COUNT], {"axis": 1}, np.hstack([COUNT, COUNT])),
        ("Gather", [COUNT, 1], {}, COUNT[1]),
        ("Gather", [COUNT, [0, 2]], {"axis": 1}, COUNT[:, [0, 2]]),
        ("Shape", [COUNT], {}, [2, 3]),
        ("Unsqueeze", [COUNT], {"axes": [0, 3]}, COUNT[None, :, :, None]),
        ("Unsqueeze", [COUNT, [1]], {}, COUNT[:, None]),
        ("Squeeze", [COUNT[:, None]], {}, COUNT),
        ("Squeeze", [COUNT[None, :, None], [2]], {}, COUNT[None]),
        ("Reshape", [COUNT, [3, -1]], {}, COUNT.reshape(3, 2)),
        ("Transpose", [COUNT], {}, COUNT.T),
        ("Transpose", [COUNT[None]], {"perm": [2, 0, 1]}, COUNT.T[:, None]),
        ("Flatten", [COUNT[None]], {"axis": 2}, COUNT),
        ("Slice", [COUNT], {"starts": [1], "ends": [3], "axes": [1]}, COUNT[:, 1:3]),
        ("Slice", [COUNT, [0, 2], [2, 0], None, [1, -1]], {}, COUNT[0:2, 2:0:-1]),
        ("Slice", [COUNT, [-1], [9]], {}, COUNT[-1:]),
        ("DequantizeLinear", [COUNT, 0.5], {}, COUNT * 0.5),
        ("DequantizeLinear", [COUNT, [1.0, 2.0, 3.0], [1, 0, 2]], {}, (COUNT - [1, 0, 2]) * [1, 2, 3]),
        ("DequantizeLinear", [COUNT, [1.0, 2.0]], {"axis": 0}, COUNT * [[1], [2]]),
        ("ReduceProd", [COUNT + 1], {}, [[720]]),
        ("ReduceProd", [COUNT + 1, [1]], {"keepdims": 0}, [6, 120]),
        ("ConstantOfShape", [[2, 3]], {}, np.zeros((2, 3))),
        ("ConstantOfShape", [[2]], {"value": {"data_type": [7], "dims": [1], "int64_data": [5]}}, [5, 5]),
    ],
)
def test_operators(operator, inputs, attributes, expected):
    found = evaluate(operator, [each if each is None else np.array(each) for each in inputs], attributes)
    np.testing.assert_array_equal(found, expected)
    assert found.shape == np.shape(expected)


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "message"),
    [
        ("LSTM", [COUNT], {}, "on weights alone is not supported"),
        ("ConstantOfShape", [[-1]], {}, "too large"),
        ("ConstantOfShape", [[MAX_SIZE, 2]], {}, "too large"),
        ("Mul", [np.zeros((1 << 13, 1)), np.zeros((1, 1 << 13))], {}, "too large"),
        ("Gather", [COUNT, 9], {}, "out of bounds"),
        ("Concat", [COUNT], {}, "axis"),
        ("Cast", [COUNT], {"to": 99}, "unknown type 99"),
        ("Reshape", [COUNT, [4, -1]], {}, "reshape"),
        ("Neg", [COUNT, COUNT], {}, "positional arguments"),
    ],
)
def test_operators_that_cannot_be_evaluated(operator, inputs, attributes, message):
    with pytest.raises(ValueError, match=message):
        evaluate(operator, [np.array(each) for each in inputs], attributes)


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        ({"data_type": [1], "dims": [2], "float_data": [0.5, 1.0]}, np.array([0.5, 1], np.float32)),
        ({"data_type": [7], "dims": [2], "raw_data": [np.array([3, -1]).tobytes()]}, np.array([3, -1])),
        ({"data_type": [9], "dims": [2, 1], "int32_data": [0, 1]}, np.array([[False], [True]])),
        ({"data_type": [11], "dims": [], "double_data": [2.5]}, np.array(2.5)),
        ({"data_type": [1], "dims": [0]}, np.zeros(0, np.float32)),
    ],
)
def test_arrays_in_the_fields_of_a_file(tensor, expected):
    found = read_tensor(tensor, Path())
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        ({}, "unknown type 0"),
        ({"data_type": [1], "dims": [-1]}, "expected at most"),
        ({"data_type": [1], "dims": [MAX_ELEMENTS, 2]}, "expected at most"),
        ({"data_type": [1], "dims": [2], "float_data": [0.5]}, "expected 2 elements, found 1"),
        ({"data_type": [1], "dims": [2], "raw_data": [b"1234"]}, "expected 8 bytes of weights, found 4"),
    ],
)
def test_arrays_that_are_not_whole(tensor, message):
    with pytest.raises(ValueError, match=message):
        read_tensor(tensor, Path())

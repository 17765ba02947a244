"""The source of PyTorch modules, as far as it can be read without PyTorch; test_safetensors.py runs it."""

import ast

import numpy as np
import pytest

from nn import Conv2D, Dense, Flatten, Sequential, zoo
from nn.export.channels_first import channels_first
from nn.export.graph import INPUT, Graph
from nn.export.torch_module import module_source, state_dict
from tests.nn.export.networks import of_case
from tests.nn.layers.test_layers import CASES


@pytest.mark.parametrize("case", CASES)
def test_each_tensor_belongs_to_a_module(case, rng):
    graph = channels_first(Graph.from_model(of_case(case, rng)))
    source = module_source(graph, "network.safetensors")
    ast.parse(source)
    for name in state_dict(graph):
        assert f"self.{name.split('.')[0]} = nn." in source


def test_options_and_layouts():
    model = zoo.build("deep")
    graph = channels_first(Graph.from_model(model))
    source = module_source(graph, "deep.safetensors")
    assert "nn.BatchNorm2d(16, eps=1e-05, momentum=0.1)" in source
    assert "nn.BatchNorm1d(128, eps=1e-05, momentum=0.1)" in source
    tensors, ours = state_dict(graph), model.state_dict()
    np.testing.assert_array_equal(tensors["conv2d_2.weight"], ours["conv2d_2/kernel"].transpose(3, 2, 0, 1))
    by_pixel = ours["dense_1/kernel"].reshape(4, 4, 64, 128)
    np.testing.assert_array_equal(tensors["dense_1.weight"], by_pixel.transpose(3, 2, 0, 1).reshape(128, 1024))


def test_zeros_on_one_side():
    layers = [Conv2D(2, 3, stride=2, padding="same"), Flatten(), Dense(3)]
    source = module_source(channels_first(Graph.from_model(Sequential(layers, (28, 28, 1)))), "a.safetensors")
    assert "self.conv2d_1(functional.pad(image, (0, 1, 0, 1)))" in source
    assert "from torch.nn import functional" in source


def test_an_unknown_operation_is_named():
    graph = Graph((3,))
    graph.add("swish_1", "swish", (INPUT,), (3,))
    with pytest.raises(ValueError, match="swish_1: PyTorch exports do not know the operation 'swish'"):
        module_source(graph, "a.safetensors")

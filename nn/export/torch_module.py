"""The definition of a network as a PyTorch module, and its state dict."""

from collections.abc import Iterator

import numpy as np

from nn.export.graph import INPUT, Graph, Node

#: The names of a layer's arrays in PyTorch.
_NAMES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "mean": "running_mean",
    "variance": "running_var",
}

#: The beginning of every module; other files are not replaced.
FIRST_WORDS = '"""The network of '

_SOURCE = '''"""The network of {weights} as a PyTorch module.

    network = load()
    logits = network(images)  # (N, {input_shape}), float32 in [0, 1], to (N, {output_shape})
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
{modules}

    def forward(self, {input}: torch.Tensor) -> torch.Tensor:
{steps}
        return {output}


def load(path: Path = Path(__file__).with_name({weights!r})) -> Network:
    """The network with its weights, in evaluation mode."""
    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()


if __name__ == "__main__":
    print(load()(torch.zeros(1, {input_shape})).softmax(-1))
'''


def state_dict(graph: Graph) -> dict[str, np.ndarray]:
    """The arrays by PyTorch's names, in its layouts.

    Args:
        graph: with the channels first; see ``nn.export.channels_first``.
    """
    tensors = {}
    for node in graph.nodes:
        for name, array in node.arrays.items():
            is_dense_kernel = node.operation == "dense" and name == "kernel"
            tensors[f"{identifier(node.name)}.{_NAMES[name]}"] = array.T if is_dense_kernel else array
        if node.operation == "batch_norm":
            tensors[f"{identifier(node.name)}.num_batches_tracked"] = np.zeros((), np.int64)
    return tensors


def module_source(graph: Graph, weights: str) -> str:
    """The text of a Python file that defines the network.

    Args:
        graph: with the channels first; see ``nn.export.channels_first``.
        weights: the name of the file of weights beside it.

    Raises:
        ValueError: there is an unknown operation in the graph.
    """
    modules, steps = [], []
    for node in graph.nodes:
        inputs = [identifier(name) for name in node.inputs]
        name, call = identifier(node.name), _function(node, inputs)
        if not call:
            modules.append(f"self.{name} = {_module(node, graph.shape(node.inputs[0]))}")
            call = f"self.{name}({_padded(node, inputs[0])})"
        steps.append(f"{name} = {call}")
    source = _SOURCE.format(
        weights=weights,
        input_shape=_numbers(graph.input_shape),
        output_shape=_numbers(graph.shape(graph.output)),
        modules=_lines(modules),
        steps=_lines(steps),
        input=INPUT,
        output=identifier(graph.output),
    )
    return source if "functional." in source else source.replace("from torch.nn import functional\n", "")


def identifier(name: str) -> str:
    """The name of a node as one of Python and of a state dict: ``add_1/conv2d_1`` is ``add_1_conv2d_1``."""
    return name.replace("/", "_")


def _function(node: Node, inputs: list[str]) -> str:
    """The expression of an operation that is not a module; empty for others."""
    match node.operation:
        case "add":
            return f"{inputs[0]} + {inputs[1]}"
        case "permute":
            return f"{inputs[0]}.permute(0, {_numbers(axis + 1 for axis in node.attributes['axes'])})"
        case "global_avg_pool2d":
            return f"{inputs[0]}.mean((2, 3))"
    return ""


def _module(node: Node, shape: tuple[int, ...]) -> str:
    """The expression that makes the module; ``shape`` is the input's."""
    options = node.attributes
    match node.operation:
        case "conv2d" | "depthwise_conv2d":
            filters, _, *window = node.arrays["kernel"].shape
            arguments = f"{shape[0]}, {filters}, ({_numbers(window)}), stride=({_numbers(options['stride'])})"
            (top, left, bottom, right) = options["pads"]
            if (top, left) == (bottom, right):
                arguments += f", padding=({top}, {left})"
            if node.operation == "depthwise_conv2d":
                arguments += f", groups={filters}, bias=False"
            return f"nn.Conv2d({arguments})"
        case "dense":
            inputs, units = node.arrays["kernel"].shape
            return f"nn.Linear({inputs}, {units})"
        case "batch_norm":
            rest = 1 - options["momentum"]  # PyTorch's momentum is the weight of the new value
            kind = "2d" if len(shape) == 3 else "1d"
            return f"nn.BatchNorm{kind}({shape[0]}, eps={options['epsilon']!r}, momentum={rest:.6g})"
        case "max_pool2d":
            return f"nn.MaxPool2d(({_numbers(options['pool_size'])}), stride=({_numbers(options['stride'])}))"
        case "avg_pool2d":
            return f"nn.AvgPool2d(({_numbers(options['pool_size'])}), stride=({_numbers(options['stride'])}))"
        case "leaky_relu":
            return f"nn.LeakyReLU({options['negative_slope']!r})"
        case "gelu":
            return f"nn.GELU(approximate={'tanh' if options['approximate'] else 'none'!r})"
        case "dropout":
            return f"nn.Dropout({options['rate']!r})"
        case "flatten":
            return "nn.Flatten()"
        case "relu":
            return "nn.ReLU()"
        case "sigmoid":
            return "nn.Sigmoid()"
        case "tanh":
            return "nn.Tanh()"
    raise ValueError(f"{node.name}: PyTorch exports do not know the operation {node.operation!r}")


def _padded(node: Node, x: str) -> str:
    """The input of a module. ``nn.Conv2d`` pads both sides equally; other padding is applied to its input."""
    if "pads" not in node.attributes:
        return x
    (top, left, bottom, right) = node.attributes["pads"]
    return x if (top, left) == (bottom, right) else f"functional.pad({x}, ({left}, {right}, {top}, {bottom}))"


def _numbers(numbers: Iterator[int] | tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, numbers))


def _lines(lines: list[str]) -> str:
    return "\n".join(f"        {line}" for line in lines or ["pass"])

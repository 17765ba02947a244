"""The networks of the benchmark, as layers of this library, from which each framework makes its own."""

from collections.abc import Callable

from nn import BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, zoo
from nn.layers import Layer


def simplechains() -> list[Layer]:
    """LeNet-5 as SimpleChains.jl trains it: without padding."""
    return [
        *(Conv2D(6, 5), ReLU(), MaxPool2D(2), Conv2D(16, 5), ReLU(), MaxPool2D(2)),
        *(Flatten(), Dense(120), ReLU(), Dense(84), ReLU(), Dense(10)),
    ]


def conv_bn_relu() -> list[Layer]:
    """3x3 convolutions with batch normalization: 32, 32, pool, 64, 64, pool, dense 128."""
    layers: list[Layer] = []
    for filters in (32, 64):
        for _ in range(2):
            layers += [Conv2D(filters, 3, padding="same"), BatchNorm(), ReLU()]
        layers.append(MaxPool2D(2))
    return [*layers, Flatten(), Dense(128), ReLU(), Dense(10)]


OWN: dict[str, Callable[[], list[Layer]]] = {"simplechains": simplechains, "conv_bn_relu": conv_bn_relu}

NETWORKS = ("baseline", "mlp", "lenet5", "simplechains", "deep", "tiny", "conv_bn_relu")


def build(name: str) -> Sequential:
    """The network, with new weights."""
    return Sequential(OWN[name](), (28, 28, 1)) if name in OWN else zoo.build(name)

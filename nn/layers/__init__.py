"""The layers that networks are made of."""

from nn.layers.base import Layer
from nn.layers.batch_norm import BatchNorm
from nn.layers.conv2d import Conv2D
from nn.layers.dense import Dense
from nn.layers.dropout import Dropout
from nn.layers.flatten import Flatten
from nn.layers.max_pool import MaxPool2D
from nn.layers.relu import ReLU

#: Layers by the name that checkpoints use.
LAYERS: dict[str, type[Layer]] = {
    layer.__name__: layer for layer in (BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU)
}

__all__ = ["LAYERS", "BatchNorm", "Conv2D", "Dense", "Dropout", "Flatten", "Layer", "MaxPool2D", "ReLU"]

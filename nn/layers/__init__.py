"""The layers that networks are made of. To add one, add a file for it here, and a line in the list below."""

from nn.layers.add import Add as Add
from nn.layers.avg_pool import AvgPool2D as AvgPool2D
from nn.layers.base import Layer as Layer
from nn.layers.batch_norm import BatchNorm as BatchNorm
from nn.layers.conv2d import Conv2D as Conv2D
from nn.layers.dense import Dense as Dense
from nn.layers.depthwise_conv2d import DepthwiseConv2D as DepthwiseConv2D
from nn.layers.description import LAYERS as LAYERS
from nn.layers.description import register as register
from nn.layers.dropout import Dropout as Dropout
from nn.layers.flatten import Flatten as Flatten
from nn.layers.gelu import GELU as GELU
from nn.layers.global_avg_pool import GlobalAvgPool2D as GlobalAvgPool2D
from nn.layers.leaky_relu import LeakyReLU as LeakyReLU
from nn.layers.max_pool import MaxPool2D as MaxPool2D
from nn.layers.relu import ReLU as ReLU
from nn.layers.sigmoid import Sigmoid as Sigmoid
from nn.layers.tanh import Tanh as Tanh

LAYERS.update(
    {name: value for name, value in list(globals().items()) if isinstance(value, type) and value is not Layer}
)

"""The hyperbolic tangent."""

from nn.layers.activation import Activation
from nn.ops import tanh


class Tanh(Activation):
    """y = tanh(x), element by element; any shape."""

    kind = "tanh"
    operation = tanh
    is_operation = True

"""The logistic sigmoid."""

from nn.layers.activation import Activation
from nn.ops import sigmoid


class Sigmoid(Activation):
    """y = 1 / (1 + exp(-x)), element by element; any shape."""

    kind = "sigmoid"
    operation = sigmoid
    is_operation = True

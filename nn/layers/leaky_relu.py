"""The leaky rectified linear unit."""

from nn import checks
from nn.layers.activation import Activation
from nn.ops import leaky_relu


class LeakyReLU(Activation):
    """y = x where x > 0, else ``negative_slope`` x, element by element; any shape.

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    Args:
        negative_slope: at least 0; 0.01 as in PyTorch (Keras has 0.3).
    """

    kind = "leaky_relu"
    config_keys = ("negative_slope",)
    operation = leaky_relu
    is_operation = True

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = checks.number("LeakyReLU: negative_slope", negative_slope, 0)

"""The Gaussian error linear unit."""

from nn import checks
from nn.layers.activation import Activation
from nn.ops import gelu


class GELU(Activation):
    """y = x Φ(x), Φ being the normal distribution's cumulative function, element by element; any shape.

    Hendrycks and Gimpel, "Gaussian error linear units", 2016.

    Args:
        approximate: False for the exact Φ(x) = (1 + erf(x / √2)) / 2, the default of Keras and PyTorch; True for the
            approximation by tanh, PyTorch's ``approximate="tanh"``.
    """

    kind = "gelu"
    config_keys = ("approximate",)
    operation = gelu
    is_operation = True
    saves_input = True

    def __init__(self, approximate: bool = False) -> None:
        super().__init__()
        self.approximate = checks.boolean("GELU: approximate", approximate)

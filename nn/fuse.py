"""Runs of layers as one pass over memory."""

from nn.layers import BatchNorm, Conv2D, Dense, Dropout, Flatten, Layer, MaxPool2D, ReLU
from nn.layers.fused import BatchNormReLU, ConvReLU, ConvReLUPool, FusedDense
from nn.model import Sequential


def fuse(model: Sequential) -> Sequential:
    """The same network with runs of layers replaced by fused ones that share the SAME ``Parameter`` objects.

    The result computes what ``model`` computes, and training either trains both. Runs that no fused layer covers
    stay the layers they are.
    """
    layers: list[Layer] = []
    rest = model.layers
    behind_relu = False
    while rest:
        layer, rest = _take_run(rest, behind_relu)
        layers.append(layer)
        behind_relu = _stops_at_zero(layer, behind_relu)
    return Sequential.from_layers(layers, model.input_shape, model.dtype)


def _take_run(layers: list[Layer], behind_relu: bool) -> tuple[Layer, list[Layer]]:
    """The first layers as one, and those that are left."""
    match layers:
        case [Conv2D() as conv, ReLU(), MaxPool2D() as pool, *rest] if _is_first_kind(conv, pool):
            return ConvReLUPool(conv, pool), rest
        case [Conv2D() as conv, ReLU(), *rest]:
            return ConvReLU(conv), rest
        case [Dense() as dense, ReLU(), *rest]:
            return FusedDense(dense, True, behind_relu), rest
        case [Dense() as dense, *rest] if behind_relu:
            return FusedDense(dense, False, behind_relu), rest
        case [BatchNorm() as norm, ReLU(), *rest]:
            return BatchNormReLU(norm), rest
    return layers[0], layers[1:]


def _stops_at_zero(layer: Layer, before: bool) -> bool:
    """Whether gradients are stopped wherever a layer's output is zero, if ``before`` says so of its input."""
    match layer:
        case ReLU() | ConvReLUPool() | ConvReLU() | BatchNormReLU():
            return True
        case FusedDense():
            return layer.has_relu
        case Flatten() | Dropout() | MaxPool2D():  # zeros go through to zeros, or are a dropout's own
            return before
    return False


def _is_first_kind(conv: Conv2D, pool: MaxPool2D) -> bool:
    """Whether the one-pass kernel for 3x3 windows over grey images covers this run."""
    return (
        conv.input_shape[2] == 1
        and conv.kernel_size == (3, 3)
        and conv.stride == (1, 1)
        and conv.padding == "valid"
        and pool.pool_size == pool.stride == (2, 2)
    )

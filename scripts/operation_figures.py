"""The figures of docs/ops. Those with numbers show the variables of the worked example on their page."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
from matplotlib.figure import Figure

from nn.ops import adam, conv2d, gelu, leaky_relu, relu, sgd, sigmoid, tanh
from scripts.plots import Grid, curves, grids, trajectories
from scripts.worked_examples import run


def _cells(shape: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    """A mask of some cells."""
    mask = np.zeros(shape, bool)
    mask[rows, columns] = True
    return mask


def _dilated(dy: np.ndarray, offset: int, stride: int, size: int) -> np.ndarray:
    """``dy`` with zeros between its elements and around them."""
    out = np.empty((1, size, size, 1))
    conv2d.insert_zeros(dy.reshape(1, *dy.shape, 1), (offset, offset), (stride, stride), out)
    return out[0, :, :, 0]


def convolution() -> Figure:
    """The forward pass, the gradient of the kernel, and that of the input."""
    names = run("conv2d")
    window, products = _cells((4, 4), slice(3), slice(3)), _cells((4, 4), slice(2), slice(2))
    first_y, first_dk = _cells((2, 2), slice(1), slice(1)), _cells((3, 3), slice(1), slice(1))
    y, dk, dx = (
        Grid("y", names.y[0, :, :, 0], first_y),
        Grid("dk", names.d_kernel[:, :, 0, 0], first_dk),
        _dx(names.dx),
    )
    padded = Grid("dy, padded", _dilated(names.dy, 2, 1, 6), _cells((6, 6), slice(1, 4), slice(1, 4)))
    return grids(
        [
            [Grid("x", names.x, window), "*", Grid("k", names.k), "+ 1 =", y],
            [Grid("x", names.x, products), "*", Grid("dy", names.dy), "=", dk],
            [padded, "*", Grid("k, rotated", names.k[::-1, ::-1]), "=", dx],
        ]
    )


def strided_convolution() -> Figure:
    """The gradient of the input with stride 2 and padding 1."""
    names = run("conv2d")
    dilated = Grid("dy, zeros inserted", _dilated(names.dy, 1, 2, 6), _cells((6, 6), slice(1, 4), slice(1, 4)))
    return grids([[dilated, "*", Grid("k, rotated", names.k[::-1, ::-1]), "=", _dx(names.strided_dx)]])


def _dx(dx: np.ndarray) -> Grid:
    """The gradient of an image of 4x4 pixels, with its second pixel of the second row marked."""
    return Grid("dx", dx[0, :, :, 0], _cells((4, 4), slice(1, 2), slice(1, 2)))


def depthwise_convolution() -> Figure:
    """Each channel with its own kernel, and the gradient of the first."""
    names = run("depthwise_conv2d")
    window, output = _cells((3, 3), slice(1, 3), slice(2)), _cells((2, 2), slice(1, 2), slice(1))
    rows: list[list[Grid | str]] = [
        [
            *(Grid(f"x, channel {c + 1}", names.x[..., c], window), "*", Grid("k", names.k[..., c])),
            *("=", Grid("y", names.y[0, ..., c], output)),
        ]
        for c in (0, 1)
    ]
    dx = Grid("dx", names.dx[0, ..., 0], _cells((3, 3), slice(1, 2), slice(1, 2)))
    return grids([*rows, [Grid("dy, channel 1", names.dy[0, ..., 0]), "→", dx]])


def max_pooling() -> Figure:
    """Maxima, and where their gradients go."""
    names = run("max_pool")
    dx = names.dx[0, :, :, 0]
    forward: list[Grid | str] = [Grid("x", names.x, dx > 0), "→", Grid("y", names.y[0, :, :, 0])]
    return grids([forward, [Grid("dy", names.dy), "→", Grid("dx", dx, dx > 0)]])


def average_pooling() -> Figure:
    """Means, and their gradients."""
    names = run("avg_pool")
    window, mean = _cells((4, 4), slice(2), slice(2)), _cells((2, 2), slice(1), slice(1))
    forward: list[Grid | str] = [Grid("x", names.x, window), "→", Grid("y", names.y[0, :, :, 0], mean)]
    return grids([forward, [Grid("dy", names.dy, mean), "→", Grid("dx", names.dx[0, :, :, 0], window)]])


def dense_layer() -> Figure:
    """The three products of matrices."""
    names = run("dense")
    return grids(
        [
            [Grid("x", names.x), "·", Grid("w", names.w), "+", Grid("b", names.bias), "=", Grid("y", names.y)],
            [Grid("x, transposed", names.x.T), "·", Grid("dy", names.dy), "=", Grid("dw", names.d_w)],
            [Grid("dy", names.dy), "·", Grid("w, transposed", names.w.T), "=", Grid("dx", names.dx)],
        ]
    )


def rectifier() -> Figure:
    """ReLU of the worked example."""
    names = run("relu")
    active = names.y > 0
    forward: list[Grid | str] = [Grid("x", names.x), "→", Grid("y", names.y, active)]
    return grids([forward, [Grid("dy", names.dy), "→", Grid("dx", names.dx, active)]])


def activations() -> Figure:
    """The activations and their slopes."""
    functions: dict[str, tuple[ModuleType, tuple, bool]] = {
        "ReLU": (relu, (), False),
        "leaky ReLU, s = 0.1": (leaky_relu, (0.1,), False),
        "GELU": (gelu, (False,), True),
        "sigmoid": (sigmoid, (), False),
        "tanh": (tanh, (), False),
    }

    def value(module: ModuleType, options: tuple) -> Callable[[np.ndarray], np.ndarray]:
        def compute(x: np.ndarray) -> np.ndarray:
            y = np.empty_like(x)
            module.forward(x, *options, y)
            return y

        return compute

    def slope(module: ModuleType, options: tuple, of_input: bool) -> Callable[[np.ndarray], np.ndarray]:
        def compute(x: np.ndarray) -> np.ndarray:
            dx = np.empty_like(x)
            module.backward(np.ones_like(x), x if of_input else value(module, options)(x), *options, dx)
            return dx

        return compute

    values = {label: value(module, options) for label, (module, options, _) in functions.items()}
    slopes = {label: slope(*function) for label, function in functions.items()}
    return curves(np.linspace(-4, 4, 161), {"y": values, "slope": slopes})


def batch_normalization() -> Figure:
    """A batch, normalized, and the gradients."""
    names = run("batch_norm")
    return grids(
        [
            [Grid("x", names.x), "→", Grid("x̂", names.x_hat), "→", Grid("y", names.y)],
            [Grid("dy", names.dy), "→", Grid("dx", names.dx)],
        ]
    )


def cross_entropy() -> Figure:
    """From logits to their gradient."""
    names = run("softmax_cross_entropy")
    q = np.eye(4)[names.labels]
    label = q > 0
    p = Grid("p", names.p, label)
    return grids(
        [[Grid("z", names.z, label), "→", p], [p, "-", Grid("q", q, label), "=", Grid("4 dz", names.p - q, label)]]
    )


def dropout() -> Figure:
    """What is kept, and its gradient."""
    names = run("dropout")
    kept = names.dx > 0
    forward: list[Grid | str] = [Grid("x", names.x, kept), "→", Grid("y", names.y, kept)]
    return grids([forward, [Grid("dy", names.dy, kept), "→", Grid("dx", names.dx, kept)]])


def residual_addition() -> Figure:
    """A branch, the shortcut, and the gradient."""
    names = run("add")
    return grids(
        [
            [Grid("ReLU(x)", names.branch), "+", Grid("x", names.x), "=", Grid("y", names.y)],
            [Grid("of the branch", names.of_branch), "+", Grid("dy", names.dy), "=", Grid("dx", names.dx)],
        ]
    )


def optimizers() -> Figure:
    """The trajectories of three optimizers down a valley that is steeper in one direction."""
    steepness, steps = np.array([1.0, 20.0]), 60

    def descend(step: Callable[[np.ndarray, np.ndarray, int], None]) -> np.ndarray:
        w = np.array([-2.0, 0.6])
        points = [w.copy()]
        for t in range(1, steps + 1):
            step(w, steepness * w, t)
            points.append(w.copy())
        return np.array(points)

    b, c, m, v = np.zeros((4, 2))

    def step_of_adam(w: np.ndarray, g: np.ndarray, t: int) -> None:
        adam.step(w, g, m, v, np.array([[0, 2]]), adam.adam_coefficients(0.1, 0.9, 0.999, 1e-8, t, w.dtype))

    runs = {
        "SGD, 0.09": descend(lambda w, g, t: sgd.step(w, g, b, 0.09, 0.0, False)),
        "SGD, 0.02, momentum 0.9": descend(lambda w, g, t: sgd.step(w, g, c, 0.02, 0.9, False)),
        "Adam, 0.1": descend(step_of_adam),
    }
    return trajectories(runs, lambda x, y: (steepness[0] * x**2 + steepness[1] * y**2) / 2)


def warps() -> Figure:
    """The warps of the worked example."""
    names = run("warp")
    views = {"image": names.image, "shifted": names.shifted, "rotated": names.rotated, "thicker": names.thicker}
    return grids([[Grid(title, values) for title, values in views.items()]])


def quantization() -> Figure:
    """Weights, integers and errors."""
    names = run("quantization")
    scaled, error = names.w / names.scale, names.error / names.scale
    return grids([[Grid("w / scale", scaled), "→", Grid("q", names.q), "", Grid("error / scale", error)]])


def pen() -> Figure:
    """The squared distances, and the ink."""
    names = run("rasterize")
    return grids([[Grid("squared distance", names.square), "→", Grid("ink", names.ink)]])


#: By the file in docs/images.
OPERATION_FIGURES: dict[str, Callable[[], Figure]] = {
    "ops/conv2d.svg": convolution,
    "ops/conv2d_strided.svg": strided_convolution,
    "ops/depthwise_conv2d.svg": depthwise_convolution,
    "ops/max_pool.svg": max_pooling,
    "ops/avg_pool.svg": average_pooling,
    "ops/dense.svg": dense_layer,
    "ops/relu.svg": rectifier,
    "ops/activations.svg": activations,
    "ops/batch_norm.svg": batch_normalization,
    "ops/softmax_cross_entropy.svg": cross_entropy,
    "ops/dropout.svg": dropout,
    "ops/add.svg": residual_addition,
    "ops/optimizers.svg": optimizers,
    "ops/warp.svg": warps,
    "ops/quantization.svg": quantization,
    "ops/rasterize.svg": pen,
}

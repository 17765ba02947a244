"""The table of cases for ``test_rungs.py``: for every operation, the arguments of some calls.

Add a case for a new operation: a generator of argument dictionaries, in which ``Output`` stands for an array that the
operation fills. Choose sizes that leave a tail in every kind of loop.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nn.data.augment import Augmentation
from nn.ops import connected_components, segment_distance
from nn.ops.adam import AdamStep, adam_coefficients

Arguments = dict[str, Any]

CASES: dict[str, Callable[[Any, np.random.Generator], Iterator[Arguments]]] = {}


class Output(NamedTuple):
    """An array that an operation has to fill; only what ``where`` selects is specified."""

    shape: tuple[int, ...]
    dtype: Any
    where: Any = True


def case(name):
    """Add a generator of arguments, called with a float dtype and a random generator, to the table."""

    def add(function):
        CASES[name] = function
        return function

    return add


def normal(rng, dtype, *shape, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(dtype)


def mostly_zero(rng, dtype, *shape, share):
    """Normal numbers, of which a share is left and the others are zero."""
    return (rng.standard_normal(shape) * (rng.random(shape) < share)).astype(dtype)


CONVOLUTIONS = [
    # images, height, width, channels, filters, window, stride
    (2, 28, 28, 1, 32, (3, 3), (1, 1)),
    (17, 12, 11, 4, 33, (3, 2), (2, 1)),
    (3, 9, 10, 32, 16, (3, 3), (1, 1)),
    (1, 5, 5, 8, 70, (1, 1), (2, 3)),
    (2, 4, 7, 3, 1, (4, 7), (1, 1)),
    (0, 6, 6, 2, 3, (2, 2), (1, 1)),
    (19, 9, 8, 1, 6, (5, 4), (1, 1)),
    (9, 7, 9, 5, 17, (2, 3), (1, 1)),
    (5, 13, 12, 32, 48, (3, 3), (1, 1)),
    (2, 5, 6, 3, 5, (2, 3), (3, 3)),
]


def convolutions(dtype, rng):
    """x, kernel, bias, dy and the stride of each convolution."""
    for n, h, w, c, f, window, stride in CONVOLUTIONS:
        out_h, out_w = (h - window[0]) // stride[0] + 1, (w - window[1]) // stride[1] + 1
        x = normal(rng, dtype, n, h, w, c)
        kernel = normal(rng, dtype, *window, c, f, scale=1 / np.sqrt(window[0] * window[1] * c))
        yield x, kernel, normal(rng, dtype, f), normal(rng, dtype, n, out_h, out_w, f, scale=0.25), stride


@case("conv2d.insert_zeros")
def insert_zeros(dtype, rng):
    x = normal(rng, dtype, 2, 5, 4, 3)
    for offset in ((0, 0), (1, 2), (4, 0)):
        for stride in ((1, 1), (2, 3)):
            for size in ((9, 9), (5, 14), (6, 3)):
                yield {"x": x, "offset": offset, "stride": stride, "out": Output((2, *size, 3), dtype)}


@case("conv2d.forward")
def conv2d_forward(dtype, rng):
    for x, kernel, bias, dy, stride in convolutions(dtype, rng):
        for relu in (False, True):
            out = Output(dy.shape, dtype)
            yield {"x": x, "kernel": kernel, "bias": bias, "stride": stride, "out": out, "relu": relu}


@case("conv2d.backward_kernel")
def conv2d_backward_kernel(dtype, rng):
    for x, kernel, bias, dy, stride in convolutions(dtype, rng):
        outputs = {"d_kernel": Output(kernel.shape, dtype), "d_bias": Output(bias.shape, dtype)}
        yield {"x": x, "dy": dy, "stride": stride, **outputs}


@case("conv2d.backward_input")
def conv2d_backward_input(dtype, rng):
    for x, kernel, _, dy, stride in convolutions(dtype, rng):
        n, h, w, c = x.shape
        for offset in ((0, 0), (kernel.shape[0] // 2, kernel.shape[1] // 2)):  # the latter at both sides
            dx = Output((n, max(1, h - 2 * offset[0]), max(1, w - 2 * offset[1]), c), dtype)
            yield {"dy": dy, "kernel": kernel, "stride": stride, "offset": offset, "dx": dx}


DENSE_SIZES = [
    (33, 129, 65),
    (1, 100, 7),
    (3, 17, 6),
    (4, 16, 5),
    (5, 31, 12),
    (9, 1, 1),
    (0, 8, 8),
    (131, 1301, 64),
    (66, 4101, 64),
]


def dense_layers(dtype, rng, share=1.0):
    for n, inputs, units in DENSE_SIZES:
        x = mostly_zero(rng, dtype, n, inputs, share=share)
        weights = normal(rng, dtype, inputs, units, scale=1 / np.sqrt(inputs))
        yield x, weights, normal(rng, dtype, units), mostly_zero(rng, dtype, n, units, share=share)


@case("dense.forward")
def dense_forward(dtype, rng):
    for share in (1.0, 0.3, 0.0):
        for x, weights, bias, dy in dense_layers(dtype, rng, share):
            for relu in (False, True):
                yield {"x": x, "weights": weights, "bias": bias, "out": Output(dy.shape, dtype), "relu": relu}


@case("dense.backward_input")
def dense_backward_input(dtype, rng):
    for x, weights, _, dy in dense_layers(dtype, rng):
        yield {"dy": dy, "weights": weights, "dx": Output(x.shape, dtype)}


@case("dense.backward_weights")
def dense_backward_weights(dtype, rng):
    for x, weights, bias, dy in dense_layers(dtype, rng):
        outputs = {"d_weights": Output(weights.shape, dtype), "d_bias": Output(bias.shape, dtype)}
        yield {"x": x, "dy": dy, **outputs}


@case("dense.backward")
def dense_backward(dtype, rng):
    for share in (1.0, 0.3, 0.0):
        for x, weights, bias, dy in dense_layers(dtype, rng, share):
            y = np.maximum(normal(rng, dtype, *dy.shape), 0)
            for behind_relu in (False, True):
                dx = Output(x.shape, dtype, where=(x != 0) | (not behind_relu))
                step = AdamStep(
                    normal(rng, dtype, *weights.shape),
                    np.square(normal(rng, dtype, *weights.shape)) + dtype(0.1),
                    adam_coefficients(1e-2, 0.9, 0.999, 1e-8, 3, np.dtype(dtype)),
                )
                for adam in (None, step):
                    for output in (None, y):
                        yield {
                            "x": x,
                            "dy": dy,
                            "weights": weights,
                            "d_weights": Output(weights.shape, dtype, where=adam is None),
                            "d_bias": Output(bias.shape, dtype),
                            "y": output,
                            "dx": dx if output is None or behind_relu else None,
                            "behind_relu": behind_relu,
                            "adam": adam,
                        }


@case("relu.forward")
def relu_forward(dtype, rng):
    for size in (0, 1, 100, (1 << 15) + 3):
        x = normal(rng, dtype, size, 1)
        x[::7], x[3::50] = 0, np.nan
        yield {"x": x, "out": Output(x.shape, dtype)}


@case("relu.backward")
def relu_backward(dtype, rng):
    for arguments in relu_forward(dtype, rng):
        y = np.maximum(arguments["x"], 0)
        yield {"dy": normal(rng, dtype, *y.shape), "y": y, "dx": Output(y.shape, dtype)}


@case("leaky_relu.forward")
def leaky_relu_forward(dtype, rng):
    yield from ({**arguments, "slope": 0.3} for arguments in relu_forward(dtype, rng))


@case("leaky_relu.backward")
def leaky_relu_backward(dtype, rng):
    yield from ({**arguments, "slope": 0.3} for arguments in relu_backward(dtype, rng))


case("sigmoid.forward")(relu_forward)
case("sigmoid.backward")(relu_backward)
case("tanh.forward")(relu_forward)
case("tanh.backward")(relu_backward)


@case("gelu.forward")
def gelu_forward(dtype, rng):
    for arguments in relu_forward(dtype, rng):
        yield from ({**arguments, "approximate": approximate} for approximate in (False, True))


@case("gelu.backward")
def gelu_backward(dtype, rng):
    for arguments in relu_forward(dtype, rng):
        x = arguments["x"]
        for approximate in (False, True):
            outputs = {"dx": Output(x.shape, dtype)}
            yield {"dy": normal(rng, dtype, *x.shape), "x": x, "approximate": approximate, **outputs}


@case("add.forward")
def add_forward(dtype, rng):
    for size in (0, 1, (1 << 15) + 3):
        a, b = normal(rng, dtype, 2, size, 1)
        yield {"a": a, "b": b, "out": Output(a.shape, dtype)}


def poolings(dtype, rng):
    """x, window, stride and the shape of y of each pooling; with few values, so many ties, and with NaN."""
    for shape, window, stride in [
        ((3, 26, 26, 32), (2, 2), (2, 2)),
        ((2, 7, 9, 5), (3, 2), (1, 2)),
        ((2, 8, 8, 3), (2, 2), (3, 3)),
        ((0, 4, 4, 2), (2, 2), (2, 2)),
    ]:
        n, h, w, c = shape
        x = rng.integers(0, 3, shape).astype(dtype)
        x[rng.random(shape) < 0.05] = np.nan
        yield x, window, stride, (n, (h - window[0]) // stride[0] + 1, (w - window[1]) // stride[1] + 1, c)


@case("depthwise_conv2d.forward")
def depthwise_conv2d_forward(dtype, rng):
    for x, kernel, dy, stride in depthwise_convolutions(dtype, rng):
        yield {"x": x, "kernel": kernel, "stride": stride, "out": Output(dy.shape, dtype)}


@case("depthwise_conv2d.backward_kernel")
def depthwise_conv2d_backward_kernel(dtype, rng):
    for x, kernel, dy, stride in depthwise_convolutions(dtype, rng):
        yield {"x": x, "dy": dy, "stride": stride, "d_kernel": Output(kernel.shape, dtype)}


@case("depthwise_conv2d.backward_input")
def depthwise_conv2d_backward_input(dtype, rng):
    for x, kernel, dy, stride in depthwise_convolutions(dtype, rng):
        for offset in ((0, 0), (1, 2)):
            (n, h, w, c), (top, left) = x.shape, offset
            dx = Output((n, h - top, w - left, c), dtype)
            yield {"dy": dy, "kernel": kernel, "stride": stride, "offset": offset, "dx": dx}


def depthwise_convolutions(dtype, rng):
    """x, kernel, dy and the stride of each depthwise convolution."""
    for n, h, w, c, window, stride in (
        (2, 6, 7, 5, (3, 3), (1, 1)),
        (35, 5, 4, 9, (2, 3), (1, 1)),
        (3, 9, 8, 17, (3, 2), (2, 3)),
        (1, 5, 5, 1, (1, 1), (3, 2)),
        (0, 6, 6, 2, (2, 2), (1, 1)),
    ):
        shape = n, (h - window[0]) // stride[0] + 1, (w - window[1]) // stride[1] + 1, c
        yield normal(rng, dtype, n, h, w, c), normal(rng, dtype, *window, c), normal(rng, dtype, *shape), stride


@case("max_pool.forward")
def max_pool_forward(dtype, rng):
    for x, window, stride, shape in poolings(dtype, rng):
        outputs = {"out": Output(shape, dtype), "max_index": Output(shape, np.int32)}
        yield {"x": x, "window": window, "stride": stride, **outputs}


@case("max_pool.backward")
def max_pool_backward(dtype, rng):
    for x, window, stride, shape in poolings(dtype, rng):
        max_index = rng.integers(0, window[0] * window[1], shape).astype(np.int32)
        dy = normal(rng, dtype, *shape)
        dx = Output(x.shape, dtype)
        yield {"dy": dy, "max_index": max_index, "window": window, "stride": stride, "dx": dx}


@case("avg_pool.forward")
def avg_pool_forward(dtype, rng):
    for x, window, stride, shape in poolings(dtype, rng):
        yield {"x": normal(rng, dtype, *x.shape), "window": window, "stride": stride, "out": Output(shape, dtype)}


@case("avg_pool.backward")
def avg_pool_backward(dtype, rng):
    for x, window, stride, shape in poolings(dtype, rng):
        dx = Output(x.shape, dtype)
        yield {"dy": normal(rng, dtype, *shape), "window": window, "stride": stride, "dx": dx}


FUSED_CONVOLUTIONS = [
    # images, height, width, channels, filters, window, pooling
    (5, 28, 28, 1, 32, (3, 3), (2, 2)),
    (18, 9, 7, 1, 3, (3, 3), (2, 2)),
    (1, 12, 21, 1, 40, (3, 3), (2, 2)),
    (0, 6, 6, 1, 4, (3, 3), (2, 2)),
    (2, 4, 4, 1, 65, (3, 3), (2, 2)),
    (2, 7, 70, 1, 2, (3, 3), (2, 2)),
    (9, 4, 3, 1, 5, (3, 3), (2, 1)),
    (19, 16, 15, 1, 6, (5, 5), (2, 2)),
    (17, 8, 9, 6, 16, (5, 5), (2, 3)),
    (33, 9, 17, 2, 18, (3, 3), (2, 2)),
    (8, 11, 12, 3, 7, (2, 4), (4, 4)),
    (8, 5, 72, 2, 1, (1, 2), (1, 1)),
    (9, 6, 7, 3, 33, (2, 2), (3, 2)),
    (3, 6, 7, 3, 5, (2, 2), (3, 2)),
]


def fused_convolutions(dtype, rng):
    """x, kernel, bias, pool and the shape of y; whole numbers: sums are exact, and every version finds the ties."""
    for n, h, w, c, f, (kh, kw), pool in FUSED_CONVOLUTIONS:
        for black in (0.0, 0.9, 1.0):
            x = rng.integers(-2, 3, (n, h, w, c)).astype(dtype)
            x[rng.random((n, h, w)) < black] = 0
            x[..., : c - 1] *= black != 0.9  # what lies in the last channel alone is no black
            kernel = rng.integers(-3, 4, (kh, kw, c, f)).astype(dtype)
            bias = rng.integers(-6, 3, f).astype(dtype)
            yield x, kernel, bias, pool, (n, (h - kh + 1) // pool[0], (w - kw + 1) // pool[1], f)


@case("conv_relu_pool.forward")
def conv_relu_pool_forward(dtype, rng):
    for x, kernel, bias, pool, shape in fused_convolutions(dtype, rng):
        outputs = {"out": Output(shape, dtype), "max_index": Output(shape, np.uint8)}
        yield {"x": x, "kernel": kernel, "bias": bias, "pool": pool, **outputs}


@case("conv_relu_pool.unpool")
def conv_relu_pool_unpool(dtype, rng):
    for x, kernel, _, pool, shape in fused_convolutions(dtype, rng):
        max_index = rng.integers(0, pool[0] * pool[1] + 1, shape).astype(np.uint8)
        dz = Output(
            (len(x), *(size - k + 1 for size, k in zip(x.shape[1:3], kernel.shape, strict=False)), shape[3]), dtype
        )
        yield {"dy": normal(rng, dtype, *shape), "max_index": max_index, "pool": pool, "dz": dz}


@case("conv_relu_pool.backward")
def conv_relu_pool_backward(dtype, rng):
    for number, (x, kernel, bias, pool, shape) in enumerate(fused_convolutions(dtype, rng)):
        max_index = rng.integers(0, pool[0] * pool[1] + 1, shape).astype(np.uint8)
        of_weights = {"d_kernel": Output(kernel.shape, dtype), "d_bias": Output(bias.shape, dtype)}
        offset = min(number % 2, kernel.shape[0] - 1), min(number % 3 // 2, kernel.shape[1] - 1)
        smaller = len(x), x.shape[1] - offset[0], x.shape[2] - 2 * offset[1], x.shape[3]
        arguments = {"x": x, "kernel": kernel, "dy": normal(rng, dtype, *shape), "max_index": max_index, "pool": pool}
        for outputs in (
            {**of_weights, "dx": Output(smaller, dtype)},
            {**of_weights, "dx": None},
            {"d_kernel": None, "d_bias": None, "dx": Output(smaller, dtype)},
        ):
            yield {**arguments, "offset": offset, **outputs}


BATCH_NORM_SIZES = [(1, 3), (31, 5), (1000, 32), (7, 600), (2000, 33)]


@case("batch_norm.fold")
def batch_norm_fold(dtype, rng):
    for shape in [(3, 3, 1, 5), (1, 1, 1, 70), (5, 5, 6, 16)]:
        vectors = {name: normal(rng, dtype, shape[-1]) for name in ("bias", "gamma", "beta", "mean")}
        kernel, var = normal(rng, dtype, *shape), rng.uniform(0.5, 2, shape[-1]).astype(dtype)
        outputs = {"out_kernel": Output(shape, dtype), "out_bias": Output(shape[-1:], dtype)}
        yield {"kernel": kernel, **vectors, "var": var, "epsilon": 0.1, **outputs}


@case("batch_norm.moments")
def batch_norm_moments(dtype, rng):
    for rows, channels in BATCH_NORM_SIZES:
        outputs = {"mean": Output((channels,), dtype), "var": Output((channels,), dtype)}
        yield {"x": normal(rng, dtype, rows, channels), **outputs}


@case("batch_norm.forward")
def batch_norm_forward(dtype, rng):
    for rows, channels in BATCH_NORM_SIZES:
        for relu in (False, True):
            x, scale, shift = (normal(rng, dtype, *shape) for shape in ((rows, channels), (channels,), (channels,)))
            yield {"x": x, "scale": scale, "shift": shift, "relu": relu, "out": Output(x.shape, dtype)}


@case("batch_norm.backward")
def batch_norm_backward(dtype, rng):
    for rows, channels in BATCH_NORM_SIZES:
        x, dy = normal(rng, dtype, rows, channels), normal(rng, dtype, rows, channels, scale=0.2)
        statistics = {"mean": x.mean(axis=0), "rstd": 1 / np.sqrt(x.var(axis=0) + dtype(0.1))}
        weights = {"gamma": normal(rng, dtype, channels), "beta": normal(rng, dtype, channels)}
        outputs = {"dx": Output(x.shape, dtype), "d_gamma": Output((channels,), dtype)}
        for relu in (False, True):
            yield {
                "x": x,
                "dy": dy,
                **statistics,
                **weights,
                "relu": relu,
                **outputs,
                "d_beta": Output((channels,), dtype),
            }


def logits_of(dtype, rng):
    return [normal(rng, dtype, n, classes, scale=20) for n, classes in ((32, 10), (1, 1), (7, 26), (0, 10))]


@case("softmax_cross_entropy.softmax")
def softmax(dtype, rng):
    yield from ({"logits": logits} for logits in logits_of(dtype, rng))


@case("softmax_cross_entropy.loss_and_gradient")
def loss_and_gradient(dtype, rng):
    for logits in logits_of(dtype, rng):
        labels = rng.integers(0, logits.shape[1], len(logits))
        for smoothing in (0.0, 0.1):
            gradient = Output(logits.shape, dtype)
            yield {"logits": logits, "labels": labels, "smoothing": smoothing, "gradient": gradient}


@case("gather.gather")
def gather(dtype, rng):
    for shape in ((9, 28, 28), (9, 5, 4, 3)):
        for source in (np.uint8, dtype):
            images = (rng.random(shape) * 255).astype(source)
            yield {"images": images, "indices": np.array([3, 8, 0, 3]), "out": Output((4, *shape[1:]), dtype)}


@case("warp.warp")
def warp(dtype, rng):
    for shape in ((9, 28, 28), (5, 13, 7, 3), (6, 5, 64, 2), (3, 40, 33), (4, 1, 1)):
        for elastic in (0.0, 1.5):
            drawn = Augmentation(rotation=40, scale=0.3, shear=0.3, shift=3, elastic=elastic, thickness=1.5)
            warps = drawn.draw(11, shape[1:], rng)
            # Every pair of dtypes takes seconds to compile: bytes become float32, as in training, and float64 stays.
            source = np.uint8 if dtype == np.float32 else np.float64
            yield {
                "images": (rng.random(shape) * (255 if source == np.uint8 else 1)).astype(source),
                "indices": rng.integers(0, len(shape), 11),
                "matrices": warps.matrices,
                "grids": warps.grids,
                "thickness": warps.thickness,
                "out": Output((11, *shape[1:3], *(shape[3:] or (1,))), dtype),
            }


@case("sgd.step")
def sgd_step(dtype, rng):
    for size in (1, 1000, 9000):
        w, g, b = normal(rng, dtype, 3, size)
        for nesterov in (False, True):
            yield {"w": w, "g": g, "b": b, "learning_rate": 0.1, "momentum": 0.9, "nesterov": nesterov}


@case("adam.step")
def adam_step(dtype, rng):
    for size in (1, 1000, 9000):
        w, g, m, v = normal(rng, dtype, 4, size)
        ranges = np.array([(0, size // 3), (2 * (size // 3), size)])
        for t in (1, 2, 50):
            coefficients = adam_coefficients(1e-2, 0.9, 0.999, 1e-8, t, np.dtype(dtype))
            yield {"w": w, "g": g, "m": m, "v": v**2, "ranges": ranges, "coefficients": coefficients}


@case("norm.norm")
def norm(dtype, rng):
    yield from ({"g": normal(rng, dtype, size)} for size in (0, 1, 1000, 9001))


@case("moving_average.moving_average")
def moving_average(dtype, rng):
    for size in (1, 1000, 5000):
        w, a = normal(rng, dtype, 2, size)
        yield {"w": w, "a": a, "share": 0.1}


@case("segment_distance.squared_distance")
def squared_distance(dtype, rng):
    """Always float32. Beyond the reach, a version may leave the distance infinite."""
    starts = rng.uniform(-3, 31, (90, 2)).astype(np.float32)
    ends = starts + rng.normal(0, 3, (90, 2)).astype(np.float32)
    ends[::7] = starts[::7]
    for count, reach in ((9, 2.5), (90, 60.0)):
        exact = np.empty((28, 31), np.float32)
        segment_distance.squared_distance.rungs["numpy"](starts[:count], ends[:count], reach, exact)
        near = exact < reach**2 - 1e-3
        assert near.sum() > 50
        yield {
            "starts": starts[:count],
            "ends": ends[:count],
            "reach": reach,
            "out": Output((28, 31), np.float32, near),
        }


def masks(rng):
    """Noise of every density, a comb whose teeth join at the last row, and nothing."""
    yield from (rng.random((13, 17)) < share for share in (0.0, 0.2, 0.4, 0.7, 1.0))
    comb = np.zeros((9, 12), bool)
    comb[:, ::2], comb[-1] = True, True
    yield from (comb, comb[::-1].copy(), comb.T.copy(), np.zeros((0, 3), bool))


@case("connected_components.bounds")
def bounds_of_masks(dtype, rng):
    yield from ({"mask": mask} for mask in masks(rng))
    mask = np.zeros((20, 30), bool)
    mask[[4, 9], [25, 7]] = True
    yield {"mask": mask}


@case("connected_components.label")
def label_components(dtype, rng):
    for mask in masks(rng):
        yield {"mask": mask, "labels": Output(mask.shape, np.int32)}


@case("connected_components.measure")
def measure_components(dtype, rng):
    for mask in masks(rng):
        labels = np.empty(mask.shape, np.int32)
        count = connected_components.label.rungs["numpy"](mask, labels)
        yield {"labels": labels, "boxes": Output((count, 4), np.int64), "areas": Output((count,), np.int64)}


@case("otsu.otsu")
def otsu(dtype, rng):
    for values in (rng.random(500) ** 3, rng.integers(0, 4, 500) / 4, np.zeros(9), np.full(9, 0.5)):
        for zeros in (0, 700):
            yield {"values": values.astype(np.float32), "zeros": zeros}


@case("median.median_up_to")
def median_up_to(dtype, rng):
    for values in (rng.random(500) ** 3, rng.integers(0, 4, 500) / 4, np.zeros(9), rng.random(1), rng.random(2)):
        for limit in (1, 0.6):
            yield {"values": np.append(values, 0.5).astype(np.float32), "limit": limit}


@case("quadratic_surface.fit")
def surface_fit(dtype, rng):
    for shape in ((48, 40), (1, 9), (30, 2)):
        y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
        picture = (0.6 + 0.2 * x - 0.3 * y * y + 0.005 * rng.standard_normal(shape)).astype(np.float32)
        picture[:, ::5] -= 0.4
        near = picture > 0.4
        yield {"picture": picture, "near": near, "coefficients": Output((6,), np.float32, shape[1] > 2)}


@case("quadratic_surface.evaluate")
def surface_evaluate(dtype, rng):
    coefficients = rng.standard_normal(6).astype(np.float32)
    yield {"coefficients": coefficients, "out": Output((13, 20), np.float32)}


@case("total_variation.total_variation")
def total_variation(dtype, rng):
    for shape in ((9, 14), (1, 1)):
        yield {"picture": rng.random(shape).astype(dtype)}


@case("skeletonize.thin")
def thin(dtype, rng):
    for mask in masks(rng):
        if mask.size:
            yield {"ink": np.pad(mask, 1)}
    blot = np.hypot(*np.mgrid[-15:15, -20:20]) < 13
    blot[10:14, 18:21] = False
    yield {"ink": np.pad(blot, 1)}


@case("skeletonize.segments")
def segments(dtype, rng):
    yield from ({"skeleton": np.pad(mask, 1)} for mask in masks(rng))


@case("resample.cubic")
def cubic(dtype, rng):
    for shape, out in (((40, 23), (20, 12)), ((6, 9), (20, 30)), ((17, 1), (5, 3)), ((8, 13), (8, 5))):
        yield {"picture": rng.random(shape).astype(dtype), "out": Output(out, dtype)}


@case("resample.blocks")
def blocks(dtype, rng):
    for shape, side, out in (((13, 22), 3, (5, 8)), ((4, 40), 20, (1, 2)), ((5, 3), 1, (5, 3))):
        yield {"picture": rng.random(shape).astype(dtype), "side": side, "out": Output(out, dtype)}

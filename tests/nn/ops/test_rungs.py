"""Optimized equals naive: every compiled kernel against its NumPy reference, on sizes that leave a tail."""

import functools
import subprocess
import sys

import numpy as np
import pytest

from nn.ops import conv2d, dense, gather, max_pool, relu, softmax_cross_entropy
from nn.ops import conv_relu_pool as fused
from nn.ops import optimizer_steps as updates
from nn.ops import segment_distance as pen

pytestmark = pytest.mark.usefixtures("both_backends")


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    return request.param


def assert_close(found, expected):
    """Equal but for the order of additions."""
    tolerance = 2e-4 if expected.dtype == np.float32 else 1e-11
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def run_both(compiled, reference, inputs, outputs):
    """Run both on the same inputs; each must overwrite whatever stood in its outputs."""
    for kernel, arrays in ((compiled, [np.full(s, 7, d) for s, d in outputs]), (reference, None)):
        if arrays is None:
            arrays = [np.full(s, 9, d) for s, d in outputs]
        kernel(*inputs, *arrays)
        yield arrays


@pytest.mark.parametrize(
    ("n", "inputs", "units"),
    [(32, 5408, 64), (33, 129, 65), (1, 100, 7), (3, 17, 6), (4, 16, 5), (5, 31, 12), (9, 1, 1), (0, 8, 8)],
)
def test_dense(n, inputs, units, dtype, rng):
    x = rng.standard_normal((n, inputs)).astype(dtype)
    dy = rng.standard_normal((n, units)).astype(dtype)
    check_dense(x, dy, dtype, rng)


@pytest.mark.parametrize(
    ("n", "inputs", "units"), [(32, 5408, 64), (67, 1001, 65), (9, 640, 131), (130, 64, 16), (8, 16384, 1)]
)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_dense_leaves_zeros_out(n, inputs, units, share, dtype, rng):
    x = rng.standard_normal((n, inputs)).astype(dtype) * (rng.random((n, inputs)) < share)
    dy = rng.standard_normal((n, units)).astype(dtype) * (rng.random((n, units)) < share)
    check_dense(x, dy, dtype, rng)


def check_dense(x, dy, dtype, rng):
    n, inputs, units = *x.shape, dy.shape[1]
    weights = (rng.standard_normal((inputs, units)) / np.sqrt(inputs)).astype(dtype)
    bias = rng.standard_normal(units).astype(dtype)
    for rectified in (False, True):
        y, expected = np.empty((2, n, units), dtype)
        dense.forward(x, weights, bias, y, rectified)
        dense.forward_numpy(x, weights, bias, expected, rectified)
        assert_close(y, expected)
    for output, dz in ((None, dy), (y, dy * (y > 0))):
        expected_dx, expected_dw, expected_db = np.empty_like(x), np.empty_like(weights), np.empty_like(bias)
        dense.backward_input_numpy(dz, weights, expected_dx)
        dense.backward_weights_numpy(x, dz, expected_dw, expected_db)
        for behind_relu in (False, True):
            for dx in (None, np.full_like(x, 7)):
                dw, db = np.full_like(weights, 7), np.full_like(bias, 7)
                dense.backward(x, dy, weights, dw, db, y=output, dx=dx, behind_relu=behind_relu)
                assert_close(dw, expected_dw)
                assert_close(db, expected_db)
                if dx is not None:
                    left_out = (x == 0) & (dx == 0) if behind_relu else False
                    assert_close(dx, np.where(left_out, 0, expected_dx))


@pytest.mark.parametrize(("n", "inputs", "units"), [(32, 300, 64), (33, 129, 65), (131, 40, 10), (0, 8, 8)])
def test_a_step_of_adam_is_made_where_the_gradient_is(n, inputs, units, dtype, rng):
    """To the bit what comes of writing the gradient and stepping after it; the input's is of the weights before."""
    x = (rng.standard_normal((n, inputs)) * (rng.random((n, inputs)) < 0.4)).astype(dtype)
    dy = rng.standard_normal((n, units)).astype(dtype)
    before = [rng.standard_normal((inputs, units)).astype(dtype) for _ in range(2)]
    before.append(np.square(before[1]))
    numbers = updates.adam_numbers(1e-2, 0.9, 0.999, 1e-8, 3, np.dtype(dtype))
    found = []
    for at_once in (False, True):
        weights, first, second = (array.copy() for array in before)
        dw, db, dx = np.empty_like(weights), np.empty(units, dtype), np.empty_like(x)
        step = updates.AdamStep(first, second, numbers) if at_once else None
        dense.backward(x, dy, weights, dw, db, dx=dx, behind_relu=True, adam=step)
        if not at_once:
            vectors = [array.reshape(-1) for array in (weights, dw, first, second)]
            updates.adam(*vectors, np.array([[0, weights.size]]), numbers)
        found.append([weights, first, second, db, dx])
    for separate, together in zip(*found, strict=True):
        np.testing.assert_array_equal(separate, together)


@pytest.mark.parametrize(
    ("n", "h", "w", "c", "f", "window", "stride"),
    [
        (2, 28, 28, 1, 32, (3, 3), (1, 1)),
        (17, 12, 11, 4, 33, (3, 2), (2, 1)),
        (3, 9, 10, 32, 16, (3, 3), (1, 1)),
        (1, 5, 5, 8, 70, (1, 1), (2, 3)),
        (2, 4, 7, 3, 1, (4, 7), (1, 1)),
        (0, 6, 6, 2, 3, (2, 2), (1, 1)),
    ],
)
def test_conv2d(n, h, w, c, f, window, stride, dtype, rng):
    out_h, out_w = (h - window[0]) // stride[0] + 1, (w - window[1]) // stride[1] + 1
    x = rng.standard_normal((n, h, w, c)).astype(dtype)
    kernel = (rng.standard_normal((*window, c, f)) / np.sqrt(window[0] * window[1] * c)).astype(dtype)
    bias = rng.standard_normal(f).astype(dtype)
    dy = rng.standard_normal((n, out_h, out_w, f)).astype(dtype) / 4
    for rectified in (False, True):
        (y,), (expected,) = run_both(
            functools.partial(conv2d.forward, relu=rectified),
            functools.partial(conv2d.forward_numpy, relu=rectified),
            (x, kernel, bias, stride),
            [((n, out_h, out_w, f), dtype)],
        )
        assert_close(y, expected)
    outputs = [(kernel.shape, dtype), (bias.shape, dtype)]
    for found, expected in zip(
        *run_both(conv2d.backward_kernel, conv2d.backward_kernel_numpy, (x, dy, stride), outputs), strict=True
    ):
        assert_close(found, expected)
    for offset in ((0, 0), (window[0] // 2, window[1] // 2)):
        (dx,), (expected,) = run_both(
            conv2d.backward_input,
            conv2d.backward_input_numpy,
            (dy, kernel, stride, offset),
            [((n, h - offset[0], w - offset[1], c), dtype)],
        )
        assert_close(dx, expected)


@pytest.mark.parametrize("offset", [(0, 0), (1, 2), (4, 0)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("size", [(9, 9), (5, 14), (6, 3)])
def test_spread(offset, stride, size, dtype, rng):
    x = rng.standard_normal((2, 5, 4, 3)).astype(dtype)
    (found,), (expected,) = run_both(conv2d.spread, conv2d.spread_numpy, (x, offset, stride), [((2, *size, 3), dtype)])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("shape", "window", "stride"),
    [
        ((3, 26, 26, 32), (2, 2), (2, 2)),
        ((2, 7, 9, 5), (3, 2), (1, 2)),
        ((2, 8, 8, 3), (2, 2), (3, 3)),
        ((0, 4, 4, 2), (2, 2), (2, 2)),
    ],
)
def test_max_pool(shape, window, stride, dtype, rng):
    n, h, w, c = shape
    pooled = (n, (h - window[0]) // stride[0] + 1, (w - window[1]) // stride[1] + 1, c)
    x = rng.integers(0, 3, shape).astype(dtype)  # few values, many ties
    x[rng.random(shape) < 0.05] = np.nan
    for found, expected in zip(
        *run_both(
            max_pool.forward,
            max_pool.forward_numpy,
            (x, window, stride),
            [(pooled, dtype), (pooled, np.int32)],
        ),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)
    dy = rng.standard_normal(pooled).astype(dtype)
    (dx,), (wanted,) = run_both(
        max_pool.backward, max_pool.backward_numpy, (dy, expected, window, stride), [(shape, dtype)]
    )
    assert_close(dx, wanted)


@pytest.mark.parametrize("size", [0, 1, 100, relu.SMALL + 3])
def test_relu(size, dtype, rng):
    x = rng.standard_normal((size, 1)).astype(dtype)
    x[::7] = 0
    x[3::50] = np.nan
    (y,), (expected,) = run_both(relu.forward, relu.forward.rungs["numpy"], (x,), [(x.shape, dtype)])
    np.testing.assert_array_equal(y, expected)
    dy = rng.standard_normal(x.shape).astype(dtype)
    (dx,), (expected,) = run_both(relu.backward, relu.backward.rungs["numpy"], (dy, y), [(x.shape, dtype)])
    np.testing.assert_array_equal(dx, expected)


@pytest.mark.parametrize(
    ("n", "h", "w", "f"), [(5, 28, 28, 32), (18, 9, 7, 3), (1, 12, 21, 40), (0, 6, 6, 4), (2, 4, 4, 65), (2, 7, 70, 2)]
)
@pytest.mark.parametrize("black", [0.0, 0.9, 1.0])
def test_conv_relu_pool(n, h, w, f, black, dtype, rng):
    x = rng.standard_normal((n, h, w, 1)).astype(dtype)
    x[rng.random((n, h, w)) < black] = 0
    kernel = rng.standard_normal((3, 3, 1, f)).astype(dtype)
    bias = rng.standard_normal(f).astype(dtype) - 2  # closes some windows
    pooled = (n, (h - 2) // 2, (w - 2) // 2, f)
    (y, winner), (expected, expected_winner) = run_both(
        fused.conv_relu_pool,
        fused.conv_relu_pool_numpy,
        (x, kernel, bias),
        [(pooled, dtype), (pooled, np.uint8)],
    )
    assert_close(y, expected)
    assert (winner != expected_winner).mean() < 1e-3 if n else True  # rounding may break a tie otherwise
    assert n == 0 or black or {0, 1, 2, 3, fused.CLOSED} == set(np.unique(winner))
    dy = rng.standard_normal(pooled).astype(dtype)
    outputs = [(kernel.shape, dtype), (bias.shape, dtype)]
    for found, wanted in zip(
        *run_both(fused.conv_relu_pool_backward, fused.conv_relu_pool_backward_numpy, (x, dy, winner), outputs),
        strict=True,
    ):
        assert_close(found, wanted)


def test_conv_relu_pool_takes_the_first_of_equals_and_keeps_nan():
    x = np.ones((1, 4, 4, 1), np.float32)
    kernel, bias = np.ones((3, 3, 1, 1), np.float32), np.zeros(1, np.float32)
    y, winner = np.empty((1, 1, 1, 1), np.float32), np.empty((1, 1, 1, 1), np.uint8)
    fused.conv_relu_pool(x, kernel, bias, y, winner)
    assert (y.item(), winner.item()) == (9, 0)
    fused.conv_relu_pool(-x, kernel, bias, y, winner)
    assert (y.item(), winner.item()) == (0, fused.CLOSED)
    x[0, 0, 0, 0] = np.nan  # seen by the first window only
    fused.conv_relu_pool(x, kernel, bias, y, winner)
    assert np.isnan(y.item())


@pytest.mark.parametrize("shape", [(9, 28, 28), (9, 5, 4, 3)])
@pytest.mark.parametrize("source", [np.uint8, np.float32])
def test_gather(shape, source, dtype, rng):
    images = (rng.random(shape) * 255).astype(source)
    indices = np.array([3, 8, 0, 3])
    (found,), (expected,) = run_both(gather.gather, gather.gather_numpy, (images, indices), [((4, *shape[1:]), dtype)])
    np.testing.assert_array_equal(found, expected)


def test_gather_scales_bytes_to_one():
    images = np.array([[[0, 51], [204, 255]]], np.uint8)
    out = np.empty((1, 2, 2, 1), np.float32)
    gather.gather(images, np.array([0]), out)
    np.testing.assert_allclose(out.ravel(), [0, 0.2, 0.8, 1], rtol=1e-7)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize(("n", "classes"), [(32, 10), (1, 1), (7, 26), (0, 10)])
def test_softmax_cross_entropy(n, classes, smoothing, dtype, rng):
    logits = (rng.standard_normal((n, classes)) * 20).astype(dtype)
    labels = rng.integers(0, classes, n)
    found, expected = np.empty((2, n, classes), dtype)
    value, correct = softmax_cross_entropy.loss_and_gradient(logits, labels, smoothing, found)
    wanted, wanted_correct = softmax_cross_entropy.loss_and_gradient_numpy(logits, labels, smoothing, expected)
    assert value == pytest.approx(wanted, rel=1e-5 if dtype == np.float32 else 1e-12)
    assert correct == wanted_correct
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("size", [1, 1000, 9000])
def test_updates(size, dtype, rng):
    w, g, m, v = rng.standard_normal((4, size)).astype(dtype)
    v = np.abs(v)
    third = size // 3
    ranges = np.array([(0, third), (2 * third, size)])
    chosen = np.concatenate([np.arange(*each) for each in ranges])
    for step in (1, 2, 50):
        numbers = updates.adam_numbers(1e-2, 0.9, 0.999, 1e-8, step, np.dtype(dtype))
        first, second = ([w.copy(), g, m.copy(), v.copy()] for _ in range(2))
        updates.adam(*first, ranges, numbers)
        parts = [array[chosen] for array in second]
        updates.adam_numpy(*parts, numbers)
        for array, part in zip(second, parts, strict=True):
            array[chosen] = part
        for found, expected in zip(first, second, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    for nesterov in (False, True):
        first, second = ([w.copy(), g, m.copy()] for _ in range(2))
        updates.sgd(*first, 0.1, 0.9, nesterov)
        updates.sgd_numpy(*second, 0.1, 0.9, nesterov)
        for found, expected in zip(first, second, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [1, 1000, 5000])
def test_moving_average(size, dtype, rng):
    w, first = rng.standard_normal((2, size)).astype(dtype)
    second = first.copy()
    updates.average(w, first, 0.1)
    updates.average_numpy(w, second, 0.1)
    np.testing.assert_array_equal(first, second)  # no sum whose order could differ


def test_pen_squares(rng):
    starts = rng.uniform(-3, 31, (90, 2)).astype(np.float32)
    ends = starts + rng.normal(0, 3, (90, 2)).astype(np.float32)
    ends[::7] = starts[::7]
    (found,), (expected,) = run_both(
        pen.squares, pen.squares_numpy, (starts[:9], ends[:9], 2.5), [((28, 31), np.float32)]
    )
    near = expected < 2.5**2 - 1e-3
    assert 50 < near.sum() < near.size - 50
    np.testing.assert_allclose(found[near], expected[near], rtol=1e-4, atol=1e-4)
    assert (found[~near] > 2.5**2 - 2e-3).all()
    (found,), (expected,) = run_both(pen.squares, pen.squares_numpy, (starts, ends, 60.0), [((28, 31), np.float32)])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_moments_never_become_denormal():
    """Denormal numbers slow the processor down; a moment without gradients stops at zero instead."""
    w, g, m, v = (np.full(8, value, np.float32) for value in (1, 0, 1e-3, 1e-3))
    for step in range(1, 1500):
        numbers = updates.adam_numbers(1e-3, 0.9, 0.95, 1e-8, step, w.dtype)
        updates.adam(w, g, m, v, np.array([(0, 8)]), numbers)
    assert (m == 0).all()
    assert (v == 0).all()


def test_each_kernel_is_compiled_once_per_dtype():
    """A signature more is seconds more at the first start. In a process of its own: training and prediction alone."""
    code = """
import importlib, pkgutil
import numpy as np
import nn.ops
from nn import Adam, BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, zoo
from nn.data.augment import Augmentation
from nn.training import fit
images = np.zeros((40, 28, 28), np.uint8)
layers = [Conv2D(4), BatchNorm(), ReLU(), Conv2D(4), ReLU(), MaxPool2D(2), Flatten(), Dense(8), BatchNorm(), Dense(10)]
for model in (zoo.build("baseline"), Sequential(layers, (28, 28, 1))):
    for augmentation in (Augmentation(), Augmentation(rotation=5), Augmentation(elastic=1)):
        for _ in fit(
            model, Adam(model.parameters), images, np.arange(40) % 10, epochs=1, clip_norm=1, augmentation=augmentation
        ):
            pass
    model.predict(images)
    model.predict(images[:1])
count = 0
for module in pkgutil.iter_modules(nn.ops.__path__):
    for name, kernel in vars(importlib.import_module(f"nn.ops.{module.name}")).items():
        signatures = getattr(kernel, "signatures", [])
        count += len(signatures)
        if len(signatures) > 1:
            print(module.name, name, signatures)
print(count > 10)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert result.stdout.strip() == "True", result.stdout + result.stderr

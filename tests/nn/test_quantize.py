import numpy as np
import pytest

from nn import BatchNorm, Conv2D, Dense, Flatten, Parameter, Sequential
from nn.quantize import dequantize, quantize, round_weights

FLOATS = pytest.mark.parametrize("dtype", [np.float32, np.float64])

#: A kernel of either kind: its shape, and the axis of its output channels.
KERNELS = pytest.mark.parametrize(("shape", "axis"), [((3, 2, 5, 7), 3), ((7, 11), 0)], ids=["conv2d", "dense"])


def draw(rng, shape, axis, dtype=np.float32):
    """A kernel whose channels differ in size by many orders of magnitude."""
    sizes = np.expand_dims(10.0 ** rng.integers(-30, 30, shape[axis]), [a for a in range(len(shape)) if a != axis])
    return Parameter("kernel", (rng.standard_normal(shape) * sizes).astype(dtype), axis)


def rows(array, axis):
    """A row for each channel."""
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)


@FLOATS
@KERNELS
def test_error_is_at_most_half_a_scale_in_each_channel(rng, shape, axis, dtype):
    kernel = draw(rng, shape, axis, dtype)
    q, scale = quantize(kernel)
    assert (q.dtype, q.shape, scale.dtype, scale.shape) == (np.int8, shape, np.float32, (7,))
    found = dequantize(q, scale, kernel)
    assert (found.dtype, found.shape) == (dtype, shape)
    weights = rows(kernel.value, axis).astype(np.float64)
    np.testing.assert_allclose(scale, np.abs(weights).max(axis=1) / 127, rtol=2**-16)
    assert (abs(rows(found, axis) - weights).max(axis=1) <= scale * (0.5 + 1e-4)).all()
    assert (abs(rows(q, axis)).max(axis=1) == 127).all()


def test_known_integers():
    kernel = Parameter("kernel", np.array([[1.27, -0.5, 0.004, 0.006], [-254, 2, 1, 0]], np.float32), 0)
    q, scale = quantize(kernel)
    assert q.tolist() == [[127, -50, 0, 1], [-127, 1, 0, 0]]  # halves go to the even number
    np.testing.assert_allclose(scale, [0.01, 2], rtol=2**-16)


@FLOATS
@KERNELS
def test_quantizing_again_changes_no_bit(rng, shape, axis, dtype):
    for _ in range(50):
        kernel = draw(rng, shape, axis, dtype)
        q, scale = quantize(kernel)
        kernel.value[...] = once = dequantize(q, scale, kernel)
        q_again, scale_again = quantize(kernel)
        assert (q.tobytes(), scale.tobytes()) == (q_again.tobytes(), scale_again.tobytes())
        assert dequantize(q_again, scale_again, kernel).tobytes() == once.tobytes()


@FLOATS
def test_range_limits(dtype):
    limits = np.finfo(np.float32)
    ends = [0.0, limits.smallest_subnormal, limits.tiny, 126 * limits.tiny, limits.max]
    kernel = Parameter("kernel", np.array(ends, dtype)[:, None] * np.array([1, -1, 0.5], dtype), 0)
    q, scale = quantize(kernel)
    assert np.isfinite(scale).all()
    assert (scale > 0).all()
    found = dequantize(q, scale, kernel)
    assert (abs(found.astype(np.float64) - kernel.value) <= 0.5001 * scale[:, None]).all()
    assert not found[0].any()
    kernel.value[...] = found
    assert quantize(kernel)[0].tobytes() == q.tobytes()
    assert quantize(kernel)[1].tobytes() == scale.tobytes()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_weights_that_are_not_finite_are_errors(bad):
    kernel = Parameter("dense_1/kernel", np.array([[1.0, bad], [1.0, 1.0]]), 0)
    with pytest.raises(ValueError, match="dense_1/kernel: expected finite weights"):
        quantize(kernel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda q, scale: (q[:1], scale), r"expected \(2, 3\) int8, found \(1, 3\) int8"),
        (lambda q, scale: (q.T, scale), r"found \(3, 2\) int8"),
        (lambda q, scale: (q.astype(np.float32), scale), r"expected \(2, 3\) int8, found \(2, 3\) float32"),
        (lambda q, scale: (q.astype(np.uint8), scale), "found .* uint8"),
        (lambda q, scale: (np.full_like(q, -128), scale), "expected integers from -127 to 127, found -128"),
        (lambda q, scale: (q, scale[:1]), r"expected a scale \(2,\) float32, found \(1,\) float32"),
        (lambda q, scale: (q, scale[:, None]), r"found \(2, 1\) float32"),
        (lambda q, scale: (q, np.ones(3, np.float32)), r"found \(3,\) float32"),
        (lambda q, scale: (q, scale.astype(np.float64)), r"found \(2,\) float64"),
        (lambda q, scale: (q, scale.astype(">f4")), r"found \(2,\) >f4"),
        (lambda q, scale: (q, scale * np.float32(np.nan)), "expected finite scales above 0, found nan"),
        (lambda q, scale: (q, scale * np.float32(np.inf)), "above 0, found inf"),
        (lambda q, scale: (q, scale * 0), "above 0, found 0.0"),
        (lambda q, scale: (q, scale * np.float32([1, -1])), "above 0, found -"),
    ],
)
def test_invalid_quantized_arrays_are_errors(change, message):
    kernel = Parameter("dense_1/kernel", np.arange(1, 7, dtype=np.float32).reshape(2, 3), 0)
    with pytest.raises(ValueError, match=message) as error:
        dequantize(*change(*quantize(kernel)), kernel)
    assert str(error.value).startswith("dense_1/kernel: ")


def test_rounding_a_network_changes_its_kernels_alone(rng):
    model = Sequential([Conv2D(3, 3), BatchNorm(), Flatten(), Dense(5)], (6, 6, 2), rng=rng)
    for array in model.parameters + model.buffers:
        array.value[...] = rng.standard_normal(array.value.shape)
    before = model.state_dict()
    round_weights(model.parameters)
    after = model.state_dict()
    assert {n for n in before if (before[n] != after[n]).any()} == {"conv2d_1/kernel", "dense_1/kernel"}
    for name, axis in (("conv2d_1/kernel", 3), ("dense_1/kernel", 1)):
        for channel in rows(after[name], axis):
            steps = channel / (np.abs(channel).max() / 127)
            np.testing.assert_allclose(steps, np.rint(steps), atol=1e-4)
    round_weights(model.parameters)
    assert all(array.tobytes() == model.state_dict()[name].tobytes() for name, array in after.items())

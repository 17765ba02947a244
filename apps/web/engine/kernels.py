"""The functions that the WebAssembly module exports: operations of ``nn.ops`` on one image, by address and size.

The page's ``network.js`` and ``rasterize.js`` call them. Images are (H, W, C), float32. ``build.py`` compiles them.
"""

from typing import Any

from numba import carray, types

import nn.ops.add
import nn.ops.avg_pool
import nn.ops.batch_norm
import nn.ops.conv2d
import nn.ops.dense
import nn.ops.gelu
import nn.ops.leaky_relu
import nn.ops.max_pool
import nn.ops.relu
import nn.ops.segment_distance
import nn.ops.sigmoid
import nn.ops.tanh
from nn.ops.fast import products
from nn.ops.fast.conv2d import MC, forward_block
from nn.ops.fast.llvm import REGISTER_BYTES
from nn.ops.fast.tiles import NR_VECTORS

FLOATS, INT32S, INT64S = (types.CPointer(number) for number in (types.float32, types.int32, types.int64))
INT, FLOAT = types.int32, types.float32

#: Each exported function, the types of its arguments, and whether it is compiled for speed instead of size.
EXPORTS: dict[str, tuple[Any, tuple[Any, ...], bool]] = {}

#: Filters in a panel of packed weights.
PANEL = NR_VECTORS * REGISTER_BYTES // 4

# Compiled code refers to other functions by global names: the plain loops, and the tuned convolution.
_insert_zeros = nn.ops.conv2d.insert_zeros.rungs["loops"]
_squared_distance = nn.ops.segment_distance.squared_distance.rungs["loops"]
_dense, _max_pool, _avg_pool, _batch_norm = (
    operation.forward.rungs["loops"]
    for operation in (nn.ops.dense, nn.ops.max_pool, nn.ops.avg_pool, nn.ops.batch_norm)
)
_relu, _leaky_relu, _sigmoid, _tanh, _gelu, _add = (
    operation.forward.rungs["loops"].versions[0]  # without threads
    for operation in (nn.ops.relu, nn.ops.leaky_relu, nn.ops.sigmoid, nn.ops.tanh, nn.ops.gelu, nn.ops.add)
)


def _export(*argument_types, fast=False):
    def register(function):
        EXPORTS[function.__name__] = function, argument_types, fast
        return function

    return register


@_export(FLOATS, FLOATS, *7 * [INT])
def insert_zeros(x, out, height, width, channels, top, left, out_height, out_width):
    """``x`` with zeros around it; the first pixel goes to row ``top`` and column ``left``."""
    shape = (1, out_height, out_width, channels)
    _insert_zeros(carray(x, (1, height, width, channels)), (top, left), (1, 1), carray(out, shape))


@_export(INT64S, *6 * [INT])
def window_starts(starts, width, channels, stride_h, stride_w, out_height, out_width):
    """Where the window of each output pixel begins in an image; ``conv2d`` reads this table."""
    for i in range(out_height):
        for j in range(out_width):
            starts[i * out_width + j] = (i * stride_h * width + j * stride_w) * channels


@_export(FLOATS, FLOATS, INT, INT)
def pack(kernel, packed, terms, filters):
    """The weights (terms, filters) as ``conv2d`` reads them: panels of ``PANEL`` filters."""
    panels = (filters + PANEL - 1) // PANEL
    products.pack(carray(kernel, (terms, filters)), PANEL, carray(packed, (panels * terms * PANEL,)))


@_export(FLOATS, INT64S, FLOATS, FLOATS, FLOATS, FLOATS, *7 * [INT], fast=True)
def conv2d(x, starts, packed, bias, panel_out, out, height, width, channels, kernel_h, kernel_w, filters, pixels):
    """The convolution of a padded image: (pixels, filters). The bias is packed too.

    It is computed panel by panel, through ``panel_out`` (pixels, PANEL): code for full panels alone is a third of the
    size of code that also takes narrow ones.
    """
    image, table = carray(x, (1, height, width, channels)), carray(starts, (pixels,))
    panels = (filters + PANEL - 1) // PANEL
    weights = carray(packed, (panels, kernel_h * kernel_w * channels * PANEL))
    biases, y, part = (
        carray(bias, (panels, PANEL)),
        carray(out, (pixels, filters)),
        carray(panel_out, (pixels * PANEL,)),
    )
    for panel in range(panels):
        for first in range(0, pixels, MC):
            windows = image, table, None, kernel_h, kernel_w * channels
            forward_block(*windows, weights[panel], PANEL, biases[panel], False, part, 0, first)
        end = min(PANEL, filters - panel * PANEL)
        for pixel in range(pixels):
            for f in range(end):
                y[pixel, panel * PANEL + f] = part[pixel * PANEL + f]


@_export(*4 * [FLOATS], INT, INT, fast=True)
def dense(x, weights, bias, out, inputs, units):
    """The dense layer."""
    kernel, y = carray(weights, (inputs, units)), carray(out, (1, units))
    _dense(carray(x, (1, inputs)), kernel, carray(bias, (units,)), y, False)


@_export(FLOATS, FLOATS, INT32S, *9 * [INT])
def max_pool(x, out, places, height, width, channels, window_h, window_w, stride_h, stride_w, out_height, out_width):
    """Max-pooling; ``places`` gets the place of each maximum in its window."""
    shape = (1, out_height, out_width, channels)
    image, y, max_index = carray(x, (1, height, width, channels)), carray(out, shape), carray(places, shape)
    _max_pool(image, (window_h, window_w), (stride_h, stride_w), y, max_index)


@_export(FLOATS, FLOATS, *9 * [INT])
def avg_pool(x, out, height, width, channels, window_h, window_w, stride_h, stride_w, out_height, out_width):
    """Average pooling."""
    image, y = carray(x, (1, height, width, channels)), carray(out, (1, out_height, out_width, channels))
    _avg_pool(image, (window_h, window_w), (stride_h, stride_w), y)


@_export(*4 * [FLOATS], INT, INT, fast=True)
def batch_norm(x, scale, shift, out, rows, channels):
    """Batch normalization at inference: a scale and a shift of each channel."""
    shape = (rows, channels)
    _batch_norm(carray(x, shape), carray(scale, (channels,)), carray(shift, (channels,)), False, carray(out, shape))


@_export(FLOATS, FLOATS, INT, fast=True)
def relu(x, out, size):
    """See ``nn.ops.relu``."""
    _relu(carray(x, (size,)), carray(out, (size,)))


@_export(FLOATS, FLOATS, INT, FLOAT)
def leaky_relu(x, out, size, slope):
    """See ``nn.ops.leaky_relu``."""
    _leaky_relu(carray(x, (size,)), slope, carray(out, (size,)))


@_export(FLOATS, FLOATS, INT)
def sigmoid(x, out, size):
    """See ``nn.ops.sigmoid``."""
    _sigmoid(carray(x, (size,)), carray(out, (size,)))


@_export(FLOATS, FLOATS, INT)
def tanh(x, out, size):
    """See ``nn.ops.tanh``."""
    _tanh(carray(x, (size,)), carray(out, (size,)))


@_export(FLOATS, FLOATS, INT, INT)
def gelu(x, out, size, approximate):
    """See ``nn.ops.gelu``."""
    _gelu(carray(x, (size,)), approximate != 0, carray(out, (size,)))


@_export(FLOATS, FLOATS, FLOATS, INT)
def add(a, b, out, size):
    """See ``nn.ops.add``."""
    _add(carray(a, (size,)), carray(b, (size,)), carray(out, (size,)))


@_export(FLOATS, FLOATS, FLOATS, INT, FLOAT, INT, INT)
def squared_distance(starts, ends, out, segments, reach, height, width):
    """See ``nn.ops.segment_distance``."""
    shape = (segments, 2)
    _squared_distance(carray(starts, shape), carray(ends, shape), reach, carray(out, (height, width)))

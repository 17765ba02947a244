"""A graph with kernels of 8 bits and without the batch normalization that follows them."""

from collections import Counter
from dataclasses import replace

import numpy as np

from nn.export.graph import INPUT, Graph, Node
from nn.parameter import Parameter
from nn.quantize import quantize

#: The operations with a kernel.
_WITH_KERNEL = ("conv2d", "depthwise_conv2d", "dense")


def quantize_graph(graph: Graph) -> Graph:
    """The graph with these changes. A network whose kernels are rounded already keeps its logits.

    - The operations with a kernel have arrays ``kernel``, int8 with the output channels first: (F, KH, KW, C) for
      ``conv2d``, (C, KH, KW) for ``depthwise_conv2d``, (O, I) for ``dense``;
      ``scale`` and ``bias``, float32, one value for each output channel. ``y = scale · (kernel x) + bias``.
    - ``batch_norm`` has arrays ``scale`` and ``bias`` (C,). After a kernel, they are part of that layer's, and the
      operation becomes ``identity``. The integers stay, because batch normalization scales whole output channels.

    Raises:
        ValueError: a weight is not finite.
    """
    result = graph.map_arrays(lambda array: array)
    uses = Counter(name for node in graph.nodes for name in node.inputs)
    for node in graph.nodes:
        match node.operation:
            case operation if operation in _WITH_KERNEL:
                result.replace(replace(node, arrays=_quantized(node)))
            case "batch_norm":
                scale, bias = _affine(node)
                before = result[node.inputs[0]] if node.inputs[0] != INPUT else node
                if before.operation in _WITH_KERNEL and uses[before.name] == 1:
                    arrays = dict(before.arrays)
                    arrays |= {"scale": arrays["scale"] * scale, "bias": arrays["bias"] * scale + bias}
                    result.replace(replace(before, arrays=arrays))
                    result.replace(replace(node, operation="identity", arrays={}))
                else:
                    result.replace(replace(node, arrays={"scale": scale, "bias": bias}))
    with np.errstate(over="ignore"):  # an error below
        result = result.map_arrays(lambda array: array if array.dtype == np.int8 else array.astype(np.float32))
    for node in result.nodes:
        for name, array in node.arrays.items():
            if not np.isfinite(array).all():
                raise ValueError(
                    f"{node.name}/{name}: expected finite weights that float32 holds, got larger ones or NaN"
                )
    return result


def _quantized(node: Node) -> dict[str, np.ndarray]:
    kernel = node.arrays["kernel"]
    q, scale = quantize(Parameter(f"{node.name}/kernel", kernel, kernel.ndim - 1))
    bias = node.arrays.get("bias", np.zeros(kernel.shape[-1])).astype(np.float64)
    return {"kernel": np.moveaxis(q, -1, 0), "scale": scale.astype(np.float64), "bias": bias}


def _affine(node: Node) -> tuple[np.ndarray, np.ndarray]:
    """The scale and the bias of batch normalization, float64."""
    gamma, beta, mean, variance = (
        node.arrays[name].astype(np.float64) for name in ("gamma", "beta", "mean", "variance")
    )
    scale = gamma / np.sqrt(variance + node.attributes["epsilon"])
    return scale, beta - mean * scale

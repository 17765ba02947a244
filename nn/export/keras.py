"""A Keras model: one ``.keras`` file that ``keras.saving.load_model`` of Keras 3 reads, on every backend.

Input: (N, H, W, C). Output: the probabilities, as Keras users expect of ``model.predict``; the logits are the output of
the layer before: ``keras.Model(model.inputs, model.layers[-2].output)``. Needs h5py, but not Keras.

The file is a ZIP archive of the architecture in JSON and the weights in HDF5, which has the arrays of a layer at
``layers/<class>_<number>``; layers of a class are numbered in order.
"""

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn.atomic import atomic_write
from nn.export.graph import INPUT, Graph, Node
from nn.ops.gelu import CUBIC, K

#: The version in the file; later versions read it, too.
KERAS_VERSION = "3.0.0"

#: The class and the arguments of each operation without weights and options.
_SIMPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "sigmoid": ("Activation", {"activation": "sigmoid"}),
    "tanh": ("Activation", {"activation": "tanh"}),
    "gelu": ("Activation", {"activation": "gelu"}),
    "flatten": ("Flatten", {"data_format": "channels_last"}),
    "global_avg_pool2d": ("GlobalAveragePooling2D", {"data_format": "channels_last"}),
    "add": ("Add", {}),
}


def write(graph: Graph, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the file.

    Args:
        graph: of arrays of float32.
        path: of the file; Keras expects the suffix ``.keras``.
        metadata: stored in the archive's ``metadata.json``.

    Raises:
        ModuleNotFoundError: h5py is not installed.
        ValueError: there is an unknown operation in the graph.
        OSError: the file can't be written.
    """
    layers = _Layers(graph.input_shape)
    for node in graph.nodes:
        layers.add_node(node)
    output = graph.output
    if len(graph.shape(output)) == 1:
        layers.add("probabilities", "Softmax", [output], graph.shape(output), {"axis": -1})
        output = "probabilities"
    history = [_layer_name(INPUT), 0, 0], [_layer_name(output), 0, 0]
    config = {"name": "network", "layers": layers.configs, "input_layers": [history[0]], "output_layers": [history[1]]}
    model = {"module": "keras", "class_name": "Model", "config": config, "registered_name": None}
    with atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": KERAS_VERSION, **metadata}))
        archive.writestr("config.json", json.dumps(model))
        archive.writestr("model.weights.h5", _hdf5(layers.weights))


class _Layers:
    """Collects the configurations of layers, and their weights by their places in the HDF5 file."""

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        self.configs: list[dict[str, Any]] = []
        self.weights: dict[str, list[np.ndarray]] = {}
        self._counts: Counter[str] = Counter()
        self._shapes: dict[str, tuple[int, ...]] = {}
        self.add(INPUT, "InputLayer", [], input_shape, {"batch_shape": [None, *input_shape]})

    def add_node(self, node: Node) -> None:
        """Add the layer of an operation."""
        options, arrays, inputs = node.attributes, node.arrays, list(node.inputs)
        weights = []
        match node.operation:
            case "conv2d":
                has_bias = bool(options.get("use_bias", True) or arrays["bias"].any())
                kind, config = "Conv2D", {"filters": arrays["kernel"].shape[3], "use_bias": has_bias} | _sliding(node)
                weights = [arrays["kernel"], arrays["bias"]][: 1 + has_bias]
            case "depthwise_conv2d":
                kind, config = "DepthwiseConv2D", {"use_bias": False} | _sliding(node)
                weights = [arrays["kernel"][..., None]]
            case "dense":
                kind, config = "Dense", {"units": arrays["kernel"].shape[1]}
                weights = [arrays["kernel"], arrays["bias"]]
            case "batch_norm":
                has_scale = bool(options.get("scale", True) or np.any(arrays["gamma"] != 1))
                kind, config = "BatchNormalization", {key: options[key] for key in ("momentum", "epsilon")}
                config["scale"] = has_scale
                weights = [arrays[role] for role in ["gamma"] * has_scale + ["beta", "mean", "variance"]]
            case "max_pool2d" | "avg_pool2d":
                kind = "MaxPooling2D" if node.operation == "max_pool2d" else "AveragePooling2D"
                config = {"pool_size": list(options["pool_size"]), "strides": list(options["stride"])}
                config |= {"padding": "valid", "data_format": "channels_last"}
            case "leaky_relu":
                kind, config = "LeakyReLU", {"negative_slope": options["negative_slope"]}
            case "dropout":
                kind, config = "Dropout", {"rate": options["rate"]}
            case "gelu" if options["approximate"]:
                return self._gelu_by_tanh(node)
            case operation if operation in _SIMPLE:
                kind, config = _SIMPLE[operation]
            case _:
                raise ValueError(f"{node.name}: Keras exports do not know the operation {node.operation!r}")
        return self.add(node.name, kind, inputs, node.shape, config, weights)

    def add(
        self,
        name: str,
        kind: str,
        inputs: list[str],
        shape: tuple[int, ...],
        config: Mapping[str, Any],
        weights: list[np.ndarray] | None = None,
    ) -> None:
        """Add a layer of the class ``kind`` with the arguments ``config``."""
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {
                    "shape": [None, *self._shapes[each]],
                    "dtype": "float32",
                    "keras_history": [_layer_name(each), 0, 0],
                },
            }
            for each in inputs
        ]
        nodes = [{"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": {}}] if tensors else []
        layer = {"module": "keras.layers", "class_name": kind, "registered_name": None, "name": _layer_name(name)}
        arguments = {"name": _layer_name(name), "dtype": "float32", **config}
        self.configs.append({**layer, "config": arguments, "inbound_nodes": nodes})
        self._shapes[name] = shape
        folder, number = snake_case(kind), self._counts[kind]
        self._counts[kind] += 1
        if weights:
            self.weights[f"layers/{folder}_{number}" if number else f"layers/{folder}"] = weights

    def _gelu_by_tanh(self, node: Node) -> None:
        """The equations of ``nn.ops.gelu`` as layers, because ``Activation`` can't express the approximation."""
        (x,), shape, name = node.inputs, node.shape, node.name
        self.add(f"{name}/cube", "Multiply", [x, x, x], shape, {})
        self.add(f"{name}/cubic", "Rescaling", [f"{name}/cube"], shape, {"scale": K * CUBIC, "offset": 0.0})
        self.add(f"{name}/linear", "Rescaling", [x], shape, {"scale": K, "offset": 0.0})
        self.add(f"{name}/sum", "Add", [f"{name}/linear", f"{name}/cubic"], shape, {})
        self.add(f"{name}/tanh", "Activation", [f"{name}/sum"], shape, {"activation": "tanh"})
        self.add(f"{name}/cumulative", "Rescaling", [f"{name}/tanh"], shape, {"scale": 0.5, "offset": 0.5})
        self.add(name, "Multiply", [x, f"{name}/cumulative"], shape, {})


def snake_case(name: str) -> str:
    """The name of a class as Keras writes it in the weights file.

    >>> [snake_case(name) for name in ("Conv2D", "BatchNormalization", "LeakyReLU")]
    ['conv2d', 'batch_normalization', 'leaky_re_lu']
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _sliding(node: Node) -> dict[str, Any]:
    """The arguments that convolutions share."""
    window, options = node.arrays["kernel"].shape[:2], node.attributes
    config = {"kernel_size": list(window), "strides": list(options["stride"]), "padding": options["padding"]}
    return config | {"data_format": "channels_last"}


def _layer_name(name: str) -> str:
    return name.replace("/", "_")  # Keras allows no slash


def import_h5py() -> Any:
    """The package h5py; ModuleNotFoundError says how to install it."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "the format keras needs the package h5py: pip install 'digits-from-scratch[export]'", name="h5py"
        ) from None
    return h5py


def _hdf5(weights: Mapping[str, list[np.ndarray]]) -> bytes:
    h5py = import_h5py()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for place, arrays in weights.items():
            for number, array in enumerate(arrays):
                file[f"{place}/vars/{number}"] = array
    return buffer.getvalue()

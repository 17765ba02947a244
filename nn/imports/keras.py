"""Reads networks from ``.keras`` files, which ``nn.export.keras`` describes; needs h5py, but not Keras."""

import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nn.export.graph import INPUT, Graph
from nn.export.keras import import_h5py, snake_case
from nn.imports.builder import Builder, same_pads
from nn.npz import unpack_limit

#: The maximum size of the architecture, in bytes of JSON, and depth of nested models.
MAX_CONFIG, MAX_DEPTH = 4 << 20, 8

#: The layers that are the identity at inference.
_IDENTITIES = ("ActivityRegularization", "GaussianDropout", "GaussianNoise", "Identity", "SpatialDropout2D")

#: The operations of activations, by Keras's name, and by the class of an operation that is a layer.
_ACTIVATIONS = {"relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "gelu": "gelu", "leaky_relu": "leaky_relu"}
_CLASSES = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Gelu": "gelu"}

#: The convolutions: a depthwise one and a 1x1 one make a separable one.
_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")

#: The default values of arguments, which a file may leave out.
_DEFAULTS: dict[str, dict[str, Any]] = {
    **{kind: {"strides": [1, 1], "padding": "valid", "activation": None, "use_bias": True} for kind in _CONVOLUTIONS},
    "Dense": {"activation": None, "use_bias": True},
    "BatchNormalization": {"axis": -1, "epsilon": 1e-3, "momentum": 0.99, "scale": True, "center": True},
    "LeakyReLU": {"negative_slope": 0.3},
}


def read(path: Path, data: bytes) -> tuple[Graph, dict[str, str], list[str]]:
    """The graph of the network in a file, the file's metadata, and notes for the user.

    Raises:
        ModuleNotFoundError: h5py is not installed.
        ValueError: the file is damaged, or its network needs something that ``nn`` lacks; the message names it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            if sum(sizes.values()) > unpack_limit(len(data)) or sizes["config.json"] > MAX_CONFIG:
                raise ValueError("expected at most a hundred times the file's size, found more")
            config = json.loads(archive.read("config.json"))
            metadata = json.loads(archive.read("metadata.json"))
            weights = archive.read("model.weights.h5")
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise ValueError(f"not a file of Keras 3: {error}") from None
    h5py = import_h5py()
    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            reader = _Reader(h5py, file, unpack_limit(len(data)))
            reader.read(config)
            entries = {key: value for key, value in metadata.items() if isinstance(value, str)}
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not a description of a network: {error!r}") from None
    except OSError as error:
        raise ValueError(f"damaged weights: {error}") from None
    assert reader.builder is not None
    return reader.builder.graph, entries, reader.builder.notes


class _Reader:
    """Adds the layers to a graph. Outputs are represented by the names of its nodes."""

    def __init__(self, h5py: Any, file: Any, limit: int) -> None:
        self._h5py, self._file, self._left = h5py, file, limit
        self._probabilities: set[str] = set()
        self._padded: dict[str, tuple[str, tuple[int, int, int, int]]] = {}
        self.builder: Builder | None = None

    def read(self, model: Mapping[str, Any]) -> None:
        """Read the whole network."""
        unknown = sorted(set(_unknown_layers(model)))
        if unknown:
            raise ValueError(f"no layer of nn for {', '.join(unknown)}")
        if model["class_name"] == "Sequential" and not any(
            layer["class_name"] == "InputLayer" for layer in model["config"]["layers"]
        ):
            self._input(model["config"]["build_input_shape"])
        output = self._model(model, "", None, 0)
        if output != self._builder.graph.output:
            raise ValueError("expected layers that all lead to the output, found others")

    @property
    def _builder(self) -> Builder:
        if self.builder is None:
            raise ValueError("expected an input before the layers")
        return self.builder

    def _model(self, model: Mapping[str, Any], prefix: str, x: str | None, depth: int) -> str:
        """The output of a model on ``x``."""
        if depth > MAX_DEPTH:
            raise ValueError(f"expected models nested at most {MAX_DEPTH} deep, found more")
        config, counts = model["config"], Counter[str]()
        outputs: dict[str, str] = {}
        for layer in config["layers"]:
            kind, name = layer["class_name"], layer["config"]["name"]
            folder = snake_case(kind)
            place = f"{prefix}layers/{folder}_{counts[kind]}" if counts[kind] else f"{prefix}layers/{folder}"
            counts[kind] += 1
            if kind == "InputLayer":
                x = self._input(layer["config"]["batch_shape"]) if x is None else x
                outputs[name] = x
                continue
            inputs = [x if x is not None else INPUT]
            if model["class_name"] != "Sequential":
                if len(layer["inbound_nodes"]) != 1:
                    raise ValueError(f"{name}: expected a layer that is used once")
                inputs = [outputs[each] for each in _tensors(layer["inbound_nodes"])]
            if self._probabilities & set(inputs):
                raise ValueError(f"{name}: expected softmax only at the end")
            try:
                if "layers" in layer["config"]:
                    x = self._model(layer, f"{place}/", inputs[0], depth + 1)
                else:
                    x = self._layer(kind, _DEFAULTS.get(kind, {}) | layer["config"], place, inputs)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
            outputs[name] = x
        if model["class_name"] == "Sequential":
            if x is None:
                raise ValueError("expected layers, found none")
            return x
        last = config["output_layers"]
        while isinstance(last[0], list):
            if len(last) != 1:
                raise ValueError(f"expected one output, found {len(last)}")
            last = last[0]
        return outputs[last[0]]

    def _input(self, batch_shape: list[Any]) -> str:
        shape = tuple(batch_shape[1:])
        if self.builder is not None or not all(isinstance(size, int) for size in shape):
            raise ValueError("expected one input, of fixed height, width and channels")
        self.builder = Builder((*shape, 1) if len(shape) == 2 else shape)
        return INPUT

    def _layer(self, kind: str, config: Mapping[str, Any], place: str, inputs: list[str]) -> str:
        """The output of one layer."""
        builder, x = self._builder, inputs[0]
        if config.get("data_format") not in (None, "channels_last"):
            raise ValueError("data_format channels_first: expected channels_last")
        padded, zeros = self._padded.get(x, (x, None))
        if zeros is not None and kind not in _CONVOLUTIONS:
            raise ValueError(f"after ZeroPadding2D: only {', '.join(_CONVOLUTIONS)} are supported")
        match kind:
            case kind if kind in _CONVOLUTIONS:
                if config.get("groups", 1) != 1 or list(config.get("dilation_rate", [1, 1])) != [1, 1]:
                    raise ValueError(f"groups or dilation_rate: {kind} of nn has none")
                pads: Any = config["padding"]
                if zeros is not None:
                    pads = zeros if pads == "valid" else "twice"
                y = self._convolution(kind, config, place, padded, {"stride": config["strides"], "pads": pads})
                return self._activation(config["activation"], y)
            case "Dense":
                if len(builder.shape(x)) != 1:
                    raise ValueError("of images: put a Flatten before")
                arrays = self._weights(place, 1 + config["use_bias"])
                return self._activation(config["activation"], builder.dense(x, *arrays))
            case "BatchNormalization":
                return self._batch_norm(config, place, x)
            case "MaxPooling2D" | "AveragePooling2D":
                window, stride = config["pool_size"], config["strides"]
                size = builder.shape(x)[:2]
                if config["padding"] != "valid" and any(same_pads(size, window, stride)):
                    raise ValueError("padding: the pooling layers of nn have none")
                return builder.pool("max_pool2d" if kind == "MaxPooling2D" else "avg_pool2d", x, window, stride)
            case "GlobalAveragePooling2D":
                if config.get("keepdims"):
                    raise ValueError("keepdims: GlobalAvgPool2D of nn has none")
                return builder.global_avg_pool2d(x)
            case "Flatten":
                return builder.flatten(x)
            case "Reshape":
                return self._reshape(config["target_shape"], x)
            case "Dropout":
                return builder.activation("dropout", x, rate=config["rate"])
            case "ReLU":
                if config.get("max_value") is not None or config.get("threshold"):
                    raise ValueError("max_value or threshold: ReLU of nn has none")
                slope = config.get("negative_slope", 0.0)
                if not slope:
                    return builder.activation("relu", x)
                return builder.activation("leaky_relu", x, negative_slope=slope)
            case "LeakyReLU":
                return builder.activation("leaky_relu", x, negative_slope=config["negative_slope"])
            case "Activation":
                return self._activation(config["activation"], x)
            case "Softmax":
                self._probabilities.add(x)
                return x
            case "Add":
                for other in inputs[1:]:
                    x = builder.add(x, other)
                return x
            case "Rescaling":
                scale, offset = (np.broadcast_to(config[key], builder.shape(x)[-1:]) for key in ("scale", "offset"))
                return builder.affine(x, scale.astype(float), offset.astype(float), fold=False)
            case "ZeroPadding2D":
                (top, bottom), (left, right) = config["padding"]
                name = f"{x}/padded"
                self._padded[name] = x, (top, left, bottom, right)
                return name
            case _ if kind in _CLASSES:
                options = {"approximate": config.get("approximate", True)} if kind == "Gelu" else {}
                return builder.activation(_CLASSES[kind], x, **options)
        return x  # one of _IDENTITIES

    def _activation(self, activation: Any, x: str) -> str:
        name = activation["config"] if isinstance(activation, dict) else activation
        if name in (None, "linear"):
            return x
        if name in ("softmax", "log_softmax"):
            self._probabilities.add(x)
            return x
        if name not in _ACTIVATIONS:
            raise ValueError(f"no layer of nn for the activation {name!r}")
        options = {"negative_slope": 0.2} if name == "leaky_relu" else {"approximate": False} if name == "gelu" else {}
        return self._builder.activation(_ACTIVATIONS[name], x, **options)

    def _convolution(self, kind: str, config: Mapping[str, Any], place: str, x: str, windows: Mapping[str, Any]) -> str:
        """The output of one of the convolutions."""
        builder, arrays = self._builder, self._weights(place, 1 + (kind == "SeparableConv2D") + config["use_bias"])
        if kind == "Conv2D":
            return builder.conv2d(x, *arrays, **windows)
        kernel, *others = arrays
        if kernel.ndim != 4 or kernel.shape[3] != 1:
            raise ValueError(f"depth_multiplier {kernel.shape[3:]}: expected 1, a window for each channel")
        if kind == "DepthwiseConv2D":
            return builder.depthwise_conv2d(x, kernel[..., 0], *others, **windows)
        x = builder.depthwise_conv2d(x, kernel[..., 0], **windows)
        return builder.conv2d(x, *others, stride=[1, 1], pads="valid")

    def _batch_norm(self, config: Mapping[str, Any], place: str, x: str) -> str:
        shape = self._builder.shape(x)
        axis = config["axis"][0] if isinstance(config["axis"], list) else config["axis"]
        if axis not in (-1, len(shape)):
            raise ValueError(f"axis {axis}: BatchNorm of nn takes the last one")
        roles = ["gamma"] * config["scale"] + ["beta"] * config["center"] + ["mean", "variance"]
        arrays = dict(zip(roles, self._weights(place, len(roles)), strict=True))
        missing = {"gamma": np.ones(shape[-1]), "beta": np.zeros(shape[-1])}
        options = {"epsilon": config["epsilon"], "momentum": config["momentum"], "scale": config["scale"]}
        return self._builder.batch_norm(x, **options, **(missing | arrays))

    def _reshape(self, target: list[int], x: str) -> str:
        shape = self._builder.shape(x)
        sizes = np.empty(shape, np.bool_).reshape(target).shape
        if len(sizes) == 1:
            return self._builder.flatten(x)
        if x == INPUT and len(sizes) == 3 and not self._builder.graph.nodes:
            self.builder = Builder(sizes)  # a vector that is an image
            return x
        if sizes != shape:
            raise ValueError("expected a reshape of the input, or to vectors")
        return x

    def _weights(self, place: str, count: int) -> list[np.ndarray]:
        """The arrays of a layer."""
        return [self._array(f"{place}/vars/{number}") for number in range(count)]

    def _array(self, name: str) -> np.ndarray:
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            link = self._file.get("/".join(parts[:end]), getlink=True)
            if not isinstance(link, self._h5py.HardLink):
                raise ValueError(f"expected weights at {name}, found none")
        dataset = self._file[name]
        if not isinstance(dataset, self._h5py.Dataset) or dataset.external or dataset.is_virtual:
            raise ValueError(f"expected weights at {name}, found none in this file")
        self._left -= dataset.size * dataset.dtype.itemsize
        if dataset.dtype.kind != "f" or self._left < 0:
            raise ValueError(f"expected floats at {name}, found {dataset.dtype}, or too many")
        return np.asarray(dataset[()], np.float64 if dataset.dtype.itemsize > 4 else np.float32)


def _unknown_layers(model: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """The classes of unsupported layers."""
    if depth > MAX_DEPTH:
        raise ValueError(f"expected models nested at most {MAX_DEPTH} deep, found more")
    if model["class_name"] not in ("Sequential", "Functional", "Model") or "layers" not in model["config"]:
        yield model["class_name"]
        return
    for layer in model["config"]["layers"]:
        if layer["class_name"] in ("Sequential", "Functional", "Model"):
            yield from _unknown_layers(layer, depth + 1)
        elif not str(layer.get("module")).startswith("keras") or layer["class_name"] not in _KNOWN:
            yield layer["class_name"]


def _tensors(value: Any) -> Iterator[str]:
    """The names of the layers whose outputs are arguments of a call."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield value["config"]["keras_history"][0]
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors(each)


_KNOWN = {
    *("InputLayer", "Dense", "BatchNormalization", "MaxPooling2D", "AveragePooling2D", "Flatten", "Reshape"),
    *("GlobalAveragePooling2D", "Dropout", "ReLU", "LeakyReLU", "Activation", "Softmax", "Add", "Rescaling"),
    *("ZeroPadding2D", *_CONVOLUTIONS, *_IDENTITIES, *_CLASSES),
}

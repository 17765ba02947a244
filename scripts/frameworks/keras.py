"""Keras on TensorFlow."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from nn import Sequential, zoo
from scripts.frameworks import digits


def network(model: Sequential, threads: int) -> Any:
    """The network with a softmax at its end, compiled."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(0)
    layers: list[Any] = [keras.Input(model.input_shape)]
    for layer in model.layers:
        options = layer.config()
        match layer.kind:
            case "conv2d":
                size = tuple(options["kernel_size"])
                bias = options.get("use_bias", True)
                layers.append(keras.layers.Conv2D(options["filters"], size, padding=options["padding"], use_bias=bias))
            case "batch_norm":
                layers.append(keras.layers.BatchNormalization(scale=options.get("scale", True)))
            case "avg_pool2d":
                layers.append(keras.layers.AveragePooling2D(tuple(options["pool_size"]), tuple(options["stride"])))
            case "max_pool2d":
                layers.append(keras.layers.MaxPooling2D(tuple(options["pool_size"])))
            case "dense":
                layers.append(keras.layers.Dense(options["units"]))
            case "dropout":
                layers.append(keras.layers.Dropout(options["rate"]))
            case _:
                kinds = {"relu": "ReLU", "flatten": "Flatten"}
                layers.append(getattr(keras.layers, kinds[layer.kind])())
    result = keras.Sequential([*layers, keras.layers.Softmax()])
    result.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return result


def training(
    model: Sequential, threads: int, images: np.ndarray, labels: np.ndarray, batch_size: int, variant: str
) -> Callable[[], Any]:
    """An epoch of ``fit`` on arrays."""
    trained = network(model, threads)
    x = images[..., None].astype(np.float32) / 255
    return lambda: trained.fit(x, labels, batch_size=batch_size, epochs=1, verbose=0)


def whole(threads: int, path: str) -> None:
    """The baseline's training as a program: 5 epochs, then the weights are saved."""
    trained = network(zoo.build("baseline"), threads)
    images, labels = digits(60_000)
    trained.fit(images[..., None].astype(np.float32) / 255, labels, batch_size=32, epochs=5, verbose=0)
    trained.save(path)

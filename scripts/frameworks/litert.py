"""LiteRT (TensorFlow Lite), with the network that TensorFlow converts from Keras."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import Sequential
from scripts.frameworks import keras


def prediction(model: Sequential, threads: int, x: np.ndarray, variant: str) -> Callable[[], Any]:
    """Probabilities, by XNNPACK, for batches of one size."""
    import tensorflow
    from ai_edge_litert.interpreter import Interpreter

    content = tensorflow.lite.TFLiteConverter.from_keras_model(keras.network(model, threads)).convert()
    interpreter = Interpreter(model_content=content, num_threads=threads)
    source, target = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(source, x.shape)
    interpreter.allocate_tensors()

    def predict() -> Any:
        interpreter.set_tensor(source, x)
        interpreter.invoke()
        return interpreter.get_tensor(target)

    return predict

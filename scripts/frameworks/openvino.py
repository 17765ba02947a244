"""OpenVINO, with the network that ``nn.export`` writes as ONNX."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import Sequential
from scripts.frameworks.onnxruntime import exported


def prediction(model: Sequential, threads: int, x: np.ndarray, variant: str) -> Callable[[], Any]:
    """Probabilities in float32, for batches of one size, with the hints for latency."""
    import openvino

    core = openvino.Core()
    network = core.read_model(exported(model))
    network.reshape(list(x.shape))
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(network, "CPU", settings).create_infer_request()
    return lambda: request.infer([x], share_inputs=True)[0]
